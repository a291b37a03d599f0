import { inflateSync } from "node:zlib";
import type { SkipReason } from "./classify.ts";
import type { EngramContent } from "./dump.ts";
import { engramCorrupt } from "./engram-errors.ts";
import { packColumns, unpackColumns } from "./file-row.ts";
import { defaultDimensions } from "./hypervector.ts";
import type { Connection } from "./sqlite-schema.ts";
import { addSums, digestOf, sumRows } from "./sums.ts";
import type { EngramChange } from "./update-plan.ts";

interface HeadRecord {
  seed: number;
  commit_id: string;
  files: number;
  indexed_files: number;
  chunks: number;
  length: number;
  hypervector: ArrayBuffer;
  digest: string;
}

interface FileRecord {
  path: string;
  mode: string;
  oid: string;
  skipped: SkipReason | null;
  columns: ArrayBuffer;
}

/**
 * Begins a read transaction and reads the engram it shows; `commit` is empty where nothing was stored yet. The counters
 * of single tokens are left in the file (`readCounters`), because a view counts them anew from its postings.
 * Errors: `engram-corrupt` where the rows do not add up to the stored digest.
 */
export function beginSnapshot(db: Connection, file: string): EngramContent {
  if (db.inTransaction) db.exec("ROLLBACK");
  db.exec("BEGIN");
  const records = db.prepare("SELECT path, mode, oid, skipped, columns FROM files").all([]) as FileRecord[];
  const rows = new Map(records.map(({ columns, ...row }) => [row.path, { ...row, ...unpackColumns(columns) }]));
  const content = { rows, ...readHead(db) };
  if (digestOf(rows.values()) !== content.sums.digest) throw engramCorrupt(file, "its checksum does not match");
  return content;
}

/**
 * Writes a change on `before` in one transaction, then begins a read transaction on the result and returns it. Returns
 * null, with nothing written or with somebody else's newer state, where the file is not what was expected.
 */
export function commitChange(db: Connection, before: EngramContent, change: EngramChange): EngramContent | null {
  db.exec("ROLLBACK"); // the read transaction of the snapshot
  db.exec("BEGIN IMMEDIATE");
  if (!isAt(db, before)) return null;
  const after = writeChange(db, before, change);
  db.exec("COMMIT");
  db.exec("BEGIN");
  return isAt(db, after) ? after : null;
}

/** In how many chunks each token stands, as stored. */
export function readCounters(db: Connection): Map<number, number> {
  const records = db.prepare("SELECT token, frequency FROM counters").all([]) as { token: number; frequency: number }[];
  return new Map(records.map(({ token, frequency }) => [token, frequency]));
}

/** Bytes of an indexed file. */
export function readText(db: Connection, file: string, oid: string): Buffer {
  const [record] = db.prepare("SELECT deflated FROM texts WHERE oid = ?").all([oid]) as { deflated: ArrayBuffer }[];
  if (record === undefined) throw engramCorrupt(file, `the text ${oid} is missing`);
  return inflateSync(Buffer.from(record.deflated));
}

function isAt(db: Connection, { commit, sums }: EngramContent): boolean {
  const head = readHead(db);
  return head.commit === commit && head.sums.digest === sums.digest;
}

function writeChange(db: Connection, before: EngramContent, change: EngramChange): EngramContent {
  const rows = new Map(before.rows);
  for (const { path } of change.removed) rows.delete(path);
  for (const row of change.added) rows.set(row.path, row);
  const difference = sumRows(change.added, change.removed);
  const after = { seed: before.seed, commit: change.to, rows, sums: addSums(before.sums, difference) };
  writeFiles(db, change);
  writeTexts(db, change, new Set(Array.from(rows.values(), (row) => row.oid)));
  writeCounters(db, difference.counters.documentFrequency);
  writeHead(db, after);
  return after;
}

function readHead(db: Connection): Omit<EngramContent, "rows"> {
  const [head] = db.prepare("SELECT * FROM engram").all([]) as [HeadRecord];
  const counters = {
    files: head.files,
    indexedFiles: head.indexed_files,
    chunks: head.chunks,
    length: head.length,
    documentFrequency: new Map<number, number>(),
  };
  const isNew = head.hypervector.byteLength === 0;
  const hypervector = isNew ? new Int32Array(defaultDimensions) : new Int32Array(head.hypervector);
  return {
    seed: head.seed,
    commit: head.commit_id,
    sums: { counters, hypervector, digest: BigInt(`0x${head.digest}`) },
  };
}

function writeFiles(db: Connection, { removed, added }: EngramChange): void {
  const remove = db.prepare("DELETE FROM files WHERE path = ?");
  for (const { path } of removed) remove.run([path]);
  const insert = db.prepare("INSERT INTO files (path, mode, oid, skipped, columns) VALUES (?, ?, ?, ?, ?)");
  for (const row of added) insert.run([row.path, row.mode, row.oid, row.skipped, packColumns(row)]);
}

function writeTexts(db: Connection, { removed, contents }: EngramChange, used: ReadonlySet<string>): void {
  const remove = db.prepare("DELETE FROM texts WHERE oid = ?");
  for (const { oid } of removed) if (!used.has(oid)) remove.run([oid]);
  const insert = db.prepare("INSERT OR IGNORE INTO texts (oid, deflated) VALUES (?, ?)");
  for (const [oid, deflated] of contents) insert.run([oid, deflated]);
}

/** In the order of the key, in which SQLite appends instead of searching. */
function writeCounters(db: Connection, differences: ReadonlyMap<number, number>): void {
  const add = db.prepare(
    "INSERT INTO counters (token, frequency) VALUES (?, ?) ON CONFLICT DO UPDATE SET frequency = frequency + excluded.frequency",
  );
  for (const [token, difference] of [...differences].sort(([a], [b]) => a - b)) add.run([token, difference]);
  db.exec("DELETE FROM counters WHERE frequency = 0");
}

function writeHead(db: Connection, { commit, sums }: EngramContent): void {
  const { files, indexedFiles, chunks, length } = sums.counters;
  const { buffer, byteOffset, byteLength } = sums.hypervector;
  db.prepare(
    "UPDATE engram SET commit_id = ?, files = ?, indexed_files = ?, chunks = ?, length = ?, hypervector = ?, digest = ?",
  ).run([
    commit,
    files,
    indexedFiles,
    chunks,
    length,
    Buffer.from(buffer, byteOffset, byteLength),
    sums.digest.toString(16),
  ]);
}
