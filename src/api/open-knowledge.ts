import { bindTokens, encodeQuery } from "../engram/encode.ts";
import { loadKernel } from "../engram/kernel/load-kernel.ts";
import { createSqliteEngramStore } from "../engram/sqlite-engram-store.ts";
import { createUnitParser } from "../engram/units/tree-sitter-parser.ts";
import { defaultSeed } from "../engram/versions.ts";
import { engramFolder } from "../knowledge/engram-folder.ts";
import { createKnowledgeBase, type KnowledgeBase } from "../knowledge/knowledge-base.ts";
import { createOpenEngrams, estimateBytes } from "../knowledge/open-engrams.ts";
import { limits } from "../shared/limits.ts";

/**
 * The knowledge base below a home. Its engrams are never rebuilt when they are damaged: unlike those of repositories, they
 * are all that is left of a document's text.
 */
export function openKnowledge(directory: string): KnowledgeBase {
  const { kernel } = loadKernel();
  const encoder = { kernel, seed: defaultSeed, units: createUnitParser() };
  const store = createSqliteEngramStore({ directory, kernel, seed: defaultSeed, rebuildDamaged: false });
  const folder = engramFolder(directory);
  const engrams = createOpenEngrams({
    open: (key) => store.open(key),
    sizeOf: estimateBytes,
    maxBytes: limits.openEngramBytes,
    stampOf: (key) => folder.stamp(key),
  });
  return createKnowledgeBase({
    store,
    folder,
    engrams,
    tokensOf(text) {
      const tokens = encodeQuery(encoder, text);
      return { text: tokens, path: bindTokens(tokens, "path", defaultSeed) };
    },
  });
}
