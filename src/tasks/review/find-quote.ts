import { withoutInvisible } from "../../shared/sanitize.ts";
import type { DiffLine } from "../../workspace/diff.ts";

/** Lines of the new file, 1-based, inclusive; consecutive in it, and shown by the diff. */
export interface QuotedLines {
  startLine: number;
  endLine: number;
  /** As they stand there. */
  texts: string[];
}

/** Which check a quote did not pass; ends a sentence. */
export type NoQuote =
  | "it quotes nothing"
  | "what it quotes does not stand in the change"
  | "what it quotes stands there more than once";

/**
 * Where the lines stand that a model copied: exactly among the added lines, else exactly among all that the new file has
 * there, else the same without regard to white space and what is not drawn. The first of these that holds the quote decides, and must hold it once.
 */
export function findQuote(lines: readonly DiffLine[], quote: string): QuotedLines | NoQuote {
  const copied = trimBlank(quote.replace(/\r\n?/g, "\n").split("\n"));
  if (!/[\p{L}\p{N}]/u.test(quote)) return "it quotes nothing";
  const there = lines.filter(({ newLine }) => newLine !== null);
  const isAdded = (line: DiffLine): boolean => line.kind === "+";
  for (const wanted of [copied, ...withoutSigns(copied)]) {
    for (const same of [exactly, loosely]) {
      for (const allowed of [isAdded, () => true]) {
        const starts = startsOf(there, wanted, (line, text) => allowed(line) && same(line.text, text));
        if (starts.length > 1) return "what it quotes stands there more than once";
        const [start] = starts;
        if (start !== undefined) return quotedLines(there.slice(start, start + wanted.length));
      }
    }
  }
  return "what it quotes does not stand in the change";
}

function trimBlank(lines: string[]): string[] {
  const isBlank = (line: string | undefined): boolean => line?.trim() === "";
  const from = lines.findIndex((line) => !isBlank(line));
  const to = lines.findLastIndex((line) => !isBlank(line));
  return from < 0 ? [] : lines.slice(from, to + 1);
}

/** A model may copy the signs of a diff, too: then every line has one. */
function withoutSigns(lines: readonly string[]): string[][] {
  return lines.every((line) => /^[+ ]/.test(line)) && lines.some((line) => line.startsWith("+"))
    ? [lines.map((line) => line.slice(1))]
    : [];
}

function exactly(text: string, quoted: string): boolean {
  return text === quoted;
}

function loosely(text: string, quoted: string): boolean {
  return spaceless(text) === spaceless(quoted);
}

/** Also without what is not drawn, which no model is shown. */
function spaceless(text: string): string {
  return withoutInvisible(text).replace(/\s+/g, "");
}

function startsOf(
  there: readonly DiffLine[],
  wanted: readonly string[],
  isSame: (line: DiffLine, text: string) => boolean,
): number[] {
  const first = (index: number): number => there[index]?.newLine ?? 0;
  return there.flatMap((_, start) => {
    const holds = wanted.every((text, offset) => {
      const line = there[start + offset];
      return line !== undefined && line.newLine === first(start) + offset && isSame(line, text);
    });
    return holds ? [start] : [];
  });
}

function quotedLines(lines: readonly DiffLine[]): QuotedLines {
  const startLine = lines[0]?.newLine ?? 0;
  return { startLine, endLine: startLine + lines.length - 1, texts: lines.map(({ text }) => text) };
}
