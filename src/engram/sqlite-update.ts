import { performance } from "node:perf_hooks";
import { limits } from "../shared/limits.ts";
import type { Encoder } from "./encode.ts";
import type { UpdateOptions, UpdateReport } from "./engram.ts";
import { engramBusy, translated, withFileErrors } from "./engram-errors.ts";
import type { Lens } from "./lens.ts";
import { listFiles } from "./segments.ts";
import { type EngramFile, type EngramFileEvents, openOnConnection } from "./sqlite-engram.ts";
import { readSegments, readStanding, type Standing } from "./sqlite-engram-file.ts";
import { createWriter, type StoredState } from "./sqlite-engram-writer.ts";
import { closeConnection, type Connection, connectForWriting, createTables, lockForWriting } from "./sqlite-schema.ts";
import type { TreeSource } from "./tree-source.ts";
import { type EncodedBlob, encodeEntries, type Keep, planUpdate, type UpdatePlan } from "./update-plan.ts";

export interface FileUpdateOptions extends UpdateOptions {
  /** Default: as the engram was made; `indexed` for a new one. A change of it rebuilds. */
  keep?: Keep;
  /** Of a keyed engram; a file that is not there yet is made with it. */
  lens?: Lens;
  /** Build it again as a whole. Default false. */
  rebuild?: boolean;
}

export interface Updated {
  engram: EngramFile;
  report: UpdateReport;
}

/**
 * Brings a file to the tree of a source, in one transaction, and returns it open. A small update is read and encoded before
 * the file is locked; a large one is written as it is encoded, so that it is never in memory as a whole. If another process
 * wrote meanwhile, the update plans again.
 */
export async function updateFile(
  file: string,
  encoder: Encoder,
  source: TreeSource,
  options: FileUpdateOptions = {},
  events: EngramFileEvents = {},
): Promise<Updated> {
  const started = performance.now();
  const db = connectForWriting(file, options.lens);
  try {
    for (let tries = 0; tries < limits.engramUpdateTries; tries++) {
      const base = withFileErrors(file, () => readBase(db, file, encoder, options));
      const done = await attempt({ db, file, encoder, source, options }, base);
      if (done === null) continue;
      const engram = openOnConnection(db, file, encoder, done.after, events);
      const from = base.state?.head.revision ?? null;
      return { engram, report: { from, ...done.counts, ms: performance.now() - started } };
    }
    throw engramBusy(file);
  } catch (error) {
    closeConnection(db);
    throw error;
  }
}

/** Begins a read transaction and looks: where the segments can be trusted, what they hold. */
export function beginSnapshot(
  db: Connection,
  file: string,
  encoder: Encoder,
): { standing: Standing; state: StoredState | null } {
  if (db.inTransaction) db.exec("ROLLBACK");
  db.exec("BEGIN");
  const standing = readStanding(db, file, { seed: encoder.seed, grammars: encoder.units.version });
  if (standing.is !== "current") return { standing, state: null };
  return { standing, state: { head: standing.head, segments: readSegments(db, file) } };
}

interface Base {
  /** What the update is planned on; null where it starts from nothing. */
  state: StoredState | null;
  keep: Keep;
  /** Tells whether somebody wrote since. */
  mark: string;
  generation: number;
}

interface Work {
  db: Connection;
  file: string;
  encoder: Encoder;
  source: TreeSource;
  options: FileUpdateOptions;
}

interface Done {
  after: StoredState;
  counts: Omit<UpdateReport, "from" | "ms">;
}

function readBase(db: Connection, file: string, encoder: Encoder, { keep, rebuild = false }: FileUpdateOptions): Base {
  const { standing, state } = beginSnapshot(db, file, encoder);
  const wanted = keep ?? state?.head.keep ?? "indexed";
  const isUsable = state !== null && !rebuild && state.head.keep === wanted;
  return {
    state: isUsable ? state : null,
    keep: wanted,
    mark: markOf(standing),
    generation: state?.head.generation ?? 0,
  };
}

function markOf(standing: Standing): string {
  return standing.is === "current" ? `generation ${standing.head.generation}` : standing.is;
}

/** One try; null where the file is no longer what was planned on. Ends inside of a read transaction on its result. */
async function attempt(work: Work, base: Base): Promise<Done | null> {
  const { db, file, encoder, source, options } = work;
  const plan = await planUpdate(listFiles(base.state?.segments ?? []), source, base.keep, options.signal);
  const counts = { to: plan.to, added: plan.entries.length, removed: plan.removed.length, read: 0 };
  if (base.state !== null && base.state.head.revision === plan.to && counts.added + counts.removed === 0) {
    return { after: base.state, counts };
  }
  const stream = encodeEntries(encoder, plan, source, base.keep, options);
  const blobs = plan.bytes <= limits.heldUpdateBytes ? await collect(stream) : stream;
  await lockForWriting(db, file, options.signal);
  const standing = withFileErrors(file, () =>
    readStanding(db, file, { seed: encoder.seed, grammars: encoder.units.version }),
  );
  if (markOf(standing) !== base.mark) return null;
  const { after, read } = await write(work, base, plan, blobs);
  const isMine = withFileErrors(file, () => {
    db.exec("COMMIT");
    return isStill(db, file, encoder, after);
  });
  return isMine ? { after, counts: { ...counts, read } } : null;
}

async function collect(blobs: AsyncIterable<EncodedBlob>): Promise<EncodedBlob[]> {
  const held: EncodedBlob[] = [];
  for await (const blob of blobs) held.push(blob);
  return held;
}

/** Inside of the transaction that holds the lock. */
async function write(
  { db, file, encoder }: Work,
  { state, keep, generation }: Base,
  plan: UpdatePlan,
  blobs: AsyncIterable<EncodedBlob> | Iterable<EncodedBlob>,
): Promise<{ after: StoredState; read: number }> {
  let read = 0;
  if (state === null) withFileErrors(file, () => createTables(db));
  try {
    const writer = createWriter(db, file, encoder, keep, state, generation + 1);
    await writer.remove(plan);
    for await (const blob of blobs) {
      await writer.add(blob);
      read += blob.wasRead ? 1 : 0;
    }
    return { after: await writer.finish(plan), read };
  } catch (error) {
    throw translated(file, error);
  }
}

/** Begins a read transaction; another process may have been quicker. */
function isStill(db: Connection, file: string, encoder: Encoder, { head }: StoredState): boolean {
  db.exec("BEGIN");
  const standing = readStanding(db, file, { seed: encoder.seed, grammars: encoder.units.version });
  return markOf(standing) === `generation ${head.generation}`;
}
