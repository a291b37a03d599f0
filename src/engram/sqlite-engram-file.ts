import { crc32, inflateSync } from "node:zlib";
import type { SkipReason } from "./classify.ts";
import { engramCorrupt, engramNewer, unpack } from "./engram-errors.ts";
import { type FileRow, rowDigest, unpackColumns } from "./file-row.ts";
import { viewSegment } from "./kernel/segment-image.ts";
import type { StoredSegment } from "./segments.ts";
import { applicationId, type Connection, pragma, tableNames } from "./sqlite-schema.ts";
import { defaultDimensions } from "./token-space.ts";
import type { Keep } from "./update-plan.ts";
import { encoderVersion, formatVersion } from "./versions.ts";

/** The one row of table `engram`. */
export interface Head {
  encoderVersion: number;
  grammars: string;
  seed: number;
  keep: Keep;
  /** Raised by every write, also by one that leaves the tree as it is: how an update sees that it was overtaken. */
  generation: number;
  revision: string;
  files: number;
  indexedFiles: number;
  chunks: number;
  length: number;
  hypervector: Int32Array;
  digest: bigint;
}

/** What a file is to this program: nothing yet, readable, or to be built again (`reason` says why). */
export type Standing = { is: "empty" } | { is: "current"; head: Head } | { is: "older"; reason: string };

/**
 * Looks at the head, in whatever transaction is open. Errors: `engram-corrupt`, `engram-newer`.
 * @param wanted what the rows must have been made with
 */
export function readStanding(db: Connection, file: string, wanted: { seed: number; grammars: string }): Standing {
  const found = Number(pragma(db, "user_version"));
  const id = pragma(db, "application_id");
  if (tableNames(db).length === 0 && found === 0 && id === 0) return { is: "empty" };
  if (id !== applicationId) throw engramCorrupt(file, "it is not an engram");
  if (found > formatVersion) throw engramNewer(file, `format ${found}, this program reads ${formatVersion}`);
  if (found < formatVersion) return { is: "older", reason: `its format is ${found}, this program's ${formatVersion}` };
  const head = readHead(db, file);
  if (head.encoderVersion > encoderVersion) {
    throw engramNewer(file, `encoder ${head.encoderVersion}, this program has ${encoderVersion}`);
  }
  if (head.encoderVersion < encoderVersion) {
    return { is: "older", reason: `its encoder is ${head.encoderVersion}, this program's ${encoderVersion}` };
  }
  if (head.grammars !== wanted.grammars) return { is: "older", reason: "it was made with other grammars" };
  if (head.seed !== wanted.seed) return { is: "older", reason: `its seed is ${head.seed}, not ${wanted.seed}` };
  return { is: "current", head };
}

/** Segments by id, each checked against its checksum. Errors: `engram-corrupt`. */
export function readSegments(db: Connection, file: string): StoredSegment[] {
  const ids = db.prepare("SELECT id FROM segments ORDER BY id").all([]) as { id: number }[];
  const marks = db.prepare("SELECT segment, crc, dead FROM tombstones").all([]) as TombstoneRecord[];
  const deadOf = new Map(marks.map((mark) => [mark.segment, mark]));
  // One by one: a result of all images at once would hold every one of them twice.
  const select = db.prepare("SELECT crc, image FROM segments WHERE id = ?");
  const segments = ids.map(({ id }) => {
    const [record] = select.all([id]) as SegmentRecord[];
    const image = new Uint8Array(record?.image ?? new ArrayBuffer(0));
    if (crc32(image) !== record?.crc) throw engramCorrupt(file, `the checksum of segment ${id} does not match`);
    const { files } = unpack(file, `segment ${id}`, () => viewSegment(image));
    return { id, image, dead: readDead(file, id, Math.ceil(files / 8), deadOf.get(id)) };
  });
  if (marks.some(({ segment }) => !ids.some(({ id }) => id === segment))) {
    throw engramCorrupt(file, "a segment is missing");
  }
  return segments;
}

/** The full row of a file. Errors: `engram-corrupt` where it is missing or is not what was written. */
export function readRow(db: Connection, file: string, path: string): FileRow {
  const [record] = db.prepare(`SELECT ${fileColumns} FROM files WHERE path = ?`).all([path]) as FileRecord[];
  if (record === undefined) throw engramCorrupt(file, `the row of ${path} is missing`);
  const row = unpack(file, `the row of ${path}`, () => toRow(record));
  if (!isSound(record, row)) throw engramCorrupt(file, `the checksum of the row of ${path} does not match`);
  return row;
}

/** All paths that have a row, in order. */
export function readPaths(db: Connection): string[] {
  return (db.prepare("SELECT path FROM files ORDER BY path").all([]) as FileRecord[]).map(({ path }) => path);
}

/**
 * The bytes of a blob; null where the engram has decided against keeping them.
 * Errors: `engram-corrupt` where they should be there and are not, or do not unpack.
 */
export function readContent(db: Connection, file: string, oid: string): Buffer | null {
  const [record] = db.prepare("SELECT size, deflated FROM contents WHERE oid = ?").all([oid]) as ContentRecord[];
  if (record === undefined) throw engramCorrupt(file, `the bytes of ${oid} are missing`);
  const { size, deflated } = record;
  return deflated === null ? null : unpack(file, `what is kept of ${oid}`, () => inflate(deflated, size));
}

/** In how many chunks each token stands, as stored. */
export function readCounters(db: Connection): Map<number, number> {
  const records = db.prepare("SELECT token, frequency FROM counters").all([]) as { token: number; frequency: number }[];
  return new Map(records.map(({ token, frequency }) => [token, frequency]));
}

/** Writes the head in place of the one before. Inside of a transaction. */
export function writeHead(db: Connection, head: Head): void {
  const { buffer, byteOffset, byteLength } = head.hypervector;
  db.exec("DELETE FROM engram");
  db.prepare("INSERT INTO engram VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run([
    head.encoderVersion,
    head.grammars,
    head.seed,
    head.keep,
    head.generation,
    head.revision,
    head.files,
    head.indexedFiles,
    head.chunks,
    head.length,
    Buffer.from(buffer, byteOffset, byteLength),
    head.digest.toString(16),
    headChecksum(head),
  ]);
}

export const fileColumns = "path, mode, oid, skipped, columns, digest";

interface FileRecord {
  path: string;
  mode: string;
  oid: string;
  skipped: SkipReason | null;
  columns: ArrayBuffer;
  digest: ArrayBuffer;
}

interface SegmentRecord {
  crc: number;
  image: ArrayBuffer;
}

interface TombstoneRecord {
  segment: number;
  crc: number;
  dead: ArrayBuffer;
}

interface ContentRecord {
  size: number;
  deflated: ArrayBuffer | null;
}

interface HeadRecord extends Record<string, unknown> {
  hypervector: ArrayBuffer;
  digest: string;
  crc: number;
}

function readHead(db: Connection, file: string): Head {
  const [record, ...others] = db.prepare("SELECT * FROM engram").all([]) as HeadRecord[];
  if (record === undefined || others.length > 0) throw engramCorrupt(file, "it has no head");
  const isWhole = record.hypervector.byteLength === 4 * defaultDimensions && /^[0-9a-f]{1,16}$/.test(record.digest);
  const head: Head = {
    encoderVersion: record["encoder_version"] as number,
    grammars: record["grammars"] as string,
    seed: record["seed"] as number,
    keep: record["keep"] as Keep,
    generation: record["generation"] as number,
    revision: record["revision"] as string,
    files: record["files"] as number,
    indexedFiles: record["indexed_files"] as number,
    chunks: record["chunks"] as number,
    length: record["length"] as number,
    hypervector: isWhole ? new Int32Array(record.hypervector) : new Int32Array(0),
    digest: isWhole ? BigInt(`0x${record.digest}`) : 0n,
  };
  if (!isWhole || headChecksum(head) !== record.crc)
    throw engramCorrupt(file, "the checksum of its head does not match");
  return head;
}

function headChecksum({ hypervector, digest, ...rest }: Head): number {
  const { buffer, byteOffset, byteLength } = hypervector;
  const text = JSON.stringify([...Object.values(rest), digest.toString(16)]);
  return crc32(new Uint8Array(buffer, byteOffset, byteLength), crc32(text));
}

function readDead(file: string, id: number, bytes: number, mark: TombstoneRecord | undefined): Uint8Array {
  if (mark === undefined) return new Uint8Array(bytes);
  const dead = new Uint8Array(mark.dead);
  if (dead.length === bytes && crc32(dead) === mark.crc) return dead;
  throw engramCorrupt(file, `the marks of segment ${id} do not match their checksum`);
}

function inflate(deflated: ArrayBuffer, size: number): Buffer {
  const data = inflateSync(Buffer.from(deflated), { maxOutputLength: Math.max(1, size) });
  if (data.length !== size) throw new RangeError("bytes are missing");
  return data;
}

function toRow({ path, mode, oid, skipped, columns }: FileRecord): FileRow {
  return { path, mode, oid, skipped, ...unpackColumns(columns) };
}

function isSound({ digest }: FileRecord, row: FileRow): boolean {
  return digest.byteLength === 8 && Buffer.from(digest).readBigUInt64LE() === rowDigest(row);
}
