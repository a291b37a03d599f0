import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { deflate, deflateSync } from "node:zlib";
import { AssistantError } from "../shared/errors.ts";
import type { TreeEntry } from "../shared/git-objects.ts";
import { limits } from "../shared/limits.ts";
import { skippedByMode } from "./classify.ts";
import { type Encoder, encodeFile } from "./encode.ts";
import type { UpdateOptions } from "./engram.ts";
import type { FileRow } from "./file-row.ts";
import type { TreeSource } from "./tree-source.ts";

/** Which bytes an engram keeps: of what is indexed, or of every file, so that the tree can be written out again. */
export type Keep = "all" | "indexed";

/** What takes an engram from one tree to another. A changed file is in `removed` and in `entries`. */
export interface UpdatePlan {
  to: string;
  removed: string[];
  entries: TreeEntry[];
  /** Bytes of the entries' blobs, by id. Submodules have none. */
  sizes: ReadonlyMap<string, number>;
  /** Bytes that have to be read. */
  bytes: number;
  /** Ids whose bytes the engram may have to keep, those of unchanged files too. */
  wanted: ReadonlySet<string>;
}

/** One blob with all that came of it. */
export interface EncodedBlob {
  rows: FileRow[];
  /** `deflated` is null where the file is over the limit of what is kept. */
  content: { oid: string; size: number; deflated: Buffer | null } | null;
  wasRead: boolean;
}

/**
 * Compares what the engram lists with a tree. Where the engram came from plays no part, so a forced push, a skipped commit
 * or a lost event need nothing special; a rename is a removal and an addition.
 */
export async function planUpdate(
  files: ReadonlyMap<string, Pick<FileRow, "mode" | "oid">>,
  source: TreeSource,
  keep: Keep,
  signal?: AbortSignal,
): Promise<UpdatePlan> {
  signal?.throwIfAborted();
  const tree = new Map((await source.entries(signal)).map((entry) => [entry.path, entry]));
  const removed = [...files].filter(([path, file]) => !isSame(tree.get(path), file)).map(([path]) => path);
  const entries = [...tree.values()].filter((entry) => !isSame(files.get(entry.path), entry));
  const kept = [...tree.values()].filter((entry) => hasBytes(entry, keep));
  const oids = [...new Set(entries.filter((entry) => hasBytes(entry, keep)).map(({ oid }) => oid))];
  const sizes = await source.sizes(oids, signal);
  const readable = oids.map((oid) => sizes.get(oid) ?? 0).filter((size) => size <= mostRead(keep));
  return {
    to: source.revision,
    removed,
    entries,
    sizes,
    bytes: readable.reduce((sum, size) => sum + size, 0),
    wanted: new Set(kept.map(({ oid }) => oid)),
  };
}

/**
 * The plan's entries as rows. Each blob is read once and compressed while it is encoded; between two of them whatever else
 * waits in this process has its turn.
 */
export async function* encodeEntries(
  encoder: Encoder,
  { entries, sizes }: UpdatePlan,
  source: TreeSource,
  keep: Keep,
  { signal, onProgress }: UpdateOptions,
): AsyncGenerator<EncodedBlob> {
  const byOid = new Map<string, TreeEntry[]>();
  let done = 0;
  for (const entry of entries) {
    const size = hasBytes(entry, keep) ? sizes.get(entry.oid) : undefined;
    if (hasBytes(entry, keep) && size === undefined) throw missingBytes(entry);
    if (size !== undefined && size <= mostRead(keep)) {
      byOid.set(entry.oid, [...(byOid.get(entry.oid) ?? []), entry]);
    } else {
      const content = size === undefined || keep === "indexed" ? null : { oid: entry.oid, size, deflated: null };
      yield { rows: [encodeFile(encoder, entry, null)], content, wasRead: false };
      done += 1;
    }
  }
  for await (const { oid, data } of source.blobs([...byOid.keys()], signal)) {
    signal?.throwIfAborted();
    const deflated = compress(data);
    const rows: FileRow[] = [];
    for (const entry of byOid.get(oid) ?? []) {
      // Before each: a text that broke the grammars must not keep them from the next one.
      await encoder.units.prepare([entry.path]);
      rows.push(encodeFile(encoder, entry, data));
    }
    const isKept = keep === "all" || rows.some(({ skipped }) => skipped === null);
    yield { rows, content: isKept ? { oid, size: data.length, deflated: await deflated } : null, wasRead: true };
    const before = done;
    done += rows.length;
    if (Math.floor(before / progressEvery) < Math.floor(done / progressEvery)) onProgress?.(done, entries.length);
    await setImmediate();
  }
  onProgress?.(entries.length, entries.length);
}

const progressEvery = 100;

/** Above it the work is worth a thread of its own. */
const compressedAsideBytes = 4_096;

const deflateAside = promisify(deflate) as (data: Buffer) => Promise<Buffer>;

async function compress(data: Buffer): Promise<Buffer> {
  return data.length < compressedAsideBytes ? deflateSync(data) : deflateAside(data);
}

function isSame(a: { mode: string; oid: string } | undefined, b: { mode: string; oid: string }): boolean {
  return a !== undefined && a.mode === b.mode && a.oid === b.oid;
}

/** Whether the bytes of this entry matter: a link's target only where all is kept, a submodule's never. */
function hasBytes({ mode }: TreeEntry, keep: Keep): boolean {
  const skipped = skippedByMode(mode);
  return skipped === null || (skipped === "symlink" && keep === "all");
}

/** Reading a blob of a gigabyte only to leave it out would hold it in memory. */
function mostRead(keep: Keep): number {
  return keep === "all" ? limits.storedFileBytes : limits.indexedFileBytes;
}

function missingBytes({ path, oid }: TreeEntry): AssistantError {
  return new AssistantError(`The bytes of ${path} (${oid}) are not there`, {
    code: "missing-bytes",
    remedy: "Fetch the repository's objects, or ingest from where the files are.",
  });
}
