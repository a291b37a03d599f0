import { wholeLines } from "../engram/algebra/change-vector.ts";
import type { HunkBlock } from "./hunk-block.ts";
import { absent, changeSeed, find, type Kernel } from "./hunk-question.ts";

/** Hunks of a block that hold one of some lines. Kept between questions, because to allocate takes longer than to fill. */
export interface LineHolders {
  /** Ascending, in the first `count` places. */
  hunks: Uint32Array;
  count: number;
  /** 1 for each of them, by number. */
  isHolder: Uint8Array;
}

export function noHolders(hunks: number): LineHolders {
  return { hunks: new Uint32Array(hunks), count: 0, isHolder: new Uint8Array(hunks) };
}

/**
 * Finds the hunks with one of these lines on either side, whatever its usual indentation, in the place of those that were found
 * before. Returns whether there is any.
 */
export function findHolders(
  blocks: readonly (Pick<HunkBlock, "tokens" | "ends" | "postings"> & { holders: LineHolders })[],
  lines: readonly string[],
  kernel: Kernel,
): boolean {
  const { tokens } = wholeLines({ kernel, seed: changeSeed }, [...new Set(lines.flatMap(indented))]);
  let isAny = false;
  for (const { holders, ...block } of blocks) {
    const { hunks, isHolder } = holders;
    for (let i = 0; i < holders.count; i++) isHolder[hunks[i] as number] = 0;
    let count = 0;
    for (const token of tokens) {
      const place = find(block.tokens, token);
      if (place === absent) continue;
      for (let at = place === 0 ? 0 : (block.ends[place - 1] as number); at < (block.ends[place] as number); at++) {
        const hunk = block.postings.hunks[at] as number;
        if (isHolder[hunk] === 1) continue;
        isHolder[hunk] = 1;
        hunks[count++] = hunk;
      }
    }
    hunks.subarray(0, count).sort();
    holders.count = count;
    isAny ||= count > 0;
  }
  return isAny;
}

/** Steps of two spaces, which those of four are as well, and of one tab, as deep as code that people write. */
const spaces = Array.from({ length: 17 }, (_, depth) => "  ".repeat(depth));
const tabs = Array.from({ length: 9 }, (_, depth) => "\t".repeat(depth));

function indented(line: string): string[] {
  const text = line.trim();
  const own = line.slice(0, line.length - line.trimStart().length);
  return [own, ...(own.includes("\t") ? tabs : spaces)].map((margin) => margin + text);
}
