import { AssistantError } from "../shared/errors.ts";
import type { TreeEntry } from "../shared/git-objects.ts";
import { blobId, treeRevision } from "./blob-id.ts";
import type { Engram } from "./engram.ts";
import type { TreeSource } from "./tree-source.ts";

/** A file as it shall be; null where it shall not be. */
export type FileChange = { mode: string; data: Buffer } | null;

/**
 * The files of an open engram, some of them replaced, added or removed. The engram must stay open as long as the source is
 * read. Bytes that the engram has not kept are not there.
 */
export function patchedSource(engram: Engram, changes: ReadonlyMap<string, FileChange>): TreeSource {
  const files = engram.files();
  const oidLength = files.find(({ oid }) => oid !== "")?.oid.length ?? 40;
  const entries: TreeEntry[] = files.filter(({ path }) => !changes.has(path)).map(entryOf);
  const kept = new Map(entries.map(({ path, oid }) => [oid, path]));
  const fresh = new Map<string, Buffer>();
  for (const [path, change] of changes) {
    if (change === null) continue;
    const oid = blobId(change.data, oidLength);
    entries.push({ path, mode: change.mode, oid });
    fresh.set(oid, change.data);
  }
  const read = (oid: string) => fresh.get(oid) ?? engram.bytes(kept.get(oid) ?? "");
  return {
    revision: treeRevision(entries),
    entries: async () => entries,
    async sizes(oids) {
      const found = oids.flatMap((oid): [string, number][] => {
        const data = read(oid);
        return data === null ? [] : [[oid, data.length]];
      });
      return new Map(found);
    },
    async *blobs(oids, signal) {
      for (const oid of oids) {
        signal?.throwIfAborted();
        const data = read(oid);
        if (data === null) throw notKept(kept.get(oid) ?? oid);
        yield { oid, data };
      }
    },
  };
}

function entryOf({ path, mode, oid }: TreeEntry): TreeEntry {
  return { path, mode, oid };
}

function notKept(path: string): AssistantError {
  return new AssistantError(`The engram has not kept the bytes of ${path}`, {
    code: "bytes-not-kept",
    remedy: "Ingest the folder or the repository again.",
  });
}
