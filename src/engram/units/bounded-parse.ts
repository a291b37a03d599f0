import type { Parser, Tree } from "web-tree-sitter";
import { limits } from "../../shared/limits.ts";

/** Characters handed to the parser at a time; a scanner that looks further ahead asks again and is counted. */
const readCharacters = 1_024;

/** A file's ends are read several times, which weighs in short files. */
const freeReads = 20 * limits.parseReadsPerKilobyte;

/**
 * A text's tree, to be deleted by the caller; null where parsing it or querying the tree would cost too much. What is
 * counted is the parser's own work, never time: it is the same on every machine.
 */
export function parseBounded(parser: Parser, text: string): Tree | null {
  const most = freeReads + (text.length / readCharacters) * limits.parseReadsPerKilobyte;
  let reads = 0;
  const tree = parser.parse((index) => (++reads > most ? "" : text.slice(index, index + readCharacters)), null, {
    // Its type calls it a notification; it is asked whether to stop.
    progressCallback: () => reads > most,
  });
  if (tree !== null && reads <= most && !isCrowded(tree)) return tree;
  if (tree === null) parser.reset();
  else tree.delete();
  return null;
}

/** Whether a broken place has more children than a query gets through: it looks from each at all that follow. */
function isCrowded(tree: Tree): boolean {
  const broken = tree.rootNode.hasError ? [tree.rootNode] : [];
  for (let node = broken.pop(); node !== undefined; node = broken.pop()) {
    if (node.isError && node.childCount > limits.parseErrorChildren) return true;
    for (const child of node.children) {
      if (child.hasError) broken.push(child);
    }
  }
  return false;
}
