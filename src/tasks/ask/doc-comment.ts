/** Lines of comments before the code, or of a docstring after its head, without their marks. */
const mark = /^\s*(?:\/\*\*?|\*\/|\*(?!\S*\()|\/\/[/!]?|#(?![![])|--|;+|%+)\s?/;
const docstring = /^\s*[rub]{0,2}("""|''')/i;
/** A head may go over some lines before a docstring begins. */
const headLines = 12;

/**
 * The first sentence of what a definition says of itself: the comment above its code, or a docstring. Null where it says
 * nothing, or states only a licence.
 * @param lines of the definition, comments above it included
 */
export function docSentence(lines: readonly string[]): string | null {
  const above = commentAbove(lines);
  const paragraph = above === "" ? docstringIn(lines) : above;
  if (/\b(?:copyright|licen[cs]e|eslint|prettier|ts-ignore|noqa)\b/i.test(paragraph)) return null;
  const sentence = paragraph.split(/(?<=[.!?])\s+(?=[\p{Lu}`"'(])/u)[0]?.trim() ?? "";
  return /\p{L}{2}/u.test(sentence) ? sentence : null;
}

/** Its first paragraph, on one line. */
function commentAbove(lines: readonly string[]): string {
  const said: string[] = [];
  for (const line of lines) {
    if (!mark.test(line)) {
      if (line.trim() === "" || /^\s*(?:@\w|#\[|\[)/.test(line)) continue;
      break;
    }
    const text = line
      .replace(mark, "")
      .replace(/\s*\*\/\s*$/, "")
      .trim();
    if (text === "" || text.startsWith("@")) {
      if (said.length > 0) break;
    } else said.push(text);
  }
  return said.join(" ");
}

function docstringIn(lines: readonly string[]): string {
  const first = lines.slice(0, headLines).findIndex((line) => docstring.test(line));
  const closing = docstring.exec(lines[first] ?? "")?.[1];
  if (closing === undefined) return "";
  const said: string[] = [];
  for (const [i, line] of lines.slice(first).entries()) {
    const text = i === 0 ? line.replace(docstring, "") : line;
    const end = text.indexOf(closing);
    const part = (end < 0 ? text : text.slice(0, end)).trim();
    if (part === "" && said.length > 0) break;
    if (part !== "") said.push(part);
    if (end >= 0) break;
  }
  return said.join(" ");
}
