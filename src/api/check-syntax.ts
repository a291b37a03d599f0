import type { Node, Query } from "web-tree-sitter";
import { parseBounded } from "../engram/units/bounded-parse.ts";
import { type GrammarRuntime, isWornOut, loadGrammar, startRuntime } from "../engram/units/grammar-runtime.ts";
import { grammarOf } from "../engram/units/grammars.ts";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { SyntaxProblem } from "../tasks/code/code-answer.ts";

/** A runtime of its own: a text that breaks it must not break the engrams' parser. */
let runtime: GrammarRuntime | null = null;

/**
 * Where a text does not parse, by the grammar of its path's ending, the first `limits.syntaxProblems` of them. Null where there
 * is no grammar, or the text costs it too much.
 */
export async function findSyntaxErrors(path: string, text: string): Promise<SyntaxProblem[] | null> {
  if (/\.json$/i.test(path)) return jsonErrors(text);
  return readTree(path, text, problemsOf);
}

/** What `read` makes of a text's tree; null where no grammar is for its path, or the text costs it too much. */
export async function readTree<T>(
  path: string,
  text: string,
  read: (root: Node, query: Query) => T,
): Promise<T | null> {
  const grammar = grammarOf(path);
  if (grammar === null || text.length > limits.parsedFileBytes) return null;
  if (runtime === null || isWornOut(runtime)) runtime = startRuntime();
  const current = runtime;
  await loadGrammar(current, grammar);
  const ready = current.loaded.get(grammar);
  if (ready === undefined) return null;
  try {
    const tree = parseBounded(ready.parser, text);
    if (tree === null) return null;
    try {
      return read(tree.rootNode, ready.query);
    } finally {
      tree.delete();
    }
  } catch {
    current.broken = true;
    return null;
  }
}

function problemsOf(root: Node): SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  const open: Node[] = root.hasError ? [root] : [];
  while (open.length > 0 && problems.length < limits.syntaxProblems) {
    const node = open.pop() as Node;
    const line = node.startPosition.row + 1;
    if (node.isMissing) problems.push({ line, message: `${node.type} is missing` });
    else if (node.isError) problems.push({ line, message: `cannot be read: ${firstLine(node.text)}` });
    else open.push(...node.children.filter((child) => child.hasError || child.isMissing || child.isError).toReversed());
  }
  return problems.sort((a, b) => a.line - b.line);
}

function firstLine(text: string): string {
  const line = text.trim().split("\n")[0] ?? "";
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

function jsonErrors(text: string): SyntaxProblem[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const message = messageOf(error);
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    return [{ line: text.slice(0, at).split("\n").length, message }];
  }
}
