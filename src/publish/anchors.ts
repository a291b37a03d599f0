import type { Anchor } from "./outcome.ts";

/** The lines that one hunk spans in both versions of a file, as its header states them. */
export interface HunkRange {
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
}

/** Where a review comment stands, in GitHub's words. */
export interface ReviewPosition {
  path: string;
  line: number;
  side: "RIGHT" | "LEFT";
  start_line?: number;
  start_side?: "RIGHT" | "LEFT";
}

/**
 * The hunks of a `patch` as GitHub's "list pull request files" gives it: the hunks alone, without a file header.
 * A count that is left out is 1 (`@@ -1 +1,3 @@`).
 */
export function parsePatch(patch: string): HunkRange[] {
  const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm;
  return Array.from(patch.matchAll(header), ([, oldStart, oldLines, newStart, newLines]) => ({
    oldStart: Number(oldStart),
    oldLines: Number(oldLines ?? 1),
    newStart: Number(newStart),
    newLines: Number(newLines ?? 1),
  }));
}

/**
 * Whether GitHub takes a comment here: both ends inside one hunk. One bad anchor makes GitHub refuse a whole review
 * without saying which, so every anchor is checked before it is sent.
 */
export function fitsHunk(anchor: Anchor, hunks: readonly HunkRange[]): boolean {
  return hunks.some((hunk) => {
    const right = anchor.side === "RIGHT";
    const start = right ? hunk.newStart : hunk.oldStart;
    const lines = right ? hunk.newLines : hunk.oldLines;
    return anchor.startLine <= anchor.endLine && anchor.startLine >= start && anchor.endLine < start + lines;
  });
}

/** GitHub refuses `start_line` equal to `line`, and `start_line` without `start_side`: both are sent, or neither. */
export function reviewPosition(anchor: Anchor): ReviewPosition {
  const { path, startLine, endLine, side } = anchor;
  if (startLine === endLine) return { path, line: endLine, side };
  return { path, line: endLine, side, start_line: startLine, start_side: side };
}
