import { nearest } from "../shared/nearest.ts";
import type { Definition } from "./edit.ts";
import { type Lines, indentOf, isBlank, replaceLines, writtenLines } from "./lines.ts";

/** The definitions that a name means: `Class.method` in full, or its end where that is unique. */
export function definitionsNamed(definitions: readonly Definition[], symbol: string): Definition[] {
  const wanted = symbol.replace(/::|#|->/g, ".").replace(/\(.*\)$/, "");
  const exact = definitions.filter(({ name }) => name === wanted);
  if (exact.length > 0) return exact;
  return definitions.filter(
    ({ name }) => name.endsWith(`.${wanted}`) || (wanted.includes(".") && wanted.endsWith(`.${name}`)),
  );
}

/** The name that was perhaps meant. */
export function nearestName(definitions: readonly Definition[], symbol: string): string | null {
  return nearest(
    symbol,
    definitions.map(({ name }) => name),
  );
}

/**
 * The text with another definition in the place of one. Comments and decorators above stay unless the new text brings its own;
 * the new text is moved to where the old one began its lines.
 */
export function replaceDefinition(
  whole: Lines,
  { leadLine, nodeLine, headLine, endLine }: Definition,
  text: string,
): string {
  const put = trimmed(writtenLines(text));
  const lead = put.findIndex((line) => !isBlank(line) && !isComment(line) && !isDecorator(line));
  const own = put.slice(0, Math.max(0, lead));
  const kept = whole.lines.slice(nodeLine - 1, headLine - 1);
  const from = own.some(isComment)
    ? leadLine
    : own.some(isDecorator) || !kept.every((line) => isDecorator(line) || isBlank(line))
      ? nodeLine
      : headLine;
  const wanted = indentOf(whole.lines[headLine - 1] ?? "");
  const has = indentOf(put[Math.max(0, lead)] ?? "");
  const moved = put.map((line) =>
    isBlank(line) || has === wanted || !line.startsWith(has) ? line : wanted + line.slice(has.length),
  );
  return replaceLines(whole, from - 1, endLine - from + 1, moved);
}

function trimmed(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => !isBlank(line));
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex((line) => !isBlank(line)) + 1);
}

function isComment(line: string): boolean {
  return /^\s*(?:\/\/|\/\*|\*(?:\s|\/|$)|#(?![[\w])|#\s|--\s|;|%)/.test(line);
}

function isDecorator(line: string): boolean {
  return /^\s*(?:@[\w.]|#\[|\[[A-Z])/.test(line);
}
