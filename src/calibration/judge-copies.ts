import type { Evidence } from "../retrieval/evidence.ts";
import { findNearCopies } from "../retrieval/near-copies.ts";
import { copyBand } from "./bands.ts";
import { isStretchChanged, shareOfChangedStretches } from "./changed-lines.ts";
import type { JudgedWarning } from "./judged-warning.ts";
import type { Replay } from "./replay.ts";

/**
 * "Changed here, not there", each copy by itself: right if the final state changes a line of the copy, or puts something
 * between two. A copy that the default branch changed meanwhile is judged neither way.
 */
export async function judgeCopies(replay: Replay): Promise<JudgedWarning[]> {
  const { change, view, pull } = replay;
  const copies = findNearCopies(change, view, replay).found.flatMap((edit) =>
    edit.copies.flatMap((copy) => {
      const place = stretchOf(copy.evidence);
      return place === null ? [] : [{ place, band: copyBand(edit, copy) }];
    }),
  );
  const named = new Set(copies.map(({ place }) => place.path));
  const judged: JudgedWarning[] = [];
  for (const { place, band } of copies) {
    const right = await isChanged(replay, place);
    if (right === null) continue;
    const chance = chanceOfChange(replay, place.path, place.lines.length, named);
    judged.push({ kind: "near-copy", band, pull: pull.number, path: place.path, right, chance });
  }
  return judged;
}

interface Stretch {
  path: string;
  startLine: number;
  lines: string[];
}

function stretchOf({ citation, text }: Evidence): Stretch | null {
  if (citation.kind !== "code") return null;
  return { path: citation.path, startLine: citation.startLine, lines: text.split("\n") };
}

/** Null where the stretch did not stand at the final base. */
async function isChanged({ finalLines, linesAtFinalBase }: Replay, stretch: Stretch): Promise<boolean | null> {
  const lines = await linesAtFinalBase(stretch.path);
  const start = lines === null ? null : nearestPlace(lines, stretch);
  if (start === null) return null;
  const changed = finalLines.get(stretch.path);
  return changed !== undefined && isStretchChanged(changed, start, start + stretch.lines.length - 1);
}

/** Where these lines stand, as near to their old place as possible. */
function nearestPlace(lines: readonly string[], stretch: Stretch): number | null {
  let nearest: number | null = null;
  for (let start = 1; start + stretch.lines.length - 1 <= lines.length; start++) {
    if (!stretch.lines.every((line, index) => lines[start - 1 + index] === line)) continue;
    const distance = Math.abs(start - stretch.startLine);
    if (nearest === null || distance < Math.abs(nearest - stretch.startLine)) nearest = start;
  }
  return nearest;
}

/**
 * How often the final state changes a stretch of so many lines, taken anywhere in a file as busy as this one, and no file
 * that is named. Null where no file is as busy.
 */
export function chanceOfChange(
  { asBusyAs, finalLines, view }: Replay,
  path: string,
  length: number,
  named: ReadonlySet<string>,
): number | null {
  const others = asBusyAs(path, (other) => named.has(other));
  const shares = others.map((other) => {
    const changed = finalLines.get(other);
    if (changed === undefined) return 0;
    return shareOfChangedStretches(changed, length, view.text(other)?.split("\n").length ?? 0);
  });
  return shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
