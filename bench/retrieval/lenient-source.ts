import { gitSource } from "../../src/engram/git-source.ts";
import type { TreeSource } from "../../src/engram/tree-source.ts";

/** The tree of a commit without the files whose blobs git lacks: a partial clone must not stop a bench. */
export async function lenientSource(gitDir: string, commit: string): Promise<TreeSource> {
  const source = await gitSource(gitDir, commit);
  return {
    ...source,
    async entries(signal) {
      const entries = await source.entries(signal);
      const present = await source.sizes([...new Set(entries.map(({ oid }) => oid))], signal);
      return entries.filter(({ oid }) => present.has(oid));
    },
  };
}
