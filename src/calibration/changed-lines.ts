import type { Change, FileDiff } from "../workspace/diff.ts";

/** Where a diff changes a file, on its old side. */
export interface ChangedLines {
  /** Lines that it takes out, ascending. */
  removed: readonly number[];
  /** Lines behind which it puts something in; 0 for the beginning of the file. Ascending. */
  insertedAfter: readonly number[];
}

/** By old path; files that were added are not here. */
export function changedLinesOf(change: Change): Map<string, ChangedLines> {
  return new Map(
    change.files.flatMap((file) => (file.oldBlob === null ? [] : [[file.oldPath, linesOf(file)] as const])),
  );
}

function linesOf({ hunks }: FileDiff): ChangedLines {
  const removed: number[] = [];
  const insertedAfter = new Set<number>();
  for (const { lines, oldStart, oldLines } of hunks) {
    // Where a hunk has no old lines, git names the line before it.
    let last = oldLines === 0 ? oldStart : oldStart - 1;
    for (const { kind, oldLine } of lines) {
      if (kind === "+") insertedAfter.add(last);
      else last = oldLine ?? last;
      if (kind === "-" && oldLine !== null) removed.push(oldLine);
    }
  }
  return { removed, insertedAfter: [...insertedAfter] };
}

/** Whether lines do not stand any more as they did: one of them is gone, or something was put between two of them. */
export function isStretchChanged({ removed, insertedAfter }: ChangedLines, start: number, end: number): boolean {
  return (
    removed.some((line) => line >= start && line <= end) || insertedAfter.some((line) => line >= start && line < end)
  );
}

/** 0..1: share of the stretches of so many lines, in a file of `fileLines` lines, that were changed. */
export function shareOfChangedStretches(changed: ChangedLines, length: number, fileLines: number): number {
  const places = fileLines - length + 1;
  if (places < 1) return changed.removed.length + changed.insertedAfter.length > 0 ? 1 : 0;
  const hit = new Set<number>();
  const mark = (first: number, last: number): void => {
    for (let start = Math.max(1, first); start <= Math.min(places, last); start++) hit.add(start);
  };
  for (const line of changed.removed) mark(line - length + 1, line);
  for (const line of changed.insertedAfter) mark(line - length + 2, line);
  return hit.size / places;
}
