import { inflateSync } from "node:zlib";
import { dumpContent, type EngramContent, type StoredEngram } from "./dump.ts";
import type { Encoder } from "./encode.ts";
import type { EngramStore, UpdateOptions, UpdateReport } from "./engram.ts";
import { createView, overlayState, treeState } from "./engram-view.ts";
import { createExclusive } from "../shared/exclusive.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { loadKernel } from "./kernel/load-kernel.ts";
import { addSums, sumRows } from "./sums.ts";
import { type EngramChange, planUpdate, reportOf, resolveCommit } from "./update-plan.ts";
import { defaultSeed } from "./versions.ts";

export interface EngramStoreOptions {
  /** Default: the best one that loads. */
  kernel?: Kernel;
  /** Of the token hashes, uint32. */
  seed?: number;
}

export interface MemoryEngramStore extends EngramStore {
  update(
    key: string,
    gitDir: string,
    commit: string,
    options?: UpdateOptions,
  ): Promise<{ engram: StoredEngram; report: UpdateReport }>;
}

interface MemoryEngram extends EngramContent {
  /** Compressed bytes by blob id. */
  contents: ReadonlyMap<string, Buffer>;
}

/** Keeps engrams as long as the process lives: for the command line on a clone, and for tests. */
export function createMemoryEngramStore(options: EngramStoreOptions = {}): MemoryEngramStore {
  const encoder: Encoder = { kernel: options.kernel ?? loadKernel().kernel, seed: options.seed ?? defaultSeed };
  const engrams = new Map<string, MemoryEngram>();
  const withLock = createExclusive();

  async function update(key: string, gitDir: string, commit: string, updateOptions: UpdateOptions = {}) {
    const started = performance.now();
    const before = engrams.get(key);
    const to = await resolveCommit(gitDir, commit, updateOptions.signal);
    const change = await planUpdate(encoder, before?.rows ?? new Map(), gitDir, to, updateOptions);
    const after = applyChange(before ?? emptyEngram(encoder), change);
    engrams.set(key, after);
    return { engram: openEngram(encoder, after), report: reportOf(before?.commit ?? null, change, started) };
  }

  return {
    update: (key, ...rest) => withLock(key, () => update(key, ...rest)),
    close: () => engrams.clear(),
  };
}

function emptyEngram({ seed }: Encoder): MemoryEngram {
  return { seed, commit: "", rows: new Map(), sums: sumRows([]), contents: new Map() };
}

/** A new engram beside the old one, which may still be open. */
function applyChange(before: MemoryEngram, change: EngramChange): MemoryEngram {
  const rows = new Map(before.rows);
  for (const { path } of change.removed) rows.delete(path);
  for (const row of change.added) rows.set(row.path, row);
  const used = new Set(Array.from(rows.values(), (row) => row.oid));
  const contents = new Map([...before.contents, ...change.contents].filter(([oid]) => used.has(oid)));
  const sums = addSums(before.sums, sumRows(change.added, change.removed));
  return { seed: before.seed, commit: change.to, rows, sums, contents };
}

function openEngram(encoder: Encoder, content: MemoryEngram): StoredEngram {
  const textOf = (row: { oid: string }) => inflateSync(content.contents.get(row.oid) as Buffer).toString("utf8");
  const state = treeState(encoder, content.commit, content.rows, textOf);
  return {
    ...createView(state),
    overlay: (files, commit) => createView(overlayState(state, files, commit)),
    dump: () => dumpContent(content),
    close: () => {},
  };
}
