import { splitLines } from "../chunk.ts";
import type { ParsedText } from "./unit-parser.ts";

/**
 * Sections of a Markdown text: where its headings stand, ATX and Setext as in CommonMark 0.31, outside of fences,
 * comments and front matter. Depth is the heading's level − 1. Prose names nothing that is called, so no names.
 */
export function parseMarkdown(text: string): ParsedText {
  const lines = splitLines(text).map((line) => line.replace(/^\uFEFF/, "").trimEnd());
  const starts: ParsedText["starts"] = [];
  /** Line on which the paragraph began; null outside of one. */
  let paragraph: number | null = null;
  let inBlock = false;
  for (let i = afterFrontMatter(lines); i < lines.length; i++) {
    const line = lines[i] ?? "";
    const end = closedBy(line);
    const level = /^ {0,3}(#{1,6})(?:[ \t]|$)/.exec(line)?.[1]?.length;
    const underline = /^ {0,3}(=+|-+)$/.exec(line)?.[1];
    if (end !== null) {
      while (i + 1 < lines.length && !end.test(lines[++i] ?? ""));
    } else if (level !== undefined) {
      starts.push({ line: i, depth: level - 1 });
    } else if (underline !== undefined && paragraph !== null) {
      starts.push({ line: paragraph, depth: underline.startsWith("=") ? 0 : 1 });
    } else if (line !== "" && !inBlock && !beginsBlock(line, paragraph !== null)) {
      paragraph ??= i;
      continue;
    }
    inBlock = line !== "" && (inBlock || beginsBlock(line, false)) && level === undefined && end === null;
    paragraph = null;
  }
  return { starts, names: [] };
}

function afterFrontMatter(lines: readonly string[]): number {
  if (lines[0] !== "---") return 0;
  const end = lines.findIndex((line, i) => i > 0 && (line === "---" || line === "..."));
  return end < 0 ? 0 : end + 1;
}

/** What ends the fence or comment that begins on this line; null where none begins. */
function closedBy(line: string): RegExp | null {
  const [, fence, info = ""] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
  if (fence !== undefined && !(fence.startsWith("`") && info.includes("`"))) {
    return new RegExp(`^ {0,3}${fence[0]}{${fence.length},}$`);
  }
  return /^ {0,3}<!--/.test(line) && !line.includes("-->") ? /-->/ : null;
}

/** Lists, quotes and indented code: a line of dashes below them underlines nothing. */
function beginsBlock(line: string, inParagraph: boolean): boolean {
  return /^ {0,3}(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)|^ {0,3}>/.test(line) || (!inParagraph && /^(?: {4}|\t)/.test(line));
}
