import type { HunkBlock } from "./hunk-block.ts";
import { absent, type AskedWord } from "./hunk-question.ts";
import type { LineHolders } from "./line-holders.ts";

/**
 * Inner products of one hunk with every hunk of a block: with its change undone at 2 · hunk, with its change repeated at
 * 2 · hunk + 1, since a posting adds to both. Kept between questions, because to allocate takes longer than to fill; and read
 * from end to end, because that is quicker than to jump to the half of all hunks that share a word.
 */
export type Products = Float64Array;

export const sides = { undoes: 0, repeats: 1 } as const;

export function emptyProducts(hunks: number): Products {
  return new Float64Array(2 * hunks);
}

/** @param b number of the block */
export function multiply(
  { ends, postings, products }: Pick<HunkBlock, "ends" | "postings"> & { products: Products },
  b: number,
  words: readonly AskedWord[],
): void {
  const { hunks, added, removed } = postings;
  products.fill(0);
  for (const { places, plus, minus } of words) {
    const token = places[b] as number;
    if (token === absent) continue;
    const end = ends[token] as number;
    for (let at = token === 0 ? 0 : (ends[token - 1] as number); at < end; at++) {
      const place = 2 * (hunks[at] as number);
      const itsAdded = roots[added[at] as number] as number;
      const itsRemoved = roots[removed[at] as number] as number;
      products[place]! += plus * itsRemoved + minus * itsAdded;
      products[place + 1]! += plus * itsAdded + minus * itsRemoved;
    }
  }
}

/**
 * The same for some hunks, in the same order of words, so that sums are the same to the last bit. What other hunks have is left
 * as it was. Of a word in many hunks those asked for are looked up; one in few is read from end to end.
 * @param b number of the block
 */
export function multiplyFew(
  {
    ends,
    postings,
    products,
    holders,
  }: Pick<HunkBlock, "ends" | "postings"> & { products: Products; holders: LineHolders },
  b: number,
  words: readonly AskedWord[],
): void {
  const { hunks, added, removed } = postings;
  const wanted = holders.hunks;
  for (let i = 0; i < holders.count; i++) products.fill(0, 2 * (wanted[i] as number), 2 * (wanted[i] as number) + 2);
  if (holders.count === 0) return;
  for (const { places, plus, minus } of words) {
    const token = places[b] as number;
    if (token === absent) continue;
    const start = token === 0 ? 0 : (ends[token - 1] as number);
    const end = ends[token] as number;
    const isLong = end - start > stepsOfLookUp * holders.count;
    for (let at = start, i = 0; at < end && i < holders.count; isLong ? i++ : at++) {
      if (isLong) at = firstFrom(hunks, wanted[i] as number, at, end);
      const hunk = hunks[at] as number;
      if (isLong ? at === end || hunk !== wanted[i] : holders.isHolder[hunk] === 0) continue;
      const place = 2 * hunk;
      const itsAdded = roots[added[at] as number] as number;
      const itsRemoved = roots[removed[at] as number] as number;
      products[place]! += plus * itsRemoved + minus * itsAdded;
      products[place + 1]! += plus * itsAdded + minus * itsRemoved;
    }
  }
}

/** About how many postings are read in the time that finding one takes. */
const stepsOfLookUp = 16;

/** The first place from `low` on whose hunk is not before this one; `end` where there is none. */
function firstFrom(hunks: Uint32Array, hunk: number, low: number, end: number): number {
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((hunks[middle] as number) < hunk) low = middle + 1;
    else high = middle;
  }
  return low;
}

const roots = Float64Array.from({ length: 256 }, (_, count) => Math.sqrt(count));
