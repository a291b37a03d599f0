import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { dumpContent, type EngramContent, type StoredEngram } from "./dump.ts";
import type { Encoder } from "./encode.ts";
import type { EngramStore, UpdateOptions, UpdateReport } from "./engram.ts";
import { engramBusy, withFileErrors } from "./engram-errors.ts";
import { createView, overlayState, treeState } from "./engram-view.ts";
import type { EngramStoreOptions } from "./memory-engram-store.ts";
import { createExclusive } from "../shared/exclusive.ts";
import { loadKernel } from "./kernel/load-kernel.ts";
import { beginSnapshot, commitChange, readCounters, readText } from "./sqlite-engram-file.ts";
import { closeConnection, type Connection, openConnection } from "./sqlite-schema.ts";
import { type EngramChange, planUpdate, reportOf, resolveCommit } from "./update-plan.ts";
import { defaultSeed } from "./versions.ts";

export interface SqliteEngramStoreOptions extends EngramStoreOptions {
  /** Engram KEY is the file DIRECTORY/KEY.engram. */
  directory: string;
  /** Delete and rebuild a damaged file instead of throwing `engram-corrupt`. Default false. */
  rebuildDamaged?: boolean;
}

export interface SqliteEngramStore extends EngramStore {
  update(
    key: string,
    gitDir: string,
    commit: string,
    options?: UpdateOptions,
  ): Promise<{ engram: StoredEngram; report: UpdateReport }>;
}

/**
 * One SQLite file for each engram. An update is one transaction: a process that is killed leaves the old state or the
 * new one. An open engram reads one snapshot, whatever other processes write, until it is closed.
 */
export function createSqliteEngramStore(options: SqliteEngramStoreOptions): SqliteEngramStore {
  const encoder: Encoder = { kernel: options.kernel ?? loadKernel().kernel, seed: options.seed ?? defaultSeed };
  const open = new Set<StoredEngram>();
  const withLock = createExclusive();

  async function update(key: string, gitDir: string, commit: string, updateOptions: UpdateOptions = {}) {
    const started = performance.now();
    const file = engramFile(options.directory, key);
    const to = await resolveCommit(gitDir, commit, updateOptions.signal);
    const { db, content: before } = openSnapshot(file, encoder.seed, options.rebuildDamaged ?? false);
    try {
      const plan = (rows: EngramContent["rows"]) => planUpdate(encoder, rows, gitDir, to, updateOptions);
      const { change, after } = await writeUpdate(db, file, before, plan);
      const engram = openEngram(db, file, encoder, after, () => open.delete(engram));
      open.add(engram);
      return { engram, report: reportOf(before.commit === "" ? null : before.commit, change, started) };
    } catch (error) {
      closeConnection(db);
      throw error;
    }
  }

  return {
    update: (key, ...rest) => withLock(key, () => update(key, ...rest)),
    close() {
      for (const engram of open) engram.close();
    },
  };
}

/** Keys are HOST/OWNER/NAME; a part that would lead elsewhere is refused, because owners and names come from events. */
function engramFile(directory: string, key: string): string {
  if (key.split("/").some((part) => ["", ".", ".."].includes(part) || /[\\\0]/.test(part))) {
    throw new AssistantError(`"${key}" cannot name an engram`, {
      code: "bad-engram-key",
      remedy: "Name it HOST/OWNER/NAME.",
    });
  }
  return join(directory, `${key}.engram`);
}

/** A connection inside a read transaction, with what that snapshot holds. */
function openSnapshot(file: string, seed: number, rebuildDamaged: boolean): { db: Connection; content: EngramContent } {
  try {
    return withFileErrors(file, () => {
      mkdirSync(dirname(file), { recursive: true });
      const db = openConnection(file, seed);
      try {
        return { db, content: beginSnapshot(db, file) };
      } catch (error) {
        closeConnection(db);
        throw error;
      }
    });
  } catch (error) {
    const isDamaged = error instanceof AssistantError && error.code === "engram-corrupt";
    if (!isDamaged || !rebuildDamaged) throw error;
    for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
    return openSnapshot(file, seed, false);
  }
}

/**
 * Plans outside of any lock, for reading and encoding take long; writes only if the file is still what was planned on,
 * else plans again. Leaves the connection inside a read transaction on the state it returns.
 */
async function writeUpdate(
  db: Connection,
  file: string,
  before: EngramContent,
  plan: (rows: EngramContent["rows"]) => Promise<EngramChange>,
): Promise<{ change: EngramChange; after: EngramContent }> {
  let base = before;
  for (let tries = 0; tries < limits.engramUpdateTries; tries++) {
    const change = await plan(base.rows);
    if (change.to === base.commit) return { change, after: base };
    const after = withFileErrors(file, () => commitChange(db, base, change));
    if (after !== null) return { change, after };
    base = withFileErrors(file, () => beginSnapshot(db, file));
  }
  throw engramBusy(file);
}

function openEngram(
  db: Connection,
  file: string,
  encoder: Encoder,
  content: EngramContent,
  onClose: () => void,
): StoredEngram {
  const textOf = ({ oid }: { oid: string }) => withFileErrors(file, () => readText(db, file, oid).toString("utf8"));
  const state = treeState(encoder, content.commit, content.rows, textOf);
  return {
    ...createView(state),
    overlay: (files, commit) => createView(overlayState(state, files, commit)),
    dump() {
      const counters = { ...content.sums.counters, documentFrequency: withFileErrors(file, () => readCounters(db)) };
      return dumpContent({ ...content, sums: { ...content.sums, counters } });
    },
    close() {
      closeConnection(db);
      onClose();
    },
  };
}
