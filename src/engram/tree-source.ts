/** PORT of the engram stage, third part: where the files of a tree come from. */
import type { TreeEntry } from "../shared/git-objects.ts";

/** A tree to remember: of a git commit, of a folder on disk, or of either with some files replaced. */
export interface TreeSource {
  /** What the engram will say that it equals: the commit's full id, or `tree-…` (a digest of paths, modes and ids). */
  readonly revision: string;
  /** Every file, once, with git's modes and blob ids. */
  entries(signal?: AbortSignal): Promise<TreeEntry[]>;
  /** Bytes of each blob; ids that are not there are left out. */
  sizes(oids: readonly string[], signal?: AbortSignal): Promise<Map<string, number>>;
  /** The blobs in the order asked for. Errors where one is missing or no longer has the bytes of its id. */
  blobs(oids: readonly string[], signal?: AbortSignal): AsyncIterable<{ oid: string; data: Buffer }>;
}
