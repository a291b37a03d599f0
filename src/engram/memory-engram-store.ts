import { inflateSync } from "node:zlib";
import { createExclusive } from "../shared/exclusive.ts";
import { dumpContent, type EngramContent, type StoredEngram } from "./dump.ts";
import type { Encoder } from "./encode.ts";
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
import { encodeEntries, planUpdate } from "./update-plan.ts";
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
      withLock(key, async () => updateFrom(key, await gitSource(gitDir, commit, updateOptions?.signal), updateOptions)),
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
  const plan = await planUpdate(before.rows, source, "indexed", options.signal);
  const added: FileRow[] = [];
  const contents = new Map(before.contents);
  let read = 0;
  for await (const blob of encodeEntries(encoder, plan, source, "indexed", options)) {
    added.push(...blob.rows);
    read += blob.wasRead ? 1 : 0;
    if (blob.content !== null && blob.content.deflated !== null) contents.set(blob.content.oid, blob.content.deflated);
  }
  const rowOf = (path: string) => before.rows.get(path) as FileRow;
  const removed = plan.removed.map(rowOf);
  const rows = new Map(before.rows);
  for (const { path } of removed) rows.delete(path);
  for (const row of added) rows.set(row.path, row);
  const kept: Kept = {
    ...before,
    commit: plan.to,
    rows,
    sums: addSums(before.sums, sumRows(added, removed)),
    segments: changeSegments(encoder.kernel, before.segments, plan.removed, added, rowOf).segments,
    contents: new Map([...contents].filter(([oid]) => plan.wanted.has(oid))),
  };
  return { kept, report: { to: plan.to, added: added.length, removed: removed.length, read } };
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
