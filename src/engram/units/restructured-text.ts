import { splitLines } from "../chunk.ts";
import type { ParsedText } from "./unit-parser.ts";

/**
 * Sections of a reStructuredText: titles with a line of one punctuation mark below, and perhaps the same above. Depth
 * follows the order in which the styles of such lines first appear (docutils, "reStructuredText Markup Specification",
 * sections). No names.
 */
export function parseRestructuredText(text: string): ParsedText {
  const lines = splitLines(text).map((line) => line.replace(/^\uFEFF/, "").trimEnd());
  const starts: ParsedText["starts"] = [];
  const styles: string[] = [];
  for (let i = 0; i + 1 < lines.length; i++) {
    const title = lines[i] ?? "";
    const mark = markOf(lines[i + 1] ?? "", title.trim().length);
    if (mark === null || title === "" || markOf(title, 1) !== null) continue;
    const overlined = i > 0 && lines[i - 1] === lines[i + 1];
    const start = overlined ? i - 1 : i;
    if ((!overlined && /^\s/.test(title)) || (start > 0 && lines[start - 1] !== "")) continue;
    const style = overlined ? `${mark}${mark}` : mark;
    if (!styles.includes(style)) styles.push(style);
    starts.push({ line: start, depth: styles.indexOf(style) });
    i++;
  }
  return { starts, names: [] };
}

/** The mark that a line consists of, where it is as long as its title; null where it is another line. */
function markOf(line: string, length: number): string | null {
  const mark = /^([!-/:-@[-`{-~])\1+$/.exec(line)?.[1];
  return mark !== undefined && line.length >= Math.max(length, 2) ? mark : null;
}
