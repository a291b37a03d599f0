import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Language, Parser, Query } from "web-tree-sitter";
import { limits } from "../../shared/limits.ts";
import { languageOf } from "../languages.ts";
import type { Grammar } from "./grammar.ts";
import { grammarOf, grammarsNeeded } from "./grammars.ts";
import { vue } from "./grammars/web.ts";
import { parseMarkdown } from "./markdown.ts";
import { parseVue } from "./parse-vue.ts";
import { readCaptures } from "./read-captures.ts";
import { parseRestructuredText } from "./restructured-text.ts";
import type { ParsedText, UnitParser } from "./unit-parser.ts";

/** Raised whenever our own queries or readers give other units or names for the same text. */
const tablesVersion = 1;

interface LoadedGrammar {
  parser: Parser;
  query: Query;
}

const require = createRequire(import.meta.url);

/** Grammars live in the one memory of the runtime, so every parser of this thread shares them. */
const loading = new Map<Grammar, Promise<void>>();
const loaded = new Map<Grammar, LoadedGrammar>();
let runtime: Promise<void> | null = null;

/** Units and names by tree-sitter grammars compiled to WebAssembly (docs/decisions/007-grammars.md). */
export function createUnitParser(): UnitParser {
  return { version: versions(), prepare, parse };
}

async function prepare(paths: Iterable<string>): Promise<void> {
  const needed = new Set<Grammar>();
  for (const path of paths) {
    for (const grammar of grammarsNeeded(path)) needed.add(grammar);
  }
  await Promise.all(Array.from(needed, load));
}

function load(grammar: Grammar): Promise<void> {
  const known = loading.get(grammar);
  if (known !== undefined) return known;
  const begun = loadNow(grammar);
  loading.set(grammar, begun);
  return begun;
}

async function loadNow(grammar: Grammar): Promise<void> {
  runtime ??= Parser.init();
  await runtime;
  const language = await Language.load(require.resolve(grammar.wasm));
  const parser = new Parser().setLanguage(language);
  loaded.set(grammar, { parser, query: new Query(language, grammar.query) });
}

function parse(path: string, text: string): ParsedText | null {
  if (text.length > limits.parsedFileBytes || Buffer.byteLength(text) > limits.parsedFileBytes) return null;
  const language = languageOf(path);
  if (language === "markdown") return parseMarkdown(text);
  if (language === "restructuredtext") return parseRestructuredText(text);
  const grammar = grammarOf(path);
  if (grammar === null) return null;
  return grammar === vue ? parseVue(text, parseWith) : parseWith(grammar, text);
}

function parseWith(grammar: Grammar, text: string): ParsedText {
  const ready = loaded.get(grammar);
  if (ready === undefined) throw new Error(`The grammar ${grammar.wasm} was not prepared.`);
  const tree = ready.parser.parse(text);
  if (tree === null) throw new Error(`The grammar ${grammar.wasm} gave no tree.`);
  try {
    return readCaptures(ready.query.captures(tree.rootNode), text);
  } finally {
    // The tree lies in the runtime's memory, where nobody collects it.
    tree.delete();
  }
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
