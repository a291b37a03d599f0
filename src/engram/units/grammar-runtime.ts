import { createRequire } from "node:module";
import type * as TreeSitter from "web-tree-sitter";
import type { Language, Parser, Query, QueryCapture } from "web-tree-sitter";
import { limits } from "../../shared/limits.ts";
import type { Grammar } from "./grammar.ts";
import { createTreeCache, type TreeCache } from "./tree-cache.ts";

/** The tree-sitter runtime with the grammars that were loaded into its one memory. */
export interface GrammarRuntime {
  library: typeof TreeSitter;
  ready: Promise<void>;
  /** The runtime puts a view of its memory here, and a new one whenever it grows. */
  memory: { HEAPU8?: Uint8Array };
  loading: Map<Grammar, Promise<void>>;
  loaded: Map<Grammar, LoadedGrammar>;
  /** An error passed through it, so that nothing in its memory can be relied on. */
  broken: boolean;
}

interface LoadedGrammar {
  language: Language;
  parser: Parser;
  query: Query;
  trees: TreeCache;
  /** Compiled when they are first asked for. */
  variables?: Query;
  members?: Query;
}

/** Which query is asked. The first is that for units and names. */
export type Asked = "query" | "variables" | "members";

/** A text broke the runtime: after another `prepare`, which renews it, every text can be parsed, that one to null. */
export class BrokenGrammars extends Error {
  override name = "BrokenGrammars";
}

const require = createRequire(import.meta.url);

export function startRuntime(): GrammarRuntime {
  // The library has one runtime for good; another one takes another copy of the library.
  delete require.cache[require.resolve("web-tree-sitter")];
  const library = require("web-tree-sitter") as typeof TreeSitter;
  // What it says about its own end would stand among our messages; whoever asked gets to know.
  const memory: GrammarRuntime["memory"] & { printErr: () => void } = { printErr: () => undefined };
  const ready = library.Parser.init(memory);
  return { library, ready, memory, loading: new Map(), loaded: new Map(), broken: false };
}

/** A new runtime with the grammars of an old one. */
export async function renewRuntime({ loading }: GrammarRuntime): Promise<GrammarRuntime> {
  const runtime = startRuntime();
  await Promise.all(Array.from(loading.keys(), (grammar) => loadGrammar(runtime, grammar)));
  return runtime;
}

/** Whether the next texts need a new runtime. */
export function isWornOut({ broken, memory }: GrammarRuntime): boolean {
  return broken || (memory.HEAPU8?.length ?? 0) > limits.parserMemoryBytes;
}

export function loadGrammar(runtime: GrammarRuntime, grammar: Grammar): Promise<void> {
  const known = runtime.loading.get(grammar);
  if (known !== undefined) return known;
  const begun = loadNow(runtime, grammar);
  runtime.loading.set(grammar, begun);
  return begun;
}

async function loadNow({ library, ready, loaded }: GrammarRuntime, grammar: Grammar): Promise<void> {
  await ready;
  const language = await library.Language.load(require.resolve(grammar.wasm));
  const parser = new library.Parser().setLanguage(language);
  const query = new library.Query(language, grammar.query);
  loaded.set(grammar, { language, parser, query, trees: createTreeCache(parser) });
}

/**
 * What `read` makes of what a grammar's query finds in a text; null where the text costs too much or breaks the runtime.
 * @throws BrokenGrammars where an earlier text broke the runtime, Error where the grammar is not loaded
 */
export function queryText<T>(
  runtime: GrammarRuntime | null,
  grammar: Grammar,
  text: string,
  read: (captures: QueryCapture[]) => T,
  asked: Asked = "query",
): T | null {
  if (runtime?.broken === true) throw new BrokenGrammars("A text broke the grammars' runtime: prepare them again.");
  const ready = runtime?.loaded.get(grammar);
  if (runtime === null || ready === undefined) throw new Error(`The grammar ${grammar.wasm} was not prepared.`);
  const query = queryFor(runtime, grammar, ready, asked);
  let captures: QueryCapture[];
  try {
    const tree = ready.trees.treeOf(text);
    if (tree === null) return null;
    // What is broken may mean anything: units and names come from the rest, what a name means does not.
    if (asked !== "query" && tree.rootNode.hasError) return null;
    captures = query.captures(tree.rootNode);
  } catch {
    // Seen where a text of some kilobytes wants more memory than WebAssembly has; nothing in there can be told apart.
    runtime.broken = true;
    return null;
  }
  return read(captures);
}

function queryFor({ library }: GrammarRuntime, grammar: Grammar, ready: LoadedGrammar, asked: Asked): Query {
  if (asked === "query") return ready.query;
  return (ready[asked] ??= new library.Query(ready.language, grammar[asked] ?? ""));
}
