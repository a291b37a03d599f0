import { limits } from "../shared/limits.ts";
import { isBlank } from "./lines.ts";

/** Less alike than this, lines help nobody to see what was meant. */
const leastAlike = 0.4;

/** The run of lines that is most like the wanted ones, by the words each pair of lines shares; null where none is. */
export function nearestLines(
  lines: readonly string[],
  wanted: readonly string[],
): { startLine: number; text: string } | null {
  const first = wanted.findIndex((line) => !isBlank(line));
  const searched = wanted.slice(Math.max(0, first), limits.nearestLines + Math.max(0, first)).map(wordsOf);
  if (first < 0) return null;
  const own = lines.slice(0, limits.searchedLines).map(wordsOf);
  let best = { at: -1, alike: leastAlike };
  for (let at = 0; at < own.length; at++) {
    let sum = 0;
    for (const [i, words] of searched.entries()) sum += alike(words, own[at + i]);
    if (sum / searched.length > best.alike) best = { at, alike: sum / searched.length };
  }
  if (best.at < 0) return null;
  return { startLine: best.at + 1, text: lines.slice(best.at, best.at + searched.length).join("\n") };
}

function wordsOf(line: string): Set<string> {
  return new Set(line.match(/[\p{L}\p{N}_$]+|[^\s\p{L}\p{N}_$]/gu));
}

/** Dice's coefficient. */
function alike(a: ReadonlySet<string>, b: ReadonlySet<string> | undefined): number {
  if (b === undefined) return 0;
  if (a.size + b.size === 0) return 1;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return (2 * shared) / (a.size + b.size);
}
