import type { ParsedText, UnitParser } from "../engram/units/unit-parser.ts";
import { readCodeFile } from "./code-file.ts";

/** A function, class, method or section. Lines are 1-based, inclusive; comments and decorators right above belong to it. */
export interface CodeUnit {
  /** What it defines; null where that has no name here. */
  name: string | null;
  startLine: number;
  endLine: number;
}

/**
 * Units of a text, in the order of their first lines; those inside of others come after them. By the grammar where the
 * parser has one that is prepared, else by patterns of definitions.
 */
export function unitsOf(path: string, text: string, parser: UnitParser | null): CodeUnit[] {
  const lines = text.replace(/\n$/, "").split("\n");
  const parsed = parsePrepared(path, text, parser) ?? parsedByPatterns(path, text);
  const { starts, names } = parsed;
  const definitions = names.filter(({ role }) => role === "defines").sort((a, b) => a.line - b.line);
  return starts.map(({ line, depth }, index) => {
    const after = starts.slice(index + 1).find((other) => other.depth <= depth)?.line ?? lines.length;
    const inner = starts[index + 1]?.line ?? lines.length;
    const name = definitions.find((one) => one.line >= line && one.line < Math.min(inner, after))?.name ?? null;
    const first =
      name === null ? line : (definitions.find((one) => one.name === name && one.line >= line)?.line ?? line);
    return { name, startLine: line + 1, endLine: lastLine(lines, first, after) };
  });
}

/** The smallest unit around a line that has a name; else null. */
export function unitAround(units: readonly CodeUnit[], line: number): CodeUnit | null {
  const around = units.filter((unit) => unit.name !== null && unit.startLine <= line && line <= unit.endLine);
  return around.reduce<CodeUnit | null>((best, one) => (best && length(best) < length(one) ? best : one), null);
}

function length({ startLine, endLine }: CodeUnit): number {
  return endLine - startLine + 1;
}

/** A parser throws where nobody has prepared the grammar: then the patterns have to do. */
function parsePrepared(path: string, text: string, parser: UnitParser | null): ParsedText | null {
  try {
    return parser?.parse(path, text) ?? null;
  } catch {
    return null;
  }
}

/** Definitions that are no plain values, deeper ones being indented further. */
function parsedByPatterns(path: string, text: string): ParsedText {
  const lines = text.split("\n");
  const definitions = (readCodeFile(path, text)?.definitions ?? []).filter(
    ({ kind, topLevel }) => kind !== "value" || topLevel,
  );
  const byLine = new Map(definitions.map((definition) => [definition.line - 1, definition]));
  return {
    starts: [...byLine.keys()].map((line) => ({ line, depth: indentation(lines[line] ?? "") })),
    names: [...byLine].map(([line, { name }]) => ({ role: "defines", name, line })),
  };
}

/**
 * 1-based. Before the next unit beside it, without what follows the unit's own end: the first line that is indented no
 * further than its head, together with it where it only closes something.
 * @param head 0-based line with the unit's name
 * @param after 0-based line of the next unit that is no part of this one
 */
function lastLine(lines: readonly string[], head: number, after: number): number {
  const margin = indentation(lines[head] ?? "");
  let last = head;
  for (let line = head + 1; line < after; line++) {
    const text = lines[line] ?? "";
    // Comments and preprocessor lines may stand at the margin, whatever they are in.
    if (/^\s*(?:$|#|\/\/)/.test(text)) continue;
    if (indentation(text) > margin) {
      last = line;
      continue;
    }
    // Heads go over several lines: `) {`, `where …`, a brace of its own.
    const goesOn =
      /^\s*(?:[)\]}>{]|end\b|where\b|begin\b|throws\b|else\b|catch\b|except\b|finally\b|rescue\b|ensure\b)/.test(text);
    if (!goesOn || indentation(text) < margin) break;
    last = line;
    if (/^\s*(?:\}|end\b)[^{]*$/.test(text)) break;
  }
  return last + 1;
}

function indentation(line: string): number {
  return /^[ \t]*/.exec(line)?.[0].replaceAll("\t", "    ").length ?? 0;
}
