import { limits } from "../shared/limits.ts";
import type { Edit } from "./edit.ts";

/** What an answer changes where it does not say so itself. */
export interface EditTarget {
  path: string;
  symbol: string | null;
  /** Whether a block goes behind the file's last line. */
  append?: boolean;
}

export interface ParsedEdits {
  edits: Edit[];
  /** What of the answer could not be read as an edit, worded for who wrote it. */
  problems: string[];
}

/**
 * Edits of an answer in free text. A block is code between fences, taken verbatim, under a line `FILE: path` and perhaps one
 * `SYMBOL: name`; or, between lines `<<<<<<< SEARCH`, `=======` and `>>>>>>> REPLACE`, lines to be replaced. Whatever stands
 * around blocks is passed over. A path may also stand as a heading above the fence or behind its language.
 * @param target takes the first block that names none; others without a path are problems
 */
export function parseEdits(answer: string, target: EditTarget | null): ParsedEdits {
  const state: State = { edits: [], problems: [], path: null, lastPath: null, symbol: null, append: false, target };
  const lines = answer.replace(/\r\n/g, "\n").split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const fence = openFence(line);
    if (headMark.test(line)) at = readReplacement(lines, at, state);
    else if (fence !== null) at = readFence(lines, at, fence, state);
    else readName(line, state);
    if (state.edits.length >= limits.editsOfAnswer) {
      state.problems.push(`Only the first ${limits.editsOfAnswer} blocks were read.`);
      break;
    }
  }
  return { edits: state.edits, problems: state.problems };
}

interface State extends ParsedEdits {
  path: string | null;
  /** A file may be named once for several of its symbols. */
  lastPath: string | null;
  symbol: string | null;
  append: boolean;
  target: EditTarget | null;
}

const headMark = /^\s*<{5,9}\s*(?:SEARCH|ORIGINAL)?\s*$/i;
const middleMark = /^\s*={5,9}\s*$/;
const endMark = /^\s*>{5,9}\s*(?:REPLACE|UPDATED)?\s*$/i;

/** `FILE: a.ts`, `**FILE:** \`a.ts\``, `### a.ts`, `a.ts:`, `\`a.ts\``. */
function readName(line: string, state: State): void {
  const bare = line.replace(/[*`]/g, "").trim();
  const [, key = "", value = ""] =
    /^(?:#+\s*)?(file(?:name)?|path|append(?: to)?|symbol|function|method|class)\s*:\s*(\S.*)$/i.exec(bare) ?? [];
  if (/^(?:file|path|append)/i.test(key)) {
    state.path = value.trim();
    state.symbol = null;
    state.append = /^append/i.test(key);
  } else if (key !== "") {
    state.symbol = value.replace(/\(.*\)$/, "").trim();
  } else {
    const [, path] = /^(?:#+\s*)?([\w@.+-]+(?:\/[\w@.+()[\]-]+)*\.\w{1,8}):?$/.exec(bare) ?? [];
    if (path !== undefined && (path.includes("/") || bare !== line.trim() || bare.endsWith(":"))) {
      state.path = path;
      state.symbol = null;
      state.append = false;
    }
  }
}

interface Fence {
  mark: string;
  indent: number;
  path: string | null;
}

function openFence(line: string): Fence | null {
  const [, indent = "", mark, info = ""] = /^( {0,3})(`{3,}|~{3,})([^`]*)$/.exec(line) ?? [];
  if (mark === undefined) return null;
  const named = /(?:path|file|title)\s*=\s*["']?([^\s"']+)/.exec(info)?.[1];
  const word = /^(?:\w+:)?([\w@.+-]+(?:\/[\w@.+-]+)+\.\w{1,8})$/.exec(info.trim())?.[1];
  return { mark, indent: indent.length, path: named ?? word ?? null };
}

/** @returns the index of the last line that was read */
function readFence(lines: readonly string[], at: number, { mark, indent, path }: Fence, state: State): number {
  if (path !== null) Object.assign(state, { path, symbol: null, append: false });
  const own = lines.slice(at + 1);
  // A fence around marks of a replacement is packing: what counts is between the marks.
  const first = own.find((line) => line.trim() !== "");
  if (first !== undefined && headMark.test(first)) return at;
  const end = closingFence(own, mark);
  const code = own
    .slice(0, end ?? own.length)
    .map((line) => line.slice(Math.min(indent, /^ */.exec(line)?.[0].length ?? 0)));
  if (end === null) {
    state.problems.push("The last block was cut off: its fence is never closed. Write less, or change a smaller part.");
    return lines.length;
  }
  // Some models name the file inside of the fence.
  const inside = /^\s*(?:\/\/|#|--)\s*(?:file|path)\s*:\s*(\S+)\s*$/i.exec(code[0] ?? "")?.[1];
  if (state.path === null && inside !== undefined) {
    state.path = inside;
    code.shift();
  }
  addBlock(`${code.join("\n")}\n`, state);
  return at + 1 + end;
}

/** Where the fence is closed; one that is opened inside with a language is closed first. */
function closingFence(lines: readonly string[], mark: string): number | null {
  let inner = 0;
  for (const [at, line] of lines.entries()) {
    const [, run = "", info = ""] = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/.exec(line) ?? [];
    if (!run.startsWith(mark)) continue;
    if (info.trim() !== "") inner++;
    else if (inner > 0) inner--;
    else return at;
  }
  return null;
}

function addBlock(text: string, state: State): void {
  const named = takeTarget(state);
  if (named === null) {
    // Commands and examples stand in fences, too: only code of some length was meant to go somewhere.
    if (text.split("\n").length > 4) state.problems.push("A block of code has no line FILE: above it.");
    return;
  }
  const { path, symbol, append } = named;
  if (append) state.edits.push({ kind: "append", path, text });
  else state.edits.push(symbol === null ? { kind: "file", path, text } : { kind: "symbol", path, symbol, text });
}

/** What the next block is for. Each name counts once; a replacement leaves the path for the next one. */
function takeTarget(state: State, keepPath = false): EditTarget | null {
  if (state.path === null && state.symbol !== null) state.path = state.lastPath;
  if (state.path === null && state.target === null) return null;
  const named =
    state.path === null
      ? { ...state.target, path: state.target?.path ?? "", symbol: state.symbol ?? state.target?.symbol ?? null }
      : { path: state.path, symbol: state.symbol, append: state.append };
  if (state.path === null && !keepPath) state.target = null;
  state.lastPath = state.path ?? state.lastPath;
  if (!keepPath) state.path = null;
  state.symbol = null;
  return named;
}

/** @returns the index of the last line that was read */
function readReplacement(lines: readonly string[], at: number, state: State): number {
  const middle = lines.findIndex((line, i) => i > at && middleMark.test(line));
  const end = lines.findIndex((line, i) => i > middle && endMark.test(line));
  if (middle < 0 || end < 0) {
    state.problems.push("A SEARCH block has no ======= or no >>>>>>> REPLACE.");
    return lines.length;
  }
  const named = takeTarget(state, true);
  if (named === null) state.problems.push("A SEARCH block has no line FILE: above it.");
  else {
    const [search, replacement] = [lines.slice(at + 1, middle), lines.slice(middle + 1, end)].map((part) =>
      part.join("\n"),
    );
    state.edits.push({ kind: "replace", path: named.path, search: search ?? "", replacement: replacement ?? "" });
  }
  // The fence around it, where there is one, ends behind it.
  return /^\s*(?:`{3,}|~{3,})\s*$/.test(lines[end + 1] ?? "") ? end + 1 : end;
}
