import { existsSync } from "node:fs";
import type { EngramView } from "../engram/engram.ts";
import type { UnitParser } from "../engram/units/unit-parser.ts";
import { unitsOf } from "../retrieval/code-units.ts";
import { isTestPath } from "../retrieval/ordinary-path.ts";
import { AssistantError } from "../shared/errors.ts";
import { linesNamed, readPlace } from "./find-path.ts";
import { checkQueryText, readQueryFile } from "./query-text.ts";

/** What is looked for: lines of a file, or a text of its own. Lines are 1-based, inclusive. */
export interface Place {
  /** What the engram calls the file, where it could be in there. */
  path: string | null;
  /** What says the language. */
  name: string;
  text: string;
  startLine: number;
  endLine: number;
}

/** An engram, and how files on this disk are called in it. */
export interface Searched {
  engram: EngramView;
  /** Whether a file of this disk is meant rather than the engram's own of the same name. */
  diskFirst: boolean;
  /** Null where the file cannot be in it. */
  pathOf: (file: string) => string | null;
}

/** Reads `FILE`, `FILE:LINE` or `FILE:START-END` from the disk or from the engram. */
export function placeOfFile({ engram, diskFirst, pathOf }: Searched, named: string): Place {
  const place = readPlace(named);
  const { file } = place;
  const path = pathOf(file);
  const kept = path === null ? null : engram.text(path);
  const text = kept === null || (diskFirst && existsSync(file)) ? readQueryFile(file).text : kept;
  return cut(text, { path, name: path ?? file, ...linesNamed(text, place) }, named);
}

/** A text of its own, of no language. */
export function placeOfText(text: string): Place {
  const checked = checkQueryText(text, "the text");
  return { path: null, name: "text", text: checked, startLine: 1, endLine: checked.split("\n").length };
}

/**
 * The lines of a definition. Of several the first by path counts, tests last; the others are named on standard error.
 * Errors: AssistantError `unknown-symbol`.
 */
export function placeOfSymbol(engram: EngramView, symbol: string, parser: UnitParser): Place {
  const found = engram.pathsWithToken(symbol).flatMap((path) => {
    const text = engram.text(path) ?? "";
    if (!text.includes(symbol)) return [];
    const units = unitsOf(path, text, parser).filter(({ name }) => name === symbol);
    return units.map(({ startLine, endLine }) => cut(text, { path, name: path, startLine, endLine }, symbol));
  });
  const [place, ...others] = found.toSorted((a, b) => Number(isTestPath(a.name)) - Number(isTestPath(b.name)));
  if (place === undefined) {
    throw new AssistantError(`nothing is called ${symbol} in the files that are searched`, {
      code: "unknown-symbol",
      remedy: "Name a function, class or the like as it is written; `similar --text` finds words.",
    });
  }
  if (others.length > 0) {
    const places = others.slice(0, 3).map(({ name, startLine }) => `${name}:${startLine}`);
    const more = others.length > places.length ? " and others" : "";
    process.stderr.write(
      `note: ${symbol} of ${place.name}:${place.startLine} is taken; see ${places.join(", ")}${more}\n`,
    );
  }
  return place;
}

function cut(text: string, place: Omit<Place, "text">, named: string): Place {
  const wanted = text
    .replace(/\n$/, "")
    .split("\n")
    .slice(place.startLine - 1, place.endLine)
    .join("\n");
  return { ...place, text: checkQueryText(wanted, named) };
}
