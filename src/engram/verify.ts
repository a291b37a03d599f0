import { setImmediate } from "node:timers/promises";
import { limits } from "../shared/limits.ts";
import { messageOf } from "../shared/errors.ts";
import { blobId } from "./blob-id.ts";
import type { Encoder } from "./encode.ts";
import { engramMissing, engramOlder, hasCode, withFileErrors } from "./engram-errors.ts";
import type { FileRow } from "./file-row.ts";
import { viewSegment } from "./kernel/segment-image.ts";
import { segmentDifference } from "./segment-difference.ts";
import { fileAt, isDead, openPart, type StoredSegment } from "./segments.ts";
import { type Head, readContent, readContentIds, readCounters, readPaths, readRow } from "./sqlite-engram-file.ts";
import { type EngramFileOptions, encoderOf } from "./sqlite-engram-store.ts";
import type { StoredState } from "./sqlite-engram-writer.ts";
import { closeConnection, type Connection, connectForReading } from "./sqlite-schema.ts";
import { beginSnapshot } from "./sqlite-update.ts";
import { addRow, noSums, type Sums } from "./sums.ts";

export interface Verification {
  ok: boolean;
  /** One sentence for each kind of damage. */
  problems: string[];
  files: number;
  chunks: number;
}

/**
 * Checks all of an engram: SQLite's own structure, every row's digest, every sum recounted from the rows, segments built
 * again from the rows, and that every content has the bytes of its id. Reads the whole file.
 * Errors: `engram-missing`, `engram-newer`, `engram-older`, those of the key; damage is an answer, not an error.
 */
export async function verifyEngramFile(
  file: string,
  options: EngramFileOptions & { signal?: AbortSignal } = {},
): Promise<Verification> {
  const check: Check = { file, encoder: encoderOf(options), signal: options.signal, problems: new Map() };
  try {
    const db = connectForReading(file, options.lens);
    try {
      const head = await checkAll(check, db);
      return { ok: check.problems.size === 0, problems: sentences(check), files: head.files, chunks: head.chunks };
    } finally {
      closeConnection(db);
    }
  } catch (error) {
    if (!hasCode(error, "engram-corrupt")) throw error;
    return { ok: false, problems: [...sentences(check), messageOf(error)], files: 0, chunks: 0 };
  }
}

interface Check {
  file: string;
  encoder: Encoder;
  signal: AbortSignal | undefined;
  /** Kind of damage: how often, and the first place. */
  problems: Map<string, { count: number; first: string }>;
}

async function checkAll(check: Check, db: Connection): Promise<Head> {
  const { standing, state } = withFileErrors(check.file, () => beginSnapshot(db, check.file, check.encoder));
  if (standing.is === "older") throw engramOlder(check.file, standing.reason);
  if (state === null) throw engramMissing(check.file, "nothing was stored in it yet");
  withFileErrors(check.file, () => checkStructure(check, db));
  const rows = await checkSegments(check, db, state.segments);
  withFileErrors(check.file, () => {
    for (const path of readPaths(db)) if (!rows.listed.has(path)) note(check, "rows are in no segment", path);
    // Where rows are missing, sums that differ say nothing more.
    if (rows.areWhole) checkSums(check, db, state, rows.sums);
  });
  await checkContents(check, db, state.head, rows.listed);
  return state.head;
}

function checkStructure(check: Check, db: Connection): void {
  for (const row of db.prepare("PRAGMA integrity_check").all([]) as { integrity_check: string }[]) {
    if (row.integrity_check !== "ok") note(check, "pages are not as SQLite wants them", row.integrity_check);
  }
}

type Listed = Map<string, Pick<FileRow, "oid" | "skipped">>;

/** Every living file's row, and every segment against one that is built of these rows. */
async function checkSegments(check: Check, db: Connection, segments: readonly StoredSegment[]) {
  const sums = noSums();
  const listed: Listed = new Map();
  let areWhole = true;
  for (const stored of segments) {
    const part = openPart(stored);
    const rows: FileRow[] = [];
    for (let file = 0; file < part.segment.files; file++) {
      if (isDead(part, file)) continue;
      const { path, oid, skipped } = fileAt(part.segment, file);
      if (listed.has(path)) note(check, "files stand in two segments", path);
      listed.set(path, { oid, skipped });
      const row = rowOrNote(check, db, path);
      if (row === null) areWhole = false;
      else {
        rows.push(row);
        addRow(sums, row, 1);
      }
      if (file % 64 === 63) await turn(check);
    }
    const difference = areWhole ? segmentDifference(part, viewSegment(check.encoder.kernel.buildSegment(rows))) : null;
    if (difference !== null) note(check, "segments are not what the rows give", `segment ${part.id}: ${difference}`);
  }
  return { sums, listed, areWhole };
}

function rowOrNote(check: Check, db: Connection, path: string): FileRow | null {
  try {
    return withFileErrors(check.file, () => readRow(db, check.file, path));
  } catch (error) {
    if (!hasCode(error, "engram-corrupt")) throw error;
    note(check, "rows are damaged", messageOf(error));
    return null;
  }
}

function checkSums(check: Check, db: Connection, { head }: StoredState, { counters, hypervector, digest }: Sums): void {
  for (const name of ["files", "indexedFiles", "chunks", "length"] as const) {
    if (counters[name] !== head[name]) note(check, "totals are not those of the rows", name);
  }
  if (digest !== head.digest) note(check, "sums are not those of the rows", "digest");
  if (!hypervector.every((value, i) => value === head.hypervector[i])) {
    note(check, "sums are not those of the rows", "hypervector");
  }
  const stored = readCounters(db);
  for (const [token, frequency] of counters.documentFrequency) {
    if (stored.get(token) !== frequency) note(check, "counters are not those of the rows", `token ${token}`);
  }
  for (const token of stored.keys()) {
    if (!counters.documentFrequency.has(token)) note(check, "counters are not those of the rows", `token ${token}`);
  }
}

async function checkContents(check: Check, db: Connection, { keep }: Head, listed: Listed): Promise<void> {
  const needed = new Map<string, boolean>();
  for (const { oid, skipped } of listed.values()) {
    if (skipped === null) needed.set(oid, true);
    else if (keep === "all" && skipped !== "submodule" && !needed.has(oid)) needed.set(oid, false);
  }
  for (const oid of withFileErrors(check.file, () => readContentIds(db))) {
    if (!needed.has(oid)) note(check, "contents belong to no file", oid);
  }
  for (const [oid, isIndexed] of needed) {
    await turn(check);
    checkContent(check, db, oid, isIndexed);
  }
}

function checkContent(check: Check, db: Connection, oid: string, isIndexed: boolean): void {
  try {
    const data = withFileErrors(check.file, () => readContent(db, check.file, oid));
    if (data === null && (isIndexed || storedSize(db, oid) <= limits.storedFileBytes)) {
      note(check, "contents are missing", oid);
    } else if (data !== null && blobId(data, oid.length) !== oid) {
      note(check, "contents are not the bytes of their id", oid);
    }
  } catch (error) {
    if (!hasCode(error, "engram-corrupt")) throw error;
    note(check, "contents are damaged", messageOf(error));
  }
}

function storedSize(db: Connection, oid: string): number {
  const [record] = db.prepare("SELECT size FROM contents WHERE oid = ?").all([oid]) as { size: number }[];
  return record?.size ?? 0;
}

async function turn({ signal }: Check): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

function note({ problems }: Check, kind: string, place: string): void {
  const known = problems.get(kind);
  if (known === undefined) problems.set(kind, { count: 1, first: place });
  else known.count += 1;
}

function sentences({ problems }: Check): string[] {
  return Array.from(problems, ([kind, { count, first }]) => `${count} ${kind}, for example ${first}`);
}
