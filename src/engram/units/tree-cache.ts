import type { Parser, Tree } from "web-tree-sitter";
import { limits } from "../../shared/limits.ts";
import { parseBounded } from "./bounded-parse.ts";

/** Trees of one grammar, kept by text: a change's files are asked for their units, their variables and their classes. */
export interface TreeCache {
  /** To be used before the next call, and not to be deleted. Null where parsing would cost too much (bounded-parse.ts). */
  treeOf(text: string): Tree | null;
}

/** The trees lie in the runtime's memory, where nobody collects them: what was asked for longest ago is deleted. */
export function createTreeCache(parser: Parser): TreeCache {
  const trees = new Map<string, Tree | null>();
  let characters = 0;
  return {
    treeOf(text) {
      const known = trees.get(text);
      if (known !== undefined) {
        trees.delete(text);
        trees.set(text, known);
        return known;
      }
      const tree = parseBounded(parser, text);
      trees.set(text, tree);
      characters += text.length;
      for (const [oldest, one] of trees) {
        if (characters <= limits.parsedTreeCharacters || oldest === text) break;
        trees.delete(oldest);
        one?.delete();
        characters -= oldest.length;
      }
      return tree;
    },
  };
}
