import { limits } from "../../shared/limits.ts";
import type { QuotedLines } from "./find-quote.ts";

export interface SuggestionTools {
  /** The file of the change's head, with its line ends; null where it is not at hand. */
  text: (path: string) => string | null;
  /** Where a text does not parse; null where no grammar can tell. */
  findSyntaxErrors: (path: string, text: string) => Promise<readonly unknown[] | null>;
}

/**
 * Why a replacement cannot be offered; null where it can: it takes the place of exactly these lines, changes them, keeps their
 * indentation, and leaves no more that does not parse than there was.
 */
export async function whyNotSuggested(
  path: string,
  { startLine, endLine, texts }: QuotedLines,
  replacement: string,
  { text, findSyntaxErrors }: SuggestionTools,
): Promise<string | null> {
  if (replacement === texts.join("\n")) return "it changes nothing";
  // What is shown would not be what is committed.
  if (/(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u.test(replacement))
    return "it holds characters that nobody sees";
  const before = text(path);
  if (before === null) return "its file is not at hand";
  const lines = before.split("\n");
  const isThere = texts.every((line, index) => lines[startLine - 1 + index] === line);
  if (!isThere || texts.some((line) => line.endsWith("\r"))) return "it does not apply";
  if (!keepsIndentation(texts, replacement.split("\n"))) return "it does not keep the indentation";
  const after = lines.toSpliced(startLine - 1, endLine - startLine + 1, ...replacement.split("\n")).join("\n");
  const errors = await findSyntaxErrors(path, before);
  const left = await findSyntaxErrors(path, after);
  if (errors === null || left === null) return "nothing can tell whether it parses";
  // Errors are counted up to a limit: from there on another one would not be seen.
  const isBroken = left.length > errors.length || errors.length >= limits.syntaxProblems;
  return isBroken ? "with it, the file does not parse" : null;
}

/** The first line begins where the first one did, and no line is indented by other characters. */
function keepsIndentation(before: readonly string[], after: readonly string[]): boolean {
  const indentOf = (line: string): string => /^[ \t]*/.exec(line)?.[0] ?? "";
  const indent = indentOf(before[0] ?? "");
  const used = before.map(indentOf).join("");
  const foreign = [" ", "\t"].filter((sign) => used !== "" && !used.includes(sign));
  const isKept = after.every((line) => foreign.every((sign) => !indentOf(line).includes(sign)));
  return indentOf(after[0] ?? "") === indent && isKept;
}
