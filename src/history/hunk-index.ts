import { mergeSides } from "../engram/algebra/change-columns.ts";
import { type ChangeSides, hunkSides } from "../engram/algebra/change-vector.ts";
import type { HunkBlock } from "./hunk-block.ts";
import type { HunkLines, PastChanges, PastChangesQuery, PastHunk, PastHunkMatch } from "./past-changes.ts";

/** The engram's kernel: it turns lines into tokens. */
export type Kernel = Parameters<typeof hunkSides>[0]["kernel"];

/** Of the hashes of all changes that are kept. */
export const changeSeed = 0;

interface HunkIndex {
  kernel: Kernel;
  blocks: IndexedBlock[];
  /** Hunks of all blocks. */
  count: number;
}

interface IndexedBlock extends HunkBlock {
  /** Squared inverse document frequency by token number, over the hunks of all blocks. */
  weights: Float64Array;
  norms: Float64Array;
  /** Where one question adds up its products; zero between questions. */
  sums: { undoes: Float64Array; repeats: Float64Array; isMet: Uint8Array; met: Uint32Array };
  /** By commit number: 0 is the newest. */
  ages: Uint32Array;
}

/**
 * Hunks as signed change vectors: what is asked for is compared with either side as `changesTakenBack` does it (square
 * roots of counts, IDF over the indexed hunks, cosine over both sides).
 *
 * `among` decides what may be answered, not how words are weighed: IDF is that of all indexed hunks. A hunk that is not
 * among adds one to the frequency of its tokens, of tens of thousands of hunks.
 * @param newestFirst order of equals: the newer commit first, those that are not named here last
 */
export function openHunkIndex(
  blocks: readonly HunkBlock[],
  newestFirst: readonly string[],
  kernel: Kernel,
): PastChanges {
  const ages = new Map(newestFirst.map((commit, age) => [commit, age]));
  const index = { kernel, blocks: weighBlocks(blocks, ages), count: countOf(blocks) };
  let last: { hunk: HunkLines; comparison: Comparison } | null = null;
  // The same hunk is usually asked for both, and one walk over the postings answers both.
  const comparisonOf = (hunk: HunkLines): Comparison => {
    if (last?.hunk !== hunk) last = { hunk, comparison: compare(index, hunk) };
    return last.comparison;
  };
  return {
    takenBack: (hunk, query) => best(index, comparisonOf(hunk), query, "undoes"),
    repeated: (hunk, query) => best(index, comparisonOf(hunk), query, "repeats"),
    hunksOf: (path) => hunksOf(index, path),
  };
}

function hunksOf({ blocks }: HunkIndex, path: string): Map<string, PastHunk[]> {
  const found = new Map<string, PastHunk[]>();
  for (const block of blocks) {
    const wanted = block.paths.indexOf(path);
    if (wanted < 0) continue;
    for (let hunk = block.hunks.path.indexOf(wanted); hunk >= 0; hunk = block.hunks.path.indexOf(wanted, hunk + 1)) {
      const one = hunkAt(block, hunk);
      const known = found.get(one.commit);
      if (known === undefined) found.set(one.commit, [one]);
      else known.push(one);
    }
  }
  return found;
}

function weighBlocks(blocks: readonly HunkBlock[], ages: ReadonlyMap<string, number>): IndexedBlock[] {
  const count = countOf(blocks);
  return blocks.map((block) => {
    const weights = squaredIdf(frequencies(block, blocks), count);
    return {
      ...block,
      weights,
      norms: normsOf(block, weights),
      sums: emptySums(block.hunks.commit.length),
      ages: Uint32Array.from(block.commits, (commit) => ages.get(commit) ?? 0xffffffff),
    };
  });
}

function emptySums(hunks: number): IndexedBlock["sums"] {
  return {
    undoes: new Float64Array(hunks),
    repeats: new Float64Array(hunks),
    isMet: new Uint8Array(hunks),
    met: new Uint32Array(hunks),
  };
}

function countOf(blocks: readonly HunkBlock[]): number {
  return blocks.reduce((sum, { hunks }) => sum + hunks.commit.length, 0);
}

/** In how many hunks of all blocks each token of this one stands. */
function frequencies(block: HunkBlock, blocks: readonly HunkBlock[]): Uint32Array {
  const found = new Uint32Array(block.tokens.length);
  for (const { tokens, ends } of blocks) {
    for (let own = 0, other = 0; own < block.tokens.length && other < tokens.length;) {
      const [left, right] = [block.tokens[own] as number, tokens[other] as number];
      if (left === right) found[own]! += (ends[other] as number) - (other === 0 ? 0 : (ends[other - 1] as number));
      if (left <= right) own++;
      if (right <= left) other++;
    }
  }
  return found;
}

/** BM25's inverse document frequency, squared, because it weighs both vectors. Most frequencies are small and repeat. */
function squaredIdf(found: Uint32Array, count: number): Float64Array {
  const known = Float64Array.from({ length: 256 }, (_, frequency) => idfOf(frequency, count) ** 2);
  return Float64Array.from(found, (frequency) => known[frequency] ?? idfOf(frequency, count) ** 2);
}

function idfOf(frequency: number, count: number): number {
  return Math.log(1 + (count - frequency + 0.5) / (frequency + 0.5));
}

function normsOf({ hunks, ends, postings }: HunkBlock, weights: Float64Array): Float64Array {
  const squares = new Float64Array(hunks.commit.length);
  for (let token = 0, i = 0; token < ends.length; token++) {
    const weight = weights[token] as number;
    for (; i < (ends[token] as number); i++) {
      squares[postings.hunks[i] as number]! +=
        weight * ((postings.added[i] as number) + (postings.removed[i] as number));
    }
  }
  return squares.map(Math.sqrt);
}

interface Comparison {
  /** Of the hunk that is asked for. */
  norm: number;
  /** Inner products with the undone and with the repeated change, by block and hunk. */
  products: Products[];
}

/** Of the hunks of one block that share a word with the asked one. */
interface Products {
  hunks: Uint32Array;
  undoes: Float64Array;
  repeats: Float64Array;
}

function compare(index: HunkIndex, hunk: HunkLines): Comparison {
  const [sides] = hunkSides({ kernel: index.kernel, seed: changeSeed }, [hunk]) as [ChangeSides];
  const entries = mergeSides(sides);
  const places = index.blocks.map(({ tokens }) => entries.tokens.map((token) => find(tokens, token)));
  const unknown = idfOf(0, index.count) ** 2;
  let square = 0;
  for (let i = 0; i < entries.tokens.length; i++) {
    const known = places.findIndex((place) => place[i] !== absent);
    const weight = known < 0 ? unknown : weightAt(index, known, places[known]?.[i] as number);
    square += weight * ((entries.added[i] as number) + (entries.removed[i] as number));
  }
  const products = index.blocks.map((block, b) => multiply(block, entries, places[b] as Uint32Array));
  return { norm: Math.sqrt(square), products };
}

function weightAt({ blocks }: HunkIndex, block: number, token: number): number {
  return blocks[block]?.weights[token] as number;
}

function multiply(block: IndexedBlock, entries: ReturnType<typeof mergeSides>, places: Uint32Array): Products {
  const { undoes, repeats, isMet, met } = block.sums;
  let count = 0;
  const { hunks, added, removed } = block.postings;
  for (let i = 0; i < places.length; i++) {
    const token = places[i] as number;
    if (token === absent) continue;
    const weight = block.weights[token] as number;
    const plus = weight * Math.sqrt(entries.added[i] as number);
    const minus = weight * Math.sqrt(entries.removed[i] as number);
    for (let at = token === 0 ? 0 : (block.ends[token - 1] as number); at < (block.ends[token] as number); at++) {
      const hunk = hunks[at] as number;
      const [itsAdded, itsRemoved] = [roots[added[at] as number] as number, roots[removed[at] as number] as number];
      if (isMet[hunk] === 0) {
        isMet[hunk] = 1;
        met[count++] = hunk;
      }
      undoes[hunk]! += plus * itsRemoved + minus * itsAdded;
      repeats[hunk]! += plus * itsAdded + minus * itsRemoved;
    }
  }
  const found = {
    hunks: met.slice(0, count),
    undoes: new Float64Array(count),
    repeats: new Float64Array(count),
  };
  for (let i = 0; i < count; i++) {
    const hunk = met[i] as number;
    found.undoes[i] = undoes[hunk] as number;
    found.repeats[i] = repeats[hunk] as number;
    undoes[hunk] = repeats[hunk] = isMet[hunk] = 0;
  }
  return found;
}

const roots = Float64Array.from({ length: 256 }, (_, count) => Math.sqrt(count));
const absent = 0xffffffff;

function find(tokens: Uint32Array, token: number): number {
  let [low, high] = [0, tokens.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((tokens[middle] as number) < token) low = middle + 1;
    else high = middle;
  }
  return tokens[low] === token ? low : absent;
}

interface Hit {
  block: IndexedBlock;
  hunk: number;
  score: number;
}

/** Asks `among` only about what is good enough to be answered. */
function best(
  { blocks }: HunkIndex,
  { norm, products }: Comparison,
  { k, among }: PastChangesQuery,
  kind: "undoes" | "repeats",
): PastHunkMatch[] {
  const hits: Hit[] = [];
  const answers = new Map<string, boolean>();
  const isAmong = (commit: string): boolean => {
    const known = answers.get(commit) ?? among(commit);
    answers.set(commit, known);
    return known;
  };
  for (const [b, block] of blocks.entries()) {
    const { hunks, [kind]: found } = products[b] as Products;
    for (let i = 0; i < hunks.length; i++) {
      if (found[i] === 0) continue;
      const hunk = hunks[i] as number;
      const score = (found[i] as number) / (norm * (block.norms[hunk] as number));
      const last = hits[k - 1];
      if (last !== undefined && score < last.score) continue;
      const hit = { block, hunk, score };
      if ((last !== undefined && byScore(last, hit) < 0) || !isAmong(commitOf(hit))) continue;
      const place = hits.findIndex((other) => byScore(hit, other) < 0);
      hits.splice(place < 0 ? hits.length : place, 0, hit);
      if (hits.length > k) hits.pop();
    }
  }
  return hits.map(matchOf);
}

/** Of equals the newer commit first, then the order within a commit. */
function byScore(a: Hit, b: Hit): number {
  return b.score - a.score || ageOf(a) - ageOf(b) || a.hunk - b.hunk;
}

function ageOf({ block, hunk }: Hit): number {
  return block.ages[block.hunks.commit[hunk] as number] as number;
}

function commitOf({ block, hunk }: Hit): string {
  return block.commits[block.hunks.commit[hunk] as number] as string;
}

function matchOf({ block, hunk, score }: Hit): PastHunkMatch {
  return { ...hunkAt(block, hunk), score: Math.min(1, score) };
}

function hunkAt(block: IndexedBlock, hunk: number): PastHunk {
  const { commit, path, oldStart, oldLines, newStart, newLines } = block.hunks;
  return {
    commit: block.commits[commit[hunk] as number] as string,
    path: block.paths[path[hunk] as number] as string,
    oldStart: oldStart[hunk] as number,
    oldLines: oldLines[hunk] as number,
    newStart: newStart[hunk] as number,
    newLines: newLines[hunk] as number,
  };
}
