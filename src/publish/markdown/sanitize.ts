import { codeBlock, codeSpan, escapeLineStart, escapeWords, oneLine } from "./escape.ts";

const fenceLine = /^ {0,3}(`{3,}|~{3,})(.*)$/;
const headingLine = /^(#{1,6})\s+(.*)$/;
const itemLine = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const inlineCode = "(?<!`)(`+)(?!`)(.+?)(?<!`)\\1(?!`)";
const inlineToken = new RegExp(`${inlineCode}|\\*\\*(?=\\S)([^*]+?)(?<=\\S)\\*\\*`, "g");

/**
 * Reads the small Markdown that findings and answers are written in (paragraphs, headings, lists, fences, code spans,
 * bold) and writes it anew, block by block. Everything that it does not know comes out as plain text: HTML, links,
 * images, tables. So no text that found its way into a body can do more than be read.
 */
export function sanitizeBlocks(markdown: string): string[] {
  const lines = markdown.replace(/\r\n?/g, "\n").split("\n");
  const blocks: string[] = [];
  let block: string[] = [];
  const endBlock = (): void => {
    if (block.length > 0) blocks.push(block.join("\n"));
    block = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const fence = fenceOf(line);
    if (fence) {
      endBlock();
      const end = closingFence(lines, at + 1, fence.mark);
      blocks.push(codeBlock(lines.slice(at + 1, end).join("\n"), fence.language));
      at = end;
    } else if (line.trim() === "") endBlock();
    else block.push(sanitizeLine(line));
  }
  endBlock();
  return blocks;
}

/** The line that opens a fence; what follows its mark is looked at apart, since one expression for both took too long. */
function fenceOf(line: string): { mark: string; language: string } | null {
  const [, mark, info = ""] = fenceLine.exec(line) ?? [];
  return mark === undefined || info.includes("`") ? null : { mark, language: info.trim().split(/\s/)[0] ?? "" };
}

/** The line that closes a fence; an open one runs to the end of the text, as in Markdown. */
function closingFence(lines: readonly string[], from: number, fence: string): number {
  const closing = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}\\s*$`);
  const end = lines.findIndex((line, index) => index >= from && closing.test(line));
  return end < 0 ? lines.length : end;
}

function sanitizeLine(line: string): string {
  const heading = headingLine.exec(line);
  if (heading) return `${heading[1]} ${sanitizeInline(heading[2] ?? "")}`;
  const item = itemLine.exec(line);
  if (!item) return sanitizeInline(line);
  const [, indent = "", bullet = "", text = ""] = item;
  const depth = Math.min(Math.floor(indent.length / 2), 2);
  return `${"  ".repeat(depth)}${/\d/.test(bullet) ? bullet : "-"} ${sanitizeInline(text)}`;
}

/** One line: code spans and bold stay, everything else becomes plain text. */
export function sanitizeInline(markdown: string): string {
  const line = oneLine(markdown);
  let out = "";
  let end = 0;
  for (const match of line.matchAll(inlineToken)) {
    out += escapeWords(line.slice(end, match.index));
    const [token, , code, bold] = match;
    out += code === undefined ? `**${sanitizeInline(bold ?? "")}**` : codeSpan(code.replace(/^ (.*) $/, "$1"));
    end = match.index + token.length;
  }
  return escapeLineStart(out + escapeWords(line.slice(end)));
}
