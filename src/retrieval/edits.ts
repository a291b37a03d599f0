import type { DiffLine, FileDiff, Hunk } from "../workspace/diff.ts";

/** One place of a hunk where lines were replaced, removed or added, with the unchanged lines around it. */
export interface Edit {
  /** The old lines, without those of `before` and `after`; in between may stand an unchanged line. */
  removed: DiffLine[];
  added: DiffLine[];
  /** Up to three unchanged lines on either side, nearest last and nearest first. */
  before: DiffLine[];
  after: DiffLine[];
}

/** Changed lines with at most so many unchanged lines between them belong to one edit. */
const JOINED_ACROSS = 1;
const CONTEXT = 3;

export function editsOf({ lines }: Hunk): Edit[] {
  return changedRuns(lines).map(([first, last]) => {
    const inside = lines.slice(first, last + 1);
    return {
      removed: inside.filter(({ kind }) => kind !== "+"),
      added: inside.filter(({ kind }) => kind !== "-"),
      before: trailingContext(lines.slice(0, first)),
      after: trailingContext(lines.slice(last + 1).reverse()).reverse(),
    };
  });
}

/** Index of the first and last changed line of each run. */
function changedRuns(lines: DiffLine[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const [index, { kind }] of lines.entries()) {
    if (kind === " ") continue;
    const open = runs.at(-1);
    if (open && index - open[1] <= JOINED_ACROSS + 1) open[1] = index;
    else runs.push([index, index]);
  }
  return runs;
}

function trailingContext(lines: DiffLine[]): DiffLine[] {
  const lastChanged = lines.findLastIndex(({ kind }) => kind !== " ");
  return lines.slice(lastChanged + 1).slice(-CONTEXT);
}

/** The line of the new file nearest to an old one, inside the hunk: where a comment on the RIGHT side can stand. */
export function nearestNewLine(hunk: Hunk, oldLine: number): number | null {
  const index = hunk.lines.findIndex((line) => line.oldLine === oldLine);
  const distance = (other: number): number => Math.abs(other - index);
  let nearest: number | null = null;
  let nearestIndex = Infinity;
  for (const [other, { newLine }] of hunk.lines.entries()) {
    if (newLine === null || distance(other) >= distance(nearestIndex)) continue;
    nearest = newLine;
    nearestIndex = other;
  }
  return nearest;
}

/** Numbers of the lines that a change added to a file. */
export function addedLines({ hunks }: FileDiff): Set<number> {
  return new Set(hunks.flatMap(({ lines }) => lines.flatMap((line) => (line.kind === "+" ? [line.newLine ?? 0] : []))));
}
