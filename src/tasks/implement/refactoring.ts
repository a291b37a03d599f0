import type { Edit } from "../../edits/edit.ts";
import type { ImplementPlace } from "../../publish/implement-outcome.ts";
import { languageOf } from "../../retrieval/languages.ts";
import { maskCode } from "../../retrieval/mask-code.ts";
import { limits } from "../../shared/limits.ts";
import { listed } from "../ask/inline.ts";
import type { ImplementInput } from "./input.ts";

export type Refactoring =
  | { kind: "rename"; from: string; to: string }
  | { kind: "extract" }
  | { kind: "simplify" }
  | { kind: "remove" };

/** What kind of refactoring words ask for; null where they name none. */
export function readRefactoring(text: string): Refactoring | null {
  const name = String.raw`\W?([\p{L}_$][\p{L}\p{N}_$.]*)\W?`;
  const renamed = new RegExp(
    String.raw`\brename\s+(?:\S+\.\w{1,4}:)?${name}\s+(?:to|as|into|→|->)\s+${name}`,
    "iu",
  ).exec(text);
  const [, from, to] = renamed ?? [];
  if (from !== undefined && to !== undefined) return { kind: "rename", from: lastName(from), to: lastName(to) };
  if (/\bextract/i.test(text)) return { kind: "extract" };
  if (/\b(?:simplif|flatten|unnest|conditional)/i.test(text)) return { kind: "simplify" };
  return /\b(?:remove|delete|drop|dead|unused)\b/i.test(text) ? { kind: "remove" } : null;
}

function lastName(name: string): string {
  return name.replace(/\.+$/, "").split(".").at(-1) ?? name;
}

/** Edits that code can make for sure, or why it does not. */
export type ByCode = { edits: Edit[]; notes: string[] } | { refused: string };

/**
 * Renames an identifier wherever it stands in code of its language. Refused where the new name is taken, or the old one is
 * defined more than once: nothing here could tell the two apart.
 */
export async function renameByCode(
  { from, to }: { from: string; to: string },
  place: ImplementPlace | null,
  { view, tree, tools }: ImplementInput,
): Promise<ByCode> {
  if (from === to) return { refused: `${from} is called so already.` };
  const language = place === null ? null : languageOf(place.path);
  const holding = view.pathsWithToken(from).filter((path) => language === null || sameFamily(path, language.name));
  const defining: Defined[] = [];
  for (const path of holding) {
    const found = (await tools.findDefinitions(path, (await tree.read(path)) ?? "")) ?? [];
    const named = found.filter(({ name }) => lastName(name) === from);
    defining.push(...named.map(({ name, headLine }) => ({ path, line: headLine, isMember: name.includes(".") })));
  }
  const [definition] = defining;
  if (definition === undefined) return { refused: `Nothing here defines ${from}.` };
  if (defining.length > 1) {
    const places = defining.slice(0, 4).map(({ path, line }) => `${path}:${line}`);
    return { refused: `${from} is defined ${defining.length} times: ${places.join(", ")}. They cannot be told apart.` };
  }
  const edits: Edit[] = [];
  const notes: string[] = definition.isMember ? ["Members are told by their names alone."] : [];
  for (const path of holding) {
    const text = await tree.read(path);
    const own = languageOf(path);
    if (text === null || own === null) continue;
    const code = maskCode(text, own);
    const [places, left] = ownAndOthers(code, from, definition);
    if (places.length > 0 && wordsAt(code, to).length > 0) return { refused: `${to} stands in ${path} already.` };
    if (left.length > 0)
      notes.push(`${listed(left.slice(0, 3))} in ${path} was taken for something else of that name.`);
    // A file of that name in an import keeps it.
    const said = wordsAt(text, from).filter(
      (at) => text[at - 1] !== "/" && !/^\.\w+["'`]/.test(text.slice(at + from.length, at + from.length + 8)),
    );
    if (said.length > places.length + left.length) {
      notes.push(`${from} still stands in a comment or text of ${path}.`);
    }
    edits.push(...renamedLines(path, text, places, from, to));
  }
  const elsewhere = view.pathsWithToken(from).filter((path) => !holding.includes(path));
  if (elsewhere.length > 0) notes.push(`${from} still stands in ${listed(elsewhere.slice(0, 3))}.`);
  if (edits.length === 0) return { refused: `${from} stands nowhere in the code.` };
  if (new Set(edits.map(({ path }) => path)).size > limits.editedFiles)
    return { refused: `${from} stands in too many files.` };
  return { edits, notes };
}

interface Defined {
  path: string;
  line: number;
  isMember: boolean;
}

/**
 * Where a word means what is defined, and what else stands there with it: behind a dot it means a member, or, where its file
 * or folder stands before the dot, what that module defines.
 */
function ownAndOthers(code: string, word: string, { path, line, isMember }: Defined): [number[], string[]] {
  const modules = new Set(
    path
      .replace(/\.\w+$/, "")
      .split("/")
      .slice(-2),
  );
  const own: number[] = [];
  const others: string[] = [];
  for (const at of wordsAt(code, word)) {
    const [, qualifier] = /([\p{L}\p{N}_$]*)\s*\??\.\s*$/u.exec(code.slice(Math.max(0, at - 120), at)) ?? [];
    const isHead = code.slice(0, at).split("\n").length === line;
    const means = qualifier === undefined ? !isMember || isHead : isMember || modules.has(qualifier);
    if (means) own.push(at);
    else others.push(`${qualifier === undefined ? "" : `${qualifier}.`}${word}`);
  }
  return [own, [...new Set(others)]];
}

function wordsAt(text: string, word: string): number[] {
  const found = text.matchAll(
    new RegExp(String.raw`(?<![\p{L}\p{N}_$])${word.replaceAll("$", String.raw`\$`)}(?![\p{L}\p{N}_$])`, "gu"),
  );
  return Array.from(found, ({ index }) => index);
}

/** One edit for the file: its whole text is known here, and no model has to write it. */
function renamedLines(path: string, text: string, places: readonly number[], from: string, to: string): Edit[] {
  if (places.length === 0) return [];
  let renamed = "";
  let at = 0;
  for (const place of places) {
    renamed += text.slice(at, place) + to;
    at = place + from.length;
  }
  return [{ kind: "replace", path, search: text, replacement: renamed + text.slice(at) }];
}

function sameFamily(path: string, name: string): boolean {
  return languageOf(path)?.name === name;
}

/** Removes definitions that nothing names but themselves: the one that was named, or all such of a file. */
export async function removeByCode(place: ImplementPlace, { view, tree, tools }: ImplementInput): Promise<ByCode> {
  const text = await tree.read(place.path);
  const definitions = text === null ? null : await tools.findDefinitions(place.path, text);
  if (text === null || definitions === null) return { refused: `Nothing here knows what ${place.path} defines.` };
  const named =
    place.symbol === null
      ? definitions
      : definitions.filter(({ name }) => lastName(name) === lastName(place.symbol ?? ""));
  const dead: typeof definitions = [];
  let used: string | null = null;
  for (const definition of named) {
    const user = userOf(lastName(definition.name), definition, place.path, text, view);
    if (user === null) dead.push(definition);
    else used ??= `\`${definition.name}\` is used in ${user}.`;
  }
  const outermost = dead.filter(
    (one) => !dead.some((other) => other !== one && other.leadLine <= one.leadLine && one.endLine <= other.endLine),
  );
  if (outermost.length === 0)
    return { refused: place.symbol !== null && used !== null ? used : "Nothing there is unused." };
  const lines = text.split("\n");
  const gone = new Set<number>();
  for (const { leadLine, endLine } of outermost) takeOut(lines, leadLine - 1, endLine, gone);
  const joined = lines.filter((_, i) => !gone.has(i)).join("\n");
  const notes = ["Names that are put together at run time, or used outside of this repository, are not seen."];
  return { edits: [{ kind: "replace", path: place.path, search: text, replacement: joined }], notes };
}

/** Lines from `start` to before `end`, with the empty ones behind them; of the last lines of a file those before them. */
function takeOut(lines: readonly string[], start: number, end: number, gone: Set<number>): void {
  const isEmpty = (at: number): boolean => (lines[at] ?? "").trim() === "";
  let [from, to] = [start, end];
  while (to < lines.length && isEmpty(to)) to++;
  if (to === lines.length) {
    // The text's own last line end stays.
    to = lines.at(-1) === "" ? lines.length - 1 : lines.length;
    while (from > 0 && (isEmpty(from - 1) || gone.has(from - 1))) from--;
  }
  for (let at = from; at < to; at++) gone.add(at);
}

/** The first place that names it outside of its own lines; null where none does. Tests and manuals count, too. */
function userOf(
  name: string,
  { leadLine, endLine }: { leadLine: number; endLine: number },
  path: string,
  text: string,
  view: ImplementInput["view"],
): string | null {
  const other = view.pathsWithToken(name).find((one) => one !== path && wordsAt(view.text(one) ?? "", name).length > 0);
  if (other !== undefined) return other;
  const starts = text.split("\n");
  const line = starts.findIndex((one, i) => (i < leadLine - 1 || i >= endLine) && wordsAt(one, name).length > 0);
  return line < 0 ? null : `${path}:${line + 1}`;
}

/** Whether two texts have the same code, comments, texts and white space left aside; null where the language is unknown. */
export function sameCode(path: string, before: string, after: string): boolean | null {
  const language = languageOf(path);
  if (language === null) return null;
  const bare = (text: string): string => maskCode(text, language).replace(/\s+/g, "");
  return bare(before) === bare(after);
}
