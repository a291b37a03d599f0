import { createHash } from "node:crypto";
import type { TreeSource } from "../engram/tree-source.ts";
import { AssistantError } from "../shared/errors.ts";
import type { TreeEntry } from "../shared/git-objects.ts";
import { divideText, partName } from "./document-parts.ts";
import type { TextDocument } from "./text-document.ts";

/** Files that an engram holds already and shall go on holding. */
export interface KeptFiles {
  entries: readonly TreeEntry[];
  /** Bytes of a kept file, or null; asked for only where the engram has to be built again. */
  bytes(path: string): Uint8Array | null;
}

const nothingKept: KeptFiles = { entries: [], bytes: () => null };

/** Documents as a tree: the path is the document's name, the bytes are its text, a long one is several files. */
export function documentSource(documents: readonly TextDocument[], kept: KeptFiles = nothingKept): TreeSource {
  const entries: TreeEntry[] = kept.entries.map(({ path, mode, oid }) => ({ path, mode, oid }));
  const keptPaths = new Map(entries.map(({ path, oid }) => [oid, path]));
  const fresh = new Map<string, Buffer>();
  for (const { name, text } of documents) {
    for (const [i, part] of divideText(text).entries()) {
      const data = Buffer.from(part);
      const oid = createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");
      entries.push({ path: partName(name, i + 1), mode: "100644", oid });
      fresh.set(oid, data);
    }
  }
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const read = (oid: string): Uint8Array | null => fresh.get(oid) ?? kept.bytes(keptPaths.get(oid) ?? "");
  return {
    revision: revisionOf(entries),
    entries: async () => entries,
    async sizes(oids) {
      return new Map(oids.flatMap((oid): [string, number][] => sizeOf(oid, read(oid))));
    },
    async *blobs(oids, signal) {
      for (const oid of oids) {
        signal?.throwIfAborted();
        const data = read(oid);
        if (data === null) throw notKept(keptPaths.get(oid) ?? oid);
        yield { oid, data: Buffer.from(data) };
      }
    },
  };
}

function sizeOf(oid: string, data: Uint8Array | null): [string, number][] {
  return data === null ? [] : [[oid, data.length]];
}

/** The digest that sources of folders have too (tree-source.ts). @param entries in the order of paths */
function revisionOf(entries: readonly TreeEntry[]): string {
  const hash = createHash("sha256");
  for (const { path, mode, oid } of entries) hash.update(`${mode} ${oid}\t${path}\0`);
  return `tree-${hash.digest("hex").slice(0, 40)}`;
}

function notKept(path: string): AssistantError {
  return new AssistantError(`the text of ${path} is no longer there`, {
    code: "document-not-kept",
    remedy: "Add the document again.",
  });
}
