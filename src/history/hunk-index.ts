import type { HunkBlock } from "./hunk-block.ts";
import { emptyProducts, multiply, multiplyFew, type Products, sides } from "./hunk-products.ts";
import { type Kernel, readQuestion } from "./hunk-question.ts";
import { findHolders, type LineHolders, noHolders } from "./line-holders.ts";
import type { HunkLines, PastChanges, PastChangesQuery, PastHunk, PastHunkMatch } from "./past-changes.ts";

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
  /** Of the hunk that was asked for last. */
  products: Products;
  hopeful: Hopeful;
  /** Hunks with one of the lines that were asked for last. */
  holders: LineHolders;
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
  const asking = { hunk: null as HunkLines | null, lines: undefined as PastChangesQuery["lines"], norm: 0, least: 0 };
  const among = createAmong(index);
  const answer = (hunk: HunkLines, query: PastChangesQuery, kind: keyof typeof sides): PastHunkMatch[] => {
    // The same hunk is usually asked for both, and one walk over the postings answers both.
    const { least = 0, lines } = query;
    const isNew = asking.hunk !== hunk || asking.lines !== lines;
    if (isNew) asking.norm = lines === undefined ? compare(index, hunk) : compareHolders(index, hunk, lines);
    if (isNew || asking.least !== least) {
      for (const block of index.blocks) {
        if (lines === undefined) findHopeful(block, asking.norm, least);
        else hopeForHolders(block, asking.norm, least);
      }
    }
    Object.assign(asking, { hunk, lines, least });
    return best(index, asking.norm, { ...query, isAmong: among(query.among), kind });
  };
  return {
    takenBack: (hunk, query) => answer(hunk, query, "undoes"),
    repeated: (hunk, query) => answer(hunk, query, "repeats"),
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
      products: emptyProducts(block.hunks.commit.length),
      hopeful: noHopeful(block.hunks.commit.length),
      holders: noHolders(block.hunks.commit.length),
      ages: Uint32Array.from(block.commits, (commit) => ages.get(commit) ?? 0xffffffff),
    };
  });
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

/** @returns the norm of the hunk; its products are the blocks' */
function compare({ blocks, kernel, count }: HunkIndex, hunk: HunkLines): number {
  const { norm, words } = readQuestion(blocks, hunk, { kernel, unknown: idfOf(0, count) ** 2 });
  for (const [b, block] of blocks.entries()) multiply(block, b, words);
  return norm;
}

/** The same for hunks with one of the lines alone. Where there is none, the hunk itself need not be read. */
function compareHolders({ blocks, kernel, count }: HunkIndex, hunk: HunkLines, lines: readonly string[]): number {
  if (!findHolders(blocks, lines, kernel)) return 0;
  const { norm, words } = readQuestion(blocks, hunk, { kernel, unknown: idfOf(0, count) ** 2 });
  for (const [b, block] of blocks.entries()) multiplyFew(block, b, words);
  return norm;
}

/** Hunks that may reach what is asked for at least, ascending, in the first so many places of each side. */
interface Hopeful extends Record<keyof typeof sides, Uint32Array> {
  counts: Record<keyof typeof sides, number>;
}

function noHopeful(hunks: number): Hopeful {
  return { undoes: new Uint32Array(hunks), repeats: new Uint32Array(hunks), counts: { undoes: 0, repeats: 0 } };
}

/** One pass for both sides: nearly none is good enough, and to read all of them takes longer than all else here. */
function findHopeful({ products, norms, hopeful }: IndexedBlock, norm: number, least: number): void {
  const { undoes, repeats, counts } = hopeful;
  const enough = least * (1 - ROUNDING) * norm;
  let [undoing, repeating] = [0, 0];
  for (let hunk = 0, place = 0; hunk < norms.length; hunk++, place += 2) {
    const floor = enough * (norms[hunk] as number);
    if ((products[place] as number) >= floor) undoes[undoing++] = hunk;
    if ((products[place + 1] as number) >= floor) repeats[repeating++] = hunk;
  }
  Object.assign(counts, { undoes: undoing, repeats: repeating });
}

function hopeForHolders({ products, norms, hopeful, holders }: IndexedBlock, norm: number, least: number): void {
  const enough = least * (1 - ROUNDING) * norm;
  let [undoing, repeating] = [0, 0];
  for (let i = 0; i < holders.count; i++) {
    const hunk = holders.hunks[i] as number;
    const floor = enough * (norms[hunk] as number);
    if ((products[2 * hunk] as number) >= floor) hopeful.undoes[undoing++] = hunk;
    if ((products[2 * hunk + 1] as number) >= floor) hopeful.repeats[repeating++] = hunk;
  }
  Object.assign(hopeful.counts, { undoes: undoing, repeats: repeating });
}

interface Hit {
  block: IndexedBlock;
  hunk: number;
  score: number;
}

interface Wanted extends PastChangesQuery {
  kind: keyof typeof sides;
  isAmong: (block: IndexedBlock, hunk: number) => boolean;
}

/** Asks `isAmong` only about what is good enough to be answered. */
function best({ blocks }: HunkIndex, norm: number, { k, least = 0, kind, isAmong }: Wanted): PastHunkMatch[] {
  const hits: Hit[] = [];
  for (const block of blocks) {
    const { products, norms, hopeful } = block;
    let enough = enoughFor(hits, k, least) * norm;
    for (let i = 0; i < hopeful.counts[kind]; i++) {
      const hunk = hopeful[kind][i] as number;
      const product = products[2 * hunk + sides[kind]] as number;
      if (product < enough * (norms[hunk] as number) || product === 0) continue;
      const hit = { block, hunk, score: product / (norm * (norms[hunk] as number)) };
      const last = hits[k - 1];
      if (hit.score < least || (last !== undefined && byScore(last, hit) < 0) || !isAmong(block, hunk)) continue;
      insert(hits, hit);
      if (hits.length > k) hits.pop();
      enough = enoughFor(hits, k, least) * norm;
    }
  }
  return hits.map(matchOf);
}

/** Behind its equals. */
function insert(hits: Hit[], hit: Hit): void {
  let [low, high] = [0, hits.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byScore(hit, hits[middle] as Hit) < 0) high = middle;
    else low = middle + 1;
  }
  hits.splice(low, 0, hit);
}

function enoughFor(hits: readonly Hit[], k: number, least: number): number {
  return Math.max(least, hits[k - 1]?.score ?? 0) * (1 - ROUNDING);
}

/** More than a product and a quotient of the same numbers can differ by. */
const ROUNDING = 1e-12;

/** Asks once for each commit, for as long as the same is asked. */
function createAmong({ blocks }: HunkIndex): (among: PastChangesQuery["among"]) => Wanted["isAmong"] {
  const answers = new Map(blocks.map((block) => [block, new Int8Array(block.commits.length)]));
  let last: PastChangesQuery["among"] | null = null;
  return (among) => {
    if (last !== among) for (const known of answers.values()) known.fill(0);
    last = among;
    return (block, hunk) => {
      const known = answers.get(block) as Int8Array;
      const commit = block.hunks.commit[hunk] as number;
      known[commit] ||= among(block.commits[commit] as string) ? 1 : -1;
      return known[commit] === 1;
    };
  };
}

/** Of equals the newer commit first, then the order within a commit. */
function byScore(a: Hit, b: Hit): number {
  return b.score - a.score || ageOf(a) - ageOf(b) || a.hunk - b.hunk;
}

function ageOf({ block, hunk }: Hit): number {
  return block.ages[block.hunks.commit[hunk] as number] as number;
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
