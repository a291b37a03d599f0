import { deflateSync, inflateSync } from "node:zlib";
import { createExclusive } from "../shared/exclusive.ts";
import type { TreeEntry } from "../shared/git-objects.ts";
import { limits } from "../shared/limits.ts";
import { skippedByMode } from "./classify.ts";
import { dumpContent, type EngramContent, type StoredEngram } from "./dump.ts";
import { encodeFile, type Encoder } from "./encode.ts";
import type { EngramStore, UpdateOptions, UpdateReport } from "./engram.ts";
import { createView, overlayState, treeState } from "./engram-view.ts";
import type { FileRow } from "./file-row.ts";
import { gitSource } from "./git-source.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { loadKernel } from "./kernel/load-kernel.ts";
import { changeSegments, type StoredSegment } from "./segments.ts";
import { addSums, sumRows } from "./sums.ts";
import type { TreeSource } from "./tree-source.ts";
import { createUnitParser } from "./units/tree-sitter-parser.ts";
import { defaultSeed } from "./versions.ts";

export interface EngramStoreOptions {
  /** Default: the best one that loads. */
  kernel?: Kernel;
  /** Of the token hashes, uint32. */
  seed?: number;
}

export interface MemoryEngramStore extends EngramStore {
  update(key: string, gitDir: string, commit: string, options?: UpdateOptions): Promise<Updated>;
  updateFrom(key: string, source: TreeSource, options?: UpdateOptions): Promise<Updated>;
  open(key: string): Promise<StoredEngram | null>;
}

interface Updated {
  engram: StoredEngram;
  report: UpdateReport;
}

/** What is kept of one engram. */
interface Kept extends Omit<EngramContent, "rows"> {
  rows: ReadonlyMap<string, FileRow>;
  segments: readonly StoredSegment[];
  /** Compressed bytes of indexed files by blob id. */
  contents: ReadonlyMap<string, Buffer>;
}

/** Keeps engrams as long as the process lives: for the command line on a clone, and for tests. */
export function createMemoryEngramStore(options: EngramStoreOptions = {}): MemoryEngramStore {
  const encoder: Encoder = {
    kernel: options.kernel ?? loadKernel().kernel,
    seed: options.seed ?? defaultSeed,
    units: createUnitParser(),
  };
  const engrams = new Map<string, Kept>();
  const withLock = createExclusive();

  async function updateFrom(key: string, source: TreeSource, updateOptions: UpdateOptions = {}): Promise<Updated> {
    const started = performance.now();
    const before = engrams.get(key);
    const after = await updated(encoder, before ?? emptyEngram(encoder), source, updateOptions);
    engrams.set(key, after.kept);
    const report = { ...after.report, from: before?.commit ?? null, ms: performance.now() - started };
    return { engram: openEngram(encoder, after.kept), report };
  }

  return {
    updateFrom: (key, ...rest) => withLock(key, () => updateFrom(key, ...rest)),
    update: (key, gitDir, commit, updateOptions) =>
      withLock(key, async () =>
        updateFrom(key, await gitSource(gitDir, commit, updateOptions?.signal), updateOptions),
      ),
    async open(key) {
      const kept = engrams.get(key);
      return kept === undefined ? null : openEngram(encoder, kept);
    },
    close: () => engrams.clear(),
  };
}

function emptyEngram({ seed, units }: Encoder): Kept {
  return {
    seed,
    grammars: units.version,
    commit: "",
    rows: new Map(),
    sums: sumRows([]),
    segments: [],
    contents: new Map(),
  };
}

/** A new engram beside the old one, which may still be open. */
async function updated(encoder: Encoder, before: Kept, source: TreeSource, options: UpdateOptions) {
  const wanted = new Map((await source.entries(options.signal)).map((entry) => [entry.path, entry]));
  const removed = [...before.rows.values()].filter((row) => !isSame(wanted.get(row.path), row));
  const entries = [...wanted.values()].filter((entry) => !isSame(before.rows.get(entry.path), entry));
  const { added, contents, read } = await encodeEntries(encoder, source, entries, options);
  const rows = new Map(before.rows);
  for (const { path } of removed) rows.delete(path);
  for (const row of added) rows.set(row.path, row);
  const used = new Set(Array.from(rows.values(), (row) => row.oid));
  const gone = removed.map(({ path }) => path);
  const rowOf = (path: string) => before.rows.get(path) as FileRow;
  const kept: Kept = {
    ...before,
    commit: source.revision,
    rows,
    sums: addSums(before.sums, sumRows(added, removed)),
    segments: changeSegments(encoder.kernel, before.segments, gone, added, rowOf).segments,
    contents: new Map([...before.contents, ...contents].filter(([oid]) => used.has(oid))),
  };
  return { kept, report: { to: source.revision, added: added.length, removed: removed.length, read } };
}

async function encodeEntries(
  encoder: Encoder,
  source: TreeSource,
  entries: readonly TreeEntry[],
  { signal, onProgress }: UpdateOptions,
) {
  const added: FileRow[] = [];
  const contents = new Map<string, Buffer>();
  const byOid = new Map<string, TreeEntry[]>();
  const files = entries.filter(({ mode }) => skippedByMode(mode) === null);
  const sizes = await source.sizes(
    files.map(({ oid }) => oid),
    signal,
  );
  for (const entry of entries) {
    const isReadable = skippedByMode(entry.mode) === null && (sizes.get(entry.oid) ?? Infinity) <= limits.indexedFileBytes;
    if (isReadable) byOid.set(entry.oid, [...(byOid.get(entry.oid) ?? []), entry]);
    else added.push(encodeFile(encoder, entry, null));
  }
  await encoder.units.prepare(files.map(({ path }) => path));
  for await (const { oid, data } of source.blobs([...byOid.keys()], signal)) {
    for (const entry of byOid.get(oid) ?? []) {
      const row = encodeFile(encoder, entry, data);
      added.push(row);
      if (row.skipped === null) contents.set(oid, deflateSync(data));
    }
    onProgress?.(added.length, entries.length);
  }
  return { added, contents, read: byOid.size };
}

function isSame(a: { mode: string; oid: string } | undefined, b: { mode: string; oid: string }): boolean {
  return a !== undefined && a.mode === b.mode && a.oid === b.oid;
}

function openEngram(encoder: Encoder, kept: Kept): StoredEngram {
  const bytesOf = (oid: string) => {
    const deflated = kept.contents.get(oid);
    return deflated === undefined ? null : inflateSync(deflated);
  };
  const state = treeState(encoder, kept.commit, kept.segments, {
    textOf: ({ oid }) => bytesOf(oid)?.toString("utf8") ?? "",
    rowOf: (path) => kept.rows.get(path) as FileRow,
  });
  return {
    ...createView(state),
    overlay: async (files, commit) => createView(await overlayState(state, files, commit)),
    hypervector: () => kept.sums.hypervector.slice(),
    bytes: (path) => bytesOf(kept.rows.get(path)?.oid ?? ""),
    dump: () => dumpContent({ ...kept, rows: kept.rows.values() }),
    close: () => {},
  };
}
