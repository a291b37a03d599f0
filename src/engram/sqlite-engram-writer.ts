import { setImmediate } from "node:timers/promises";
import { limits } from "../shared/limits.ts";
import type { Encoder } from "./encode.ts";
import { checksum } from "./checksum.ts";
import { type FileRow, packColumns } from "./file-row.ts";
import { changeSegments, type SegmentsChange, type StoredSegment } from "./segments.ts";
import { type Head, rowChecksum, rowReader, writeHead } from "./sqlite-engram-file.ts";
import type { Connection } from "./sqlite-schema.ts";
import { addRow, noSums, type Sums } from "./sums.ts";
import type { EncodedBlob, Keep, UpdatePlan } from "./update-plan.ts";
import { encoderVersion } from "./versions.ts";

/** A state as it is stored, without its rows. */
export interface StoredState {
  head: Head;
  segments: readonly StoredSegment[];
}

export interface EngramWriter {
  /** Takes out what the plan removes. To be called first. */
  remove(plan: UpdatePlan): Promise<void>;
  add(blob: EncodedBlob): Promise<void>;
  /** Writes what is still held, and the head. */
  finish(plan: UpdatePlan): Promise<StoredState>;
}

/**
 * Writes an update as it comes, inside of the transaction that the caller has begun and ends. Rows and contents go to the
 * file at once; what is held is one segment's worth of rows and the changes of counters since the segment before.
 * @param before null where the tables are empty
 * @param generation of the state that is written
 */
export function createWriter(
  db: Connection,
  file: string,
  encoder: Encoder,
  keep: Keep,
  before: StoredState | null,
  generation: number,
): EngramWriter {
  const insertFile = db.prepare("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)");
  const insertContent = db.prepare("INSERT OR IGNORE INTO contents VALUES (?, ?, ?)");
  const totals = { files: 0, indexedFiles: 0, chunks: 0, length: 0, ...pickTotals(before?.head) };
  const hypervector = before?.head.hypervector.slice() ?? noSums().hypervector;
  let digest = before?.head.digest ?? 0n;
  let segments = before?.segments ?? [];
  let removed: string[] = [];
  let rows: FileRow[] = [];
  let held = 0;
  /** What changed since the last flush. */
  let change: Sums = noSums();

  async function flush(): Promise<void> {
    const written = changeSegments(encoder.kernel, segments, removed, rows, rowReader(db, file, segments));
    writeSegments(db, written);
    segments = written.segments;
    [removed, rows, held] = [[], [], 0];
    await writeCounters(db, change.counters.documentFrequency);
    for (const name of ["files", "indexedFiles", "chunks", "length"] as const) totals[name] += change.counters[name];
    for (let i = 0; i < hypervector.length; i++)
      hypervector[i] = (hypervector[i] as number) + (change.hypervector[i] as number);
    digest = BigInt.asUintN(64, digest + change.digest);
    change = noSums();
  }

  return {
    async remove(plan) {
      removed = plan.removed;
      const forget = db.prepare("DELETE FROM files WHERE path = ?");
      const dropContent = db.prepare("DELETE FROM contents WHERE oid = ?");
      const readRow = rowReader(db, file, segments);
      for (const [i, path] of plan.removed.entries()) {
        const row = readRow(path);
        addRow(change, row, -1);
        forget.run([path]);
        if (!plan.wanted.has(row.oid)) dropContent.run([row.oid]);
        if (i % rowsBetweenTurns === rowsBetweenTurns - 1) await setImmediate();
      }
    },
    async add({ rows: added, content }) {
      for (const row of added) {
        const chunks = row.rowEnds.length;
        if (held + chunks > limits.segmentChunks || rows.length >= limits.segmentChunks) await flush();
        insertFile.run([row.path, row.mode, row.oid, row.skipped, packColumns(row), rowChecksum(db.lens, row)]);
        addRow(change, row, 1);
        rows.push(row);
        held += chunks;
      }
      if (content !== null) insertContent.run([content.oid, content.size, content.deflated]);
    },
    async finish(plan) {
      if (removed.length > 0 || rows.length > 0) await flush();
      const { seed, units } = encoder;
      const made = { encoderVersion, grammars: units.version, seed, keep, generation, revision: plan.to };
      const head: Head = { ...made, ...totals, hypervector, digest };
      writeHead(db, head);
      return { head, segments };
    },
  };
}

/** Stores what `changeSegments` found. Inside of a transaction. */
export function writeSegments(db: Connection, { dropped, tombstones, added }: SegmentsChange): void {
  const drop = db.prepare("DELETE FROM segments WHERE id = ?");
  const dropMarks = db.prepare("DELETE FROM tombstones WHERE segment = ?");
  for (const id of dropped) {
    drop.run([id]);
    dropMarks.run([id]);
  }
  const mark = db.prepare("INSERT OR REPLACE INTO tombstones (segment, crc, dead) VALUES (?, ?, ?)");
  for (const { id, dead } of tombstones) mark.run([id, checksum(db.lens, `marks ${id}`, dead), dead]);
  const insert = db.prepare("INSERT INTO segments (id, crc, image) VALUES (?, ?, ?)");
  for (const { id, image } of added) insert.run([id, checksum(db.lens, `segment ${id}`, image), image]);
}

const rowsBetweenTurns = 64;

/** Counters of one statement: as JSON, because a call into SQLite costs more than what it does here. */
const countersAtOnce = 10_000;

/** In the order of the key, in which SQLite appends instead of searching. */
async function writeCounters(db: Connection, differences: ReadonlyMap<number, number>): Promise<void> {
  const add = db.prepare(`
    INSERT INTO counters SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
    ON CONFLICT DO UPDATE SET frequency = frequency + excluded.frequency`);
  const forget = db.prepare("DELETE FROM counters WHERE frequency = 0 AND token IN (SELECT value FROM json_each(?))");
  const sorted = [...differences].sort(([a], [b]) => a - b);
  for (let start = 0; start < sorted.length; start += countersAtOnce) {
    const slice = sorted.slice(start, start + countersAtOnce);
    add.run([JSON.stringify(slice)]);
    const falling = slice.filter(([, difference]) => difference < 0).map(([token]) => token);
    if (falling.length > 0) forget.run([JSON.stringify(falling)]);
    await setImmediate();
  }
}

function pickTotals(head: Head | undefined) {
  if (head === undefined) return {};
  const { files, indexedFiles, chunks, length } = head;
  return { files, indexedFiles, chunks, length };
}
