import { mergeSides } from "../engram/algebra/change-columns.ts";
import type { ChangeSides } from "../engram/algebra/change-vector.ts";
import type { LoggedCommit } from "./hunk-log.ts";

/** Hunks of some commits, turned about: for each token the hunks that hold it. */
export interface HunkBlock {
  /** All that were read, those without a hunk too. */
  commits: string[];
  paths: string[];
  /** One entry for each hunk: numbers in `commits` and `paths`, then as in PastHunk. */
  hunks: HunkColumns;
  /** Ascending. Postings of token number t are the entries from ends[t − 1] to ends[t] − 1. */
  tokens: Uint32Array;
  ends: Uint32Array;
  /** Numbers in `hunks`, ascending for each token, and how often it holds the token on either side; 255 means "or more". */
  postings: { hunks: Uint32Array; added: Uint8Array; removed: Uint8Array };
}

export type HunkColumns = Record<(typeof hunkColumns)[number], Uint32Array>;

const hunkColumns = ["commit", "path", "oldStart", "oldLines", "newStart", "newLines"] as const;

/** @param sides of each hunk of a commit, in their order */
export function buildBlock(commits: readonly { commit: LoggedCommit; sides: readonly ChangeSides[] }[]): HunkBlock {
  const count = commits.reduce((sum, { sides }) => sum + sides.length, 0);
  const hunks = noHunks(count);
  const paths = new Map<string, number>();
  const postings = createPostings();
  let next = 0;
  for (const [number, { commit, sides }] of commits.entries()) {
    for (const [i, { path, oldStart, newStart, removed, added }] of commit.hunks.entries()) {
      hunks.commit[next] = number;
      hunks.path[next] = numberIn(paths, path);
      hunks.oldStart[next] = oldStart;
      hunks.oldLines[next] = removed.length;
      hunks.newStart[next] = newStart;
      hunks.newLines[next] = added.length;
      const entries = mergeSides(sides[i] as ChangeSides);
      for (let e = 0; e < entries.tokens.length; e++) {
        postings.add(entries.tokens[e] as number, next, entries.added[e] as number, entries.removed[e] as number);
      }
      next++;
    }
  }
  return { commits: commits.map(({ commit }) => commit.commit), paths: [...paths.keys()], hunks, ...postings.turn() };
}

/** These blocks as one, of the commits that are kept; a commit that stands in two of them is taken once. */
export function mergeBlocks(blocks: readonly HunkBlock[], keep: (commit: string) => boolean): HunkBlock {
  const commits = new Map<string, number>();
  const paths = new Map<string, number>();
  let count = 0;
  const moves = blocks.map((block) => {
    const kept = block.commits.map((commit) => keep(commit) && !commits.has(commit));
    for (const [i, commit] of block.commits.entries()) if (kept[i]) commits.set(commit, commits.size);
    return block.hunks.commit.map((commit) => (kept[commit] ? count++ : dropped));
  });
  const hunks = noHunks(count);
  for (const [b, { hunks: from, ...block }] of blocks.entries()) {
    const move = moves[b] as Uint32Array;
    for (let i = 0; i < move.length; i++) {
      const to = move[i] as number;
      if (to === dropped) continue;
      for (const name of hunkColumns) hunks[name][to] = from[name][i] as number;
      hunks.commit[to] = commits.get(block.commits[from.commit[i] as number] as string) as number;
      hunks.path[to] = numberIn(paths, block.paths[from.path[i] as number] as string);
    }
  }
  return { commits: [...commits.keys()], paths: [...paths.keys()], hunks, ...mergePostings(blocks, moves) };
}

const dropped = 0xffffffff;

/** All lists of tokens ascend, so that one walk over all of them at once meets every token in order. */
function mergePostings(
  blocks: readonly HunkBlock[],
  moves: readonly Uint32Array[],
): Pick<HunkBlock, "tokens" | "ends" | "postings"> {
  const most = blocks.reduce((sum, { postings }) => sum + postings.hunks.length, 0);
  const tokens: number[] = [];
  const ends: number[] = [];
  const to = { hunks: new Uint32Array(most), added: new Uint8Array(most), removed: new Uint8Array(most) };
  const next = new Uint32Array(blocks.length);
  let size = 0;
  for (;;) {
    let token = Infinity;
    for (const [b, block] of blocks.entries()) token = Math.min(token, block.tokens[next[b] as number] ?? Infinity);
    if (token === Infinity) break;
    const before = size;
    for (const [b, block] of blocks.entries()) {
      const at = next[b] as number;
      if (block.tokens[at] !== token) continue;
      next[b] = at + 1;
      for (let i = at === 0 ? 0 : (block.ends[at - 1] as number); i < (block.ends[at] as number); i++) {
        const hunk = (moves[b] as Uint32Array)[block.postings.hunks[i] as number] as number;
        if (hunk === dropped) continue;
        to.hunks[size] = hunk;
        to.added[size] = block.postings.added[i] as number;
        to.removed[size++] = block.postings.removed[i] as number;
      }
    }
    if (size === before) continue;
    tokens.push(token);
    ends.push(size);
  }
  const postings = {
    hunks: to.hunks.slice(0, size),
    added: to.added.slice(0, size),
    removed: to.removed.slice(0, size),
  };
  return { tokens: Uint32Array.from(tokens), ends: Uint32Array.from(ends), postings };
}

/** Postings are added hunk by hunk and read token by token. */
function createPostings() {
  const numbers = new Map<number, number>();
  const entries = { token: [] as number[], hunk: [] as number[], added: [] as number[], removed: [] as number[] };

  return {
    add(token: number, hunk: number, added: number, removed: number): void {
      entries.token.push(numberIn(numbers, token));
      entries.hunk.push(hunk);
      entries.added.push(Math.min(added, 255));
      entries.removed.push(Math.min(removed, 255));
    },
    turn(): Pick<HunkBlock, "tokens" | "ends" | "postings"> {
      const tokens = Uint32Array.from(numbers.keys()).sort();
      const places = new Uint32Array(tokens.length);
      for (const [place, token] of tokens.entries()) places[numbers.get(token) as number] = place;
      const ends = new Uint32Array(tokens.length);
      const next = new Uint32Array(tokens.length + 1);
      for (const token of entries.token) next[(places[token] as number) + 1]!++;
      for (let i = 0; i < tokens.length; i++) ends[i] = next[i + 1] = (next[i] as number) + (next[i + 1] as number);
      const size = entries.token.length;
      const postings = { hunks: new Uint32Array(size), added: new Uint8Array(size), removed: new Uint8Array(size) };
      for (let i = 0; i < size; i++) {
        const to = next[places[entries.token[i] as number] as number]!++;
        postings.hunks[to] = entries.hunk[i] as number;
        postings.added[to] = entries.added[i] as number;
        postings.removed[to] = entries.removed[i] as number;
      }
      return { tokens, ends, postings };
    },
  };
}

function numberIn<Key>(numbers: Map<Key, number>, key: Key): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size);
  return numbers.size - 1;
}

function noHunks(count: number): HunkColumns {
  const columns = hunkColumns.map((name) => [name, new Uint32Array(count)]);
  return Object.fromEntries(columns) as HunkColumns;
}

/** "PHNK", little-endian. */
const magic = 0x4b4e4850;
const headerBytes = 24;

/**
 * A block as bytes, little-endian: magic, then the numbers of hunks, tokens and postings and the bytes of commits and of
 * paths (uint32 each); the columns of hunks; tokens, ends; postings' hunks, added, removed; commits and paths as JSON.
 */
export function packBlock({ commits, paths, hunks, tokens, ends, postings }: HunkBlock): Buffer {
  const [commitText, pathText] = [Buffer.from(JSON.stringify(commits)), Buffer.from(JSON.stringify(paths))];
  const sizes = [hunks.commit.length, tokens.length, postings.hunks.length, commitText.length, pathText.length];
  const columns = [
    Uint32Array.of(magic, ...sizes),
    ...hunkColumns.map((name) => hunks[name]),
    tokens,
    ends,
    postings.hunks,
    postings.added,
    postings.removed,
  ];
  const bytes = columns.map((column) => new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return Buffer.concat([...bytes, commitText, pathText]);
}

/** The inverse of `packBlock`; shares the bytes. Throws RangeError or SyntaxError where they are no such block. */
export function unpackBlock(bytes: ArrayBuffer): HunkBlock {
  if (bytes.byteLength < headerBytes) throw new RangeError("not a block of hunks");
  const [found, count = 0, tokenCount = 0, size = 0, commitBytes = 0, pathBytes = 0] = new Uint32Array(bytes, 0, 6);
  const expected =
    headerBytes + 4 * (hunkColumns.length * count + 2 * tokenCount + size) + 2 * size + commitBytes + pathBytes;
  if (found !== magic || bytes.byteLength !== expected) throw new RangeError("not a block of hunks");
  let at = headerBytes;
  const words = (length: number) => new Uint32Array(bytes, (at += 4 * length) - 4 * length, length);
  const octets = (length: number) => new Uint8Array(bytes, (at += length) - length, length);
  const hunks = noHunks(0);
  for (const name of hunkColumns) hunks[name] = words(count);
  const [tokens, ends] = [words(tokenCount), words(tokenCount)];
  const postings = { hunks: words(size), added: octets(size), removed: octets(size) };
  const textOf = (length: number) => JSON.parse(Buffer.from(octets(length)).toString("utf8")) as string[];
  return { hunks, tokens, ends, postings, commits: textOf(commitBytes), paths: textOf(pathBytes) };
}
