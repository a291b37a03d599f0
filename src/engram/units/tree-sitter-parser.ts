import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { QueryCapture } from "web-tree-sitter";
import { limits } from "../../shared/limits.ts";
import { languageOf } from "../languages.ts";
import type { Grammar } from "./grammar.ts";
import {
  type GrammarRuntime,
  isWornOut,
  loadGrammar,
  queryText,
  renewRuntime,
  startRuntime,
} from "./grammar-runtime.ts";
import { grammarOf, grammarsNeeded } from "./grammars.ts";
import { vue } from "./grammars/web.ts";
import { parseMarkdown } from "./markdown.ts";
import { parseVue } from "./parse-vue.ts";
import { readCaptures } from "./read-captures.ts";
import { readMembers } from "./read-members.ts";
import { parseRestructuredText } from "./restructured-text.ts";
import { readVariables } from "./read-variables.ts";
import type { ClassMembers, ParsedText, UnitParser, Variables } from "./unit-parser.ts";

/** Raised whenever our own queries or readers give other units or names for the same text. */
const tablesVersion = 1;

const require = createRequire(import.meta.url);

/** Shared by every parser of this thread: grammars are large, and loading them takes longer than most files. */
let runtime: GrammarRuntime | null = null;
let renewal: Promise<void> | null = null;

/** Texts that broke a runtime; whoever comes back to one gets the answer at once. */
const unparsable = new Set<string>();

/** Units and names by tree-sitter grammars compiled to WebAssembly (docs/decisions/007-grammars.md). */
export function createUnitParser(): UnitParser {
  return { version: versions(), prepare, parse, variables, members };
}

async function prepare(paths: Iterable<string>): Promise<void> {
  const needed = new Set<Grammar>();
  for (const path of paths) {
    for (const grammar of grammarsNeeded(path)) needed.add(grammar);
  }
  if (needed.size === 0) return;
  runtime ??= startRuntime();
  if (isWornOut(runtime)) await (renewal ??= renew(runtime));
  const current = runtime;
  await Promise.all(Array.from(needed, (grammar) => loadGrammar(current, grammar)));
}

/** The old one serves until the new one has everything that anybody prepared. */
async function renew(old: GrammarRuntime): Promise<void> {
  try {
    runtime = await renewRuntime(old);
  } finally {
    renewal = null;
  }
}

function parse(path: string, text: string): ParsedText | null {
  if (text.length > limits.parsedFileBytes || Buffer.byteLength(text) > limits.parsedFileBytes) return null;
  const language = languageOf(path);
  if (language === "markdown") return parseMarkdown(text);
  if (language === "restructuredtext") return parseRestructuredText(text);
  const grammar = grammarOf(path);
  if (grammar === null) return null;
  const key = `${grammar.wasm}\n${text}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const found = unlessUnparsable(key, () => (grammar === vue ? parseVue(text, parseWith) : parseWith(grammar, text)));
  if (found !== null) keep(key, found);
  return found;
}

/** What was parsed last: a change's files are laid over the tree, and then looked into. Nobody writes to it. */
const parsed = new Map<string, ParsedText>();

function keep(key: string, found: ParsedText): void {
  parsed.set(key, found);
  const [oldest] = parsed.keys();
  if (parsed.size > limits.parsedTextsKept && oldest !== undefined) parsed.delete(oldest);
}

function variables(path: string, text: string): Variables | null {
  return readWith(path, text, readVariables, "variables");
}

function members(path: string, text: string): ClassMembers[] | null {
  return readWith(path, text, readMembers, "members");
}

function readWith<T>(
  path: string,
  text: string,
  read: (captures: QueryCapture[]) => T,
  asked: "variables" | "members",
): T | null {
  if (text.length > limits.parsedFileBytes || Buffer.byteLength(text) > limits.parsedFileBytes) return null;
  const grammar = grammarOf(path);
  if (grammar?.[asked] === undefined) return null;
  return unlessUnparsable(`${grammar.wasm}\n${text}`, () => queryText(runtime, grammar, text, read, asked));
}

function unlessUnparsable<T>(key: string, work: () => T | null): T | null {
  if (unparsable.has(key)) return null;
  const wasBroken = isBroken();
  try {
    return work();
  } finally {
    if (!wasBroken && isBroken()) unparsable.add(key);
  }
}

function isBroken(): boolean {
  return runtime?.broken === true;
}

function parseWith(grammar: Grammar, text: string): ParsedText | null {
  return queryText(runtime, grammar, text, (captures) => readCaptures(captures, text));
}

/** Of everything that decides about units and names, for example "units 1, web-tree-sitter 0.27.1, …". */
function versions(): string {
  // The runtime does not export its package.json; it lies beside its entry.
  const runtimePackage = join(dirname(require.resolve("web-tree-sitter")), "package.json");
  const packages = [
    runtimePackage,
    require.resolve("@vscode/tree-sitter-wasm/package.json"),
    require.resolve("@repomix/tree-sitter-wasms/package.json"),
  ].map((path) => JSON.parse(readFileSync(path, "utf8")) as { name: string; version: string });
  return [`units ${tablesVersion}`, ...packages.map(({ name, version }) => `${name} ${version}`)].join(", ");
}
