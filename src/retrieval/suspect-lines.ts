import type { EngramView } from "../engram/engram.ts";
import type { UnitParser } from "../engram/units/unit-parser.ts";
import { limits } from "../shared/limits.ts";
import { type CodeUnit, unitAround, unitsOf } from "./code-units.ts";
import { bestExcerpt, type Excerpt, excerptOf } from "./excerpt.ts";
import { queryWords } from "./words.ts";

/** What a text says about one file. */
export interface FileHints {
  /** Lines that it names, most telling first: frames of stack traces, then `file:12`. */
  lines: readonly number[];
  /** Names that it mentions, most telling first. */
  names: readonly string[];
  /** The text itself. */
  text: string;
}

export interface SuspectLines extends Excerpt {
  /** The function, class or the like that the lines lie in. */
  symbol: string | null;
}

/**
 * The lines of a file that a text is most likely about, at most limits.quotedLines: the function around a line that it
 * names, else the definition of something that it names, else the lines that share most words with it. Null where none do.
 * Lines beyond the file's end are of another version, and ignored.
 */
export function suspectLines(
  view: EngramView,
  path: string,
  hints: FileHints,
  parser: UnitParser | null,
): SuspectLines | null {
  const text = view.text(path);
  if (text === null) return null;
  const lines = text.replace(/\n$/, "").split("\n");
  const units = unitsOf(path, text, parser);
  const named = hints.lines.find((line) => line >= 1 && line <= lines.length);
  if (named !== undefined) return aroundLine(lines, named, unitAround(units, named));

  const unit = definitionOf(units, hints.names);
  if (unit !== null) {
    const excerpt =
      length(unit) > limits.quotedLines ? excerptOf(text, unit, queryWords(hints.text)) : quote(lines, unit);
    return { ...excerpt, symbol: unit.name };
  }
  const excerpt = bestExcerpt(view, path, hints.text);
  return excerpt === null ? null : withSymbol(excerpt, units, hints.text, lines);
}

/** The first lines stand for a file that shares no word with the text. */
export function firstLines(view: EngramView, path: string): SuspectLines | null {
  const text = view.text(path);
  if (text === null || text === "") return null;
  const lines = text.replace(/\n$/, "").split("\n");
  return { ...quote(lines, { startLine: 1, endLine: Math.min(lines.length, FIRST_LINES) }), symbol: null };
}

const FIRST_LINES = 4;

/** The whole unit where it can be quoted, else as many lines of it around the one that was named. */
function aroundLine(lines: readonly string[], line: number, unit: CodeUnit | null): SuspectLines {
  const symbol = unit?.name ?? null;
  if (unit !== null && length(unit) <= limits.quotedLines) return { ...quote(lines, unit), symbol };
  const half = Math.floor((limits.quotedLines - 1) / 2);
  const startLine = Math.max(unit?.startLine ?? 1, line - half);
  const endLine = Math.min(unit?.endLine ?? lines.length, line + half);
  return { ...quote(lines, { startLine, endLine }), symbol };
}

/** The unit of the first name that exactly one unit of the file has: overloads and fields of many classes tell nothing. */
function definitionOf(units: readonly CodeUnit[], names: readonly string[]): CodeUnit | null {
  for (const name of names) {
    const found = units.filter((unit) => unit.name === name);
    if (found.length === 1 && found[0] !== undefined) return found[0];
  }
  return null;
}

/** With the unit that holds most of the excerpt's words; as a whole, where that can be quoted together with the excerpt. */
function withSymbol(
  excerpt: Excerpt,
  units: readonly CodeUnit[],
  text: string,
  lines: readonly string[],
): SuspectLines {
  const words = [...queryWords(text)];
  let best: { unit: CodeUnit; shared: number } | null = null;
  for (const [index, line] of excerpt.text.split("\n").entries()) {
    const unit = unitAround(units, excerpt.startLine + index);
    const lower = line.toLowerCase();
    const shared = words.filter((word) => lower.includes(word)).length;
    if (unit !== null && shared > (best?.shared ?? 0)) best = { unit, shared };
  }
  if (best === null) return { ...excerpt, symbol: null };
  const joint = {
    startLine: Math.min(excerpt.startLine, best.unit.startLine),
    endLine: Math.max(excerpt.endLine, best.unit.endLine),
  };
  const quoted = length(joint) <= limits.quotedLines ? quote(lines, joint) : excerpt;
  return { ...quoted, symbol: best.unit.name };
}

function quote(lines: readonly string[], { startLine, endLine }: Pick<Excerpt, "startLine" | "endLine">): Excerpt {
  return { startLine, endLine, text: lines.slice(startLine - 1, endLine).join("\n") };
}

function length({ startLine, endLine }: Pick<Excerpt, "startLine" | "endLine">): number {
  return endLine - startLine + 1;
}
