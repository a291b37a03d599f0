import type { Definition } from "../../edits/edit.ts";
import type { ImplementPlace } from "../../publish/implement-outcome.ts";
import { limits } from "../../shared/limits.ts";
import type { ImplementInput } from "./input.ts";

/** What one answer writes, and what of it the model is shown. */
export interface WriteTarget {
  path: string;
  /** `new`: the whole of a file that is not there; `append`: lines behind its last one. */
  form: "symbol" | "file" | "replace" | "append" | "new";
  symbol: string | null;
  /** The code as it stands; empty for a new file. */
  code: string;
  /** Whether `code` is all of the file: only then it may be written anew. */
  whole: boolean;
}

/**
 * How a place is edited: a function or class as a whole, else its whole file, as long as these are short; else by search and
 * replace around it. Small models do whole definitions best (docs/implement.md).
 * @param wiring what is used there for the first time has to be imported as well: never a definition alone
 */
export async function targetOf(
  place: ImplementPlace,
  { tree, tools }: ImplementInput,
  { wiring = false } = {},
): Promise<WriteTarget> {
  const { path, symbol, startLine, endLine } = place;
  const text = await tree.read(path);
  if (text === null) return { path, form: "new", symbol: null, code: "", whole: true };
  const lines = text.replace(/\n$/, "").split("\n");
  const definition = wiring ? null : await definitionAround(place, text, tools);
  if (definition !== null) {
    const { name, leadLine, endLine: last } = definition;
    const code = lines.slice(leadLine - 1, last).join("\n");
    return { path, form: "symbol", symbol: name, code, whole: false };
  }
  if (lines.length <= limits.rewrittenLines) return { path, form: "file", symbol: null, code: text, whole: true };
  const half = Math.floor(limits.rewrittenLines / 2);
  const middle = Math.floor((startLine + Math.min(endLine, startLine + limits.rewrittenLines)) / 2);
  const from = Math.max(0, Math.min(middle - half, lines.length - limits.rewrittenLines));
  const code = lines.slice(from, from + limits.rewrittenLines).join("\n");
  return { path, form: "replace", symbol, code, whole: false };
}

/** The smallest definition that holds the place and is short enough; null where there is none. */
async function definitionAround(
  { path, symbol, startLine, endLine }: ImplementPlace,
  text: string,
  tools: ImplementInput["tools"],
): Promise<Definition | null> {
  const all = (await tools.findDefinitions(path, text)) ?? [];
  const short = all.filter(({ leadLine, endLine: last }) => last - leadLine < limits.rewrittenLines);
  const unique = short.filter(({ name }) => all.filter((other) => other.name === name).length === 1);
  const named = symbol === null ? [] : unique.filter(({ name }) => name === symbol || name.endsWith(`.${symbol}`));
  const around = unique.filter(({ leadLine, endLine: last }) => leadLine <= startLine && endLine <= last);
  const candidates = named.length > 0 ? named : around;
  const sized = candidates.toSorted((a, b) => a.endLine - a.leadLine - (b.endLine - b.leadLine));
  return sized.find((one) => one.leadLine <= startLine && startLine <= one.endLine) ?? sized[0] ?? null;
}

/** Where further tests go: behind the last line of the test that goes with the place, else into a new file as others are named. */
export async function testTarget(
  place: ImplementPlace,
  tests: readonly string[],
  { tree }: ImplementInput,
): Promise<{ target: WriteTarget; example: { path: string; text: string } | null } | null> {
  const [nearest] = tests;
  const all = new Set(await tree.paths());
  const base = baseOf(place.path);
  const own = tests.find((path) => baseOf(path).replace(/^test_|[._-](?:test|tests|spec)$/g, "") === base);
  if (own !== undefined) {
    const text = await tree.read(own);
    if (text === null) return null;
    return { target: { path: own, form: "append", symbol: null, code: text, whole: false }, example: null };
  }
  if (nearest === undefined) return null;
  const path = testPath(place.path, nearest);
  const text = await tree.read(nearest);
  if (path === null || all.has(path) || text === null) return null;
  return { target: { path, form: "new", symbol: null, code: "", whole: true }, example: { path: nearest, text } };
}

/** The path of a test for a file, formed as that of another test of the same language is. */
function testPath(path: string, like: string): string | null {
  const extension = /\.\w+$/.exec(path)?.[0] ?? "";
  const folder = like.includes("/") ? `${like.slice(0, like.lastIndexOf("/"))}/` : "";
  const name = like.slice(folder.length);
  const [, before = "", , after = "", ending = ""] =
    /^(test_)?(.*?)([._-](?:test|tests|spec))?(\.\w+)$/.exec(name) ?? [];
  if ((before === "" && after === "") || !sameLanguage(extension, ending)) return null;
  const beside = folder === path.slice(0, path.lastIndexOf("/") + 1);
  const own = beside || !folder.includes("test") ? path.slice(0, path.lastIndexOf("/") + 1) : folder;
  return `${own}${before}${baseOf(path)}${after}${ending}`;
}

function sameLanguage(a: string, b: string): boolean {
  const script = /^\.[cm]?[jt]sx?$/;
  return a === b || (script.test(a) && script.test(b));
}

/** Without folders and ending. */
function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.\w+$/, "");
}
