import { definesName, definitionsOf } from "../../retrieval/symbols/definitions.ts";
import { type CodeUnit, unitAround, unitsOf } from "../../retrieval/code-units.ts";
import { isTestPath } from "../../retrieval/ordinary-path.ts";
import { nearest } from "../../shared/nearest.ts";
import { limits } from "../../shared/limits.ts";
import type { AskInput, Place } from "./ask-input.ts";

/** What a person named. */
export type FoundPlace =
  | { place: Place; others: Place[] }
  /** Nothing has that name; `meant` is a path or name that is nearly written so. */
  | { place: null; meant: string | null };

type Searched = Pick<AskInput, "view" | "units" | "historyOf">;

interface Named {
  file: string;
  lines: { start: number; end: number } | null;
}

/** Whether a text can name a place at all: one word, with or without lines. */
export function namesPlace(text: string): boolean {
  const name = bare(text);
  return name !== "" && !/\s/.test(name) && /[\p{L}_$]/u.test(name);
}

/**
 * Finds `PATH`, `PATH:12-20`, `PATH#L12-L20`, a link to lines on GitHub, `PATH:NAME`, `NAME` or `OWNER.NAME`. A path may be
 * given by its end alone where that is plain. Of several definitions the first outside of tests counts.
 */
export async function findPlace(written: string, searched: Searched): Promise<FoundPlace> {
  const name = bare(written);
  const { file, lines } = readNamed(name);
  const path = pathNamed(file, searched);
  if (path !== null) return { place: await placeAt(path, lines, searched), others: [] };
  const [, inFile, symbol = ""] = /^(.+?):([\p{L}_$][\p{L}\p{N}_$.]*)$/u.exec(name) ?? [];
  const own = inFile === undefined ? null : pathNamed(inFile, searched);
  const places = own === null ? await definitions(name, null, searched) : await definitions(symbol, own, searched);
  const [place, ...others] = places;
  if (place !== undefined) return { place, others };
  return {
    place: null,
    meant: nearest(
      file,
      searched.view.paths().filter((one) => baseOf(one) === baseOf(file)),
    ),
  };
}

/** The unit around lines of a file, or the lines themselves where none is. */
export async function unitPlace(
  file: Pick<Place, "path" | "text" | "history">,
  lines: { start: number; end: number },
  { units }: Pick<AskInput, "units">,
): Promise<Place> {
  await units.prepare([file.path]);
  const count = file.text.replace(/\n$/, "").split("\n").length;
  const startLine = Math.min(Math.max(1, lines.start), count);
  const endLine = Math.min(Math.max(startLine, lines.end), count);
  const unit = unitAround(unitsOf(file.path, file.text, units), startLine);
  const around = unit !== null && endLine <= unit.endLine ? unit : { name: null, startLine, endLine };
  return { ...file, name: around.name, startLine: around.startLine, endLine: around.endLine };
}

async function placeAt(path: string, lines: Named["lines"], searched: Searched): Promise<Place> {
  const file = { path, text: searched.view.text(path) ?? "", history: searched.historyOf(path) };
  if (lines !== null) return unitPlace(file, lines, searched);
  const endLine = Math.max(1, file.text.replace(/\n$/, "").split("\n").length);
  return { ...file, name: null, startLine: 1, endLine };
}

function bare(text: string): string {
  return text
    .trim()
    .replace(/^[`"'“<(]+|[`"'”>,;?!]+$/g, "")
    .replace(/\(\)?$/, "")
    .trim();
}

function readNamed(name: string): Named {
  const [, inUrl] = /^https?:\/\/[^/]+\/[^/]+\/[^/]+\/blob\/[^/]+\/(.+)$/.exec(name) ?? [];
  const text = inUrl === undefined ? name : decoded(inUrl);
  const [, file, first, last] = /^(.+?)(?::|#L?)(\d+)(?:-L?(\d+))?$/.exec(text) ?? [];
  if (file === undefined) return { file: text.replace(/^\.?\//, ""), lines: null };
  return { file: file.replace(/^\.?\//, ""), lines: { start: Number(first), end: Number(last ?? first) } };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** A path of the view, whole or by an end that no other path has. */
function pathNamed(file: string, { view }: Searched): string | null {
  if (file === "") return null;
  if (view.text(file) !== null) return file;
  const ends = view.paths().filter((path) => path.endsWith(`/${file}`) && view.text(path) !== null);
  const plain = ends.length > 1 ? ends.filter((path) => !isTestPath(path)) : ends;
  return plain.length === 1 ? (plain[0] ?? null) : null;
}

/** Definitions of a name, those outside of tests first; of `Owner.name` those inside of the owner, or of its file. */
async function definitions(written: string, only: string | null, searched: Searched): Promise<Place[]> {
  const parts = written.split(/::|[.#]/).filter((part) => part !== "");
  const name = parts.at(-1) ?? "";
  const owner = parts.at(-2) ?? null;
  if (name === "") return [];
  const { view } = searched;
  const mentioning = only === null ? view.pathsWithToken(name) : [only];
  const defining = mentioning.filter((path) => definesName(view, path, name));
  const files = (defining.length > 0 ? defining : mentioning).slice(0, limits.filesPerName);
  const found: Place[] = [];
  for (const path of files) found.push(...(await definitionsIn(path, name, owner, searched)));
  return found.sort((a, b) => Number(isTestPath(a.path)) - Number(isTestPath(b.path)));
}

async function definitionsIn(
  path: string,
  name: string,
  owner: string | null,
  { view, units, historyOf }: Searched,
): Promise<Place[]> {
  const text = view.text(path) ?? "";
  if (!text.includes(name)) return [];
  await units.prepare([path]);
  const all = unitsOf(path, text, units);
  const inOwner = ({ startLine, endLine }: Pick<CodeUnit, "startLine" | "endLine">): boolean =>
    owner === null ||
    baseOf(path).startsWith(`${owner}.`) ||
    all.some((one) => one.name === owner && one.startLine <= startLine && endLine <= one.endLine);
  const places = all.filter((unit) => unit.name === name && inOwner(unit));
  const values = definitionsOf(units, path, text)
    .filter((one) => one.name === name && inOwner({ startLine: one.line, endLine: one.line }))
    .map(({ line }) => ({ startLine: line, endLine: line }));
  const chosen = places.length > 0 ? places : values;
  return chosen.map(({ startLine, endLine }) => ({ path, name, startLine, endLine, text, history: historyOf(path) }));
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
