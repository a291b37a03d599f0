import type { HunkBlock } from "./hunk-block.ts";
import { absent, type AskedWord } from "./hunk-question.ts";

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

const roots = Float64Array.from({ length: 256 }, (_, count) => Math.sqrt(count));
