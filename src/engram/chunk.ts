import { limits } from "../shared/limits.ts";

/** 0-based lines, `end` exclusive. */
export interface LineRange {
  start: number;
  end: number;
}

/** A text's lines without their line feeds. A final line feed ends the last line; it does not begin another. */
export function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/**
 * Cuts a text into windows of at most `limits.chunkLines` lines that follow one another without overlap. A window ends
 * early, in its last third, where the text has a joint: before a top-level line that follows a blank one, else after a
 * blank line, else before a top-level line.
 */
export function lineWindows(lines: readonly string[]): LineRange[] {
  const windows: LineRange[] = [];
  for (let start = 0; start < lines.length;) {
    const end = start + limits.chunkLines < lines.length ? bestEnd(lines, start) : lines.length;
    windows.push({ start, end });
    start = end;
  }
  return windows;
}

function bestEnd(lines: readonly string[], start: number): number {
  const last = start + limits.chunkLines;
  let best = last;
  let bestJoint = jointAt(lines, last);
  for (let end = last - 1; end > last - limits.chunkLines / 3; end--) {
    const joint = jointAt(lines, end);
    if (joint > bestJoint) {
      best = end;
      bestJoint = joint;
    }
  }
  return best;
}

/** How well the text comes apart before this line: 0 (not at all) to 3. */
function jointAt(lines: readonly string[], line: number): number {
  const afterBlank = /^\s*$/.test(lines[line - 1] ?? "");
  const topLevel = /^\w|^[@#/]/.test(lines[line] ?? "");
  return (afterBlank ? 2 : 0) + (topLevel ? 1 : 0);
}
