import { deflateSync } from "node:zlib";
import { AssistantError } from "../shared/errors.ts";
import { git, GitError, gitText } from "../shared/git.ts";
import { listTree, readBlobs, type TreeEntry } from "../shared/git-objects.ts";
import { limits } from "../shared/limits.ts";
import { skippedByMode } from "./classify.ts";
import { type Encoder, encodeFile } from "./encode.ts";
import type { UpdateOptions, UpdateReport } from "./engram.ts";
import type { FileRow } from "./file-row.ts";

/** What takes an engram from one commit to another. A changed file is in `removed` and in `added`. */
export interface EngramChange {
  to: string;
  removed: FileRow[];
  added: FileRow[];
  /** Bytes of the added indexed files, compressed (zlib), by blob id. */
  contents: Map<string, Buffer>;
  /** Number of blobs read from git. */
  read: number;
}

/**
 * Compares the engram's own rows with the tree of a commit and encodes what differs. Where the engram came from plays
 * no part, so a forced push, a skipped commit or a lost event need nothing special; a rename is a removal and an
 * addition.
 */
export async function planUpdate(
  encoder: Encoder,
  rows: ReadonlyMap<string, FileRow>,
  gitDir: string,
  commit: string,
  options: UpdateOptions = {},
): Promise<EngramChange> {
  const tree = await listTree(gitDir, commit, options.signal);
  const wanted = new Map(tree.map((entry) => [entry.path, entry]));
  const removed = [...rows.values()].filter((row) => !isSame(wanted.get(row.path), row));
  const entries = [...wanted.values()].filter((entry) => !isSame(rows.get(entry.path), entry));
  const change: EngramChange = { to: commit, removed, added: [], contents: new Map(), read: 0 };
  for await (const { entry, data } of readEntries(gitDir, entries, change, options.signal)) {
    options.signal?.throwIfAborted();
    const row = encodeFile(encoder, entry, data);
    change.added.push(row);
    if (row.skipped === null && data !== null && !change.contents.has(row.oid)) {
      change.contents.set(row.oid, deflateSync(data));
    }
    if (change.added.length % progressEvery === 0) options.onProgress?.(change.added.length, entries.length);
  }
  options.onProgress?.(entries.length, entries.length);
  return change;
}

/** The full id of a commit. Errors: AssistantError `unknown-commit`. */
export async function resolveCommit(gitDir: string, commit: string, signal?: AbortSignal): Promise<string> {
  try {
    return await gitText(gitDir, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`], {
      signal,
    });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new AssistantError(`There is no commit ${commit} in ${gitDir}`, {
      code: "unknown-commit",
      remedy: "Fetch the commit first, or name one that the repository holds.",
      cause: error,
    });
  }
}

/** @param started `performance.now()` when the update began */
export function reportOf(from: string | null, change: EngramChange, started: number): UpdateReport {
  const { to, removed, added, read } = change;
  return { from, to, added: added.length, removed: removed.length, read, ms: performance.now() - started };
}

const progressEvery = 100;

function isSame(a: { mode: string; oid: string } | undefined, b: { mode: string; oid: string }): boolean {
  return a !== undefined && a.mode === b.mode && a.oid === b.oid;
}

/** Every entry with its bytes; null for what has none or is too large to be read at all. Each blob is read once. */
async function* readEntries(
  gitDir: string,
  entries: readonly TreeEntry[],
  change: EngramChange,
  signal?: AbortSignal,
): AsyncGenerator<{ entry: TreeEntry; data: Buffer | null }> {
  const files = entries.filter((entry) => skippedByMode(entry.mode) === null);
  const readable = await withinSizeLimit(gitDir, [...new Set(files.map((entry) => entry.oid))], signal);
  const byOid = new Map<string, TreeEntry[]>();
  for (const entry of entries) {
    if (skippedByMode(entry.mode) !== null || !readable.has(entry.oid)) yield { entry, data: null };
    else byOid.set(entry.oid, [...(byOid.get(entry.oid) ?? []), entry]);
  }
  for await (const { oid, data } of readBlobs(gitDir, [...byOid.keys()], signal)) {
    change.read += 1;
    for (const entry of byOid.get(oid) ?? []) yield { entry, data };
  }
}

/** Asks git for sizes first, because reading a blob of a gigabyte only to leave it out would hold it in memory. */
async function withinSizeLimit(gitDir: string, oids: string[], signal?: AbortSignal): Promise<Set<string>> {
  if (oids.length === 0) return new Set();
  const input = oids.join("\n") + "\n";
  const output = await git(gitDir, ["cat-file", "--batch-check=%(objectsize)"], { input, signal });
  const sizes = output.toString("utf8").split("\n");
  return new Set(oids.filter((_, i) => Number(sizes[i]) <= limits.indexedFileBytes));
}
