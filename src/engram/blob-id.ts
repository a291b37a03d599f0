import { createHash } from "node:crypto";
import type { TreeEntry } from "../shared/git-objects.ts";
import { comparePaths } from "./paths.ts";

/** git's id of a blob with these bytes. @param length of an id: 40 (SHA-1) or 64 (repositories that count in SHA-256) */
export function blobId(data: Uint8Array, length = 40): string {
  const hash = createHash(length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${data.length}\0`).update(data).digest("hex");
}

/** Names a tree that is no commit's: `tree-` and 40 digits of SHA-256 over paths, modes and ids in the order of paths. */
export function treeRevision(entries: readonly TreeEntry[]): string {
  const hash = createHash("sha256");
  for (const { path, mode, oid } of [...entries].sort((a, b) => comparePaths(a.path, b.path))) {
    hash.update(`${mode} ${oid}\t${path}\0`);
  }
  return `tree-${hash.digest("hex").slice(0, 40)}`;
}
