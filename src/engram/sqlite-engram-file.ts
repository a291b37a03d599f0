import { inflateSync } from "node:zlib";
import { limits } from "../shared/limits.ts";
import { blobId } from "./blob-id.ts";
import { type Checksum, checksum, isChecksum } from "./checksum.ts";
import type { SkipReason } from "./classify.ts";
import { engramCorrupt, engramNewer, unpack } from "./engram-errors.ts";
import { type FileRow, packColumns, rowDigest, unpackColumns } from "./file-row.ts";
import { viewSegment } from "./kernel/segment-image.ts";
import type { Lens } from "./lens.ts";
import { listFiles, type StoredSegment } from "./segments.ts";
import { applicationId, type Connection, hasOurTables, pragma, tableNames, textOf } from "./sqlite-schema.ts";
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
  if (!hasOurTables(db)) throw engramCorrupt(file, "its tables are not as they were made");
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
    const image = unpack(file, `segment ${id}`, () => new Uint8Array(asBytes(record?.image)));
    if (!isChecksum(record?.crc, checksum(db.lens, `segment ${id}`, image)))
      throw engramCorrupt(file, `the checksum of segment ${id} does not match`);
    const { files } = unpack(file, `segment ${id}`, () => viewSegment(image));
    return { id, image, dead: readDead(db, file, id, Math.ceil(files / 8), deadOf.get(id)) };
  });
  if (marks.some(({ segment }) => !ids.some(({ id }) => id === segment))) {
    throw engramCorrupt(file, "a segment is missing");
  }
  return segments;
}

/** The full row of a file. Errors: `engram-corrupt` where it is missing or is not what was written. */
export function readRow(db: Connection, file: string, path: string): FileRow {
  const [record] = db.prepare(selectRow).all([path]) as FileRecord[];
  if (record === undefined) throw engramCorrupt(file, `the row of ${path} is missing`);
  const row = unpack(file, `the row of ${path}`, () => toRow(record));
  if (!isSound(db, record, row)) throw engramCorrupt(file, `the checksum of the row of ${path} does not match`);
  return row;
}

/** What stands beside a row: its digest, or in a keyed engram an HMAC of all that the digest covers. */
export function rowChecksum(lens: Lens | undefined, row: FileRow): Buffer {
  const { path, mode, oid, skipped } = row;
  if (lens !== undefined) {
    return lens.mac("row", [Buffer.from(JSON.stringify([path, mode, oid, skipped])), packColumns(row)]);
  }
  const digest = Buffer.alloc(8);
  digest.writeBigUInt64LE(rowDigest(row));
  return digest;
}

/**
 * Reads the rows of the files that segments list. In a keyed engram a row has to be of the bytes that they name: an older
 * row has a checksum too, and whoever kept an older copy of the file can put it back.
 */
export function rowReader(db: Connection, file: string, segments: readonly StoredSegment[]): (path: string) => FileRow {
  if (db.lens === undefined) return (path) => readRow(db, file, path);
  let listed: ReturnType<typeof listFiles> | undefined;
  return (path) => {
    const row = readRow(db, file, path);
    listed ??= listFiles(segments);
    const wanted = listed.get(path);
    if (wanted?.oid === row.oid && wanted.mode === row.mode && wanted.skipped === row.skipped) return row;
    throw engramCorrupt(file, `the row of ${path} is not of this state`);
  };
}

/** All paths that have a row, in order. */
export function readPaths(db: Connection): string[] {
  const records = db
    .prepare("SELECT CAST(path AS BLOB) AS path FROM files ORDER BY files.path")
    .all([]) as FileRecord[];
  return records.map(({ path }) => textOf(path));
}

/** All ids that something is kept of, in order. */
export function readContentIds(db: Connection): string[] {
  const records = db
    .prepare("SELECT CAST(oid AS BLOB) AS oid FROM contents ORDER BY contents.oid")
    .all([]) as FileRecord[];
  return records.map(({ oid }) => textOf(oid));
}

/**
 * The bytes of a blob; null where the engram has decided against keeping them. In a keyed engram they are compared with the
 * id, which the segments vouch for.
 * Errors: `engram-corrupt` where they should be there and are not, or do not unpack.
 */
export function readContent(db: Connection, file: string, oid: string): Buffer | null {
  const [record] = db.prepare("SELECT size, deflated FROM contents WHERE oid = ?").all([oid]) as ContentRecord[];
  if (record === undefined) throw engramCorrupt(file, `the bytes of ${oid} are missing`);
  const { size, deflated } = record;
  const data =
    deflated === null ? null : unpack(file, `what is kept of ${oid}`, () => inflate(asBytes(deflated), size));
  if (db.lens === undefined) return data;
  const isKept = data === null ? Number(size) > limits.storedFileBytes : blobId(data, oid.length) === oid;
  if (!isKept) throw engramCorrupt(file, `what is kept of ${oid} is something else`);
  return data;
}

/** In how many chunks each token stands, as stored. */
export function readCounters(db: Connection): Map<number, number> {
  const records = db.prepare("SELECT token, frequency FROM counters").all([]) as { token: number; frequency: number }[];
  return new Map(records.map(({ token, frequency }) => [token, frequency]));
}

/** Writes the head in place of the one before. Inside of a transaction, after everything else. */
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
    headChecksum(db, head),
  ]);
}

const selectRow = `
  SELECT CAST(path AS BLOB) AS path, CAST(mode AS BLOB) AS mode, CAST(oid AS BLOB) AS oid,
    CAST(skipped AS BLOB) AS skipped, columns, digest
  FROM files WHERE files.path = ?`;

const selectHead = `
  SELECT encoder_version, CAST(grammars AS BLOB) AS grammars, seed, CAST(keep AS BLOB) AS keep, generation,
    CAST(revision AS BLOB) AS revision, files, indexed_files, chunks, length, hypervector, CAST(digest AS BLOB) AS digest,
    crc
  FROM engram`;

// What a damaged file gives is of any type: nothing is taken for what it should be before a checksum says so.

interface FileRecord {
  path: unknown;
  mode: unknown;
  oid: unknown;
  skipped: unknown;
  columns: unknown;
  digest: unknown;
}

interface SegmentRecord {
  crc: unknown;
  image: unknown;
}

interface TombstoneRecord {
  segment: number;
  crc: unknown;
  dead: unknown;
}

interface ContentRecord {
  size: unknown;
  deflated: unknown;
}

function readHead(db: Connection, file: string): Head {
  const [record, ...others] = db.prepare(selectHead).all([]) as Record<string, unknown>[];
  if (record === undefined || others.length > 0) throw engramCorrupt(file, "it has no head");
  const digest = textOf(record["digest"]);
  const head: Head = {
    encoderVersion: Number(record["encoder_version"]),
    grammars: textOf(record["grammars"]),
    seed: Number(record["seed"]),
    keep: textOf(record["keep"]) as Keep,
    generation: Number(record["generation"]),
    revision: textOf(record["revision"]),
    files: Number(record["files"]),
    indexedFiles: Number(record["indexed_files"]),
    chunks: Number(record["chunks"]),
    length: Number(record["length"]),
    hypervector: unpack(file, "its hypervector", () => new Int32Array(asBytes(record["hypervector"]))),
    digest: /^[0-9a-f]{1,16}$/.test(digest) ? BigInt(`0x${digest}`) : 0n,
  };
  if (!isChecksum(record["crc"], headChecksum(db, head)) || head.hypervector.length !== defaultDimensions) {
    throw engramCorrupt(file, "the checksum of its head does not match");
  }
  return head;
}

/** In a keyed engram it also covers which segments and marks there are, so that none can be put back or left out. */
function headChecksum(db: Connection, { hypervector, digest, ...rest }: Head): Checksum {
  const { buffer, byteOffset, byteLength } = hypervector;
  const text = JSON.stringify([...Object.values(rest), digest.toString(16)]);
  const parts = [Buffer.from(text), new Uint8Array(buffer, byteOffset, byteLength)];
  if (db.lens !== undefined) parts.push(...listChecksums(db));
  return checksum(db.lens, "head", ...parts);
}

function listChecksums(db: Connection): Buffer[] {
  const listed = [
    "SELECT id, crc FROM segments ORDER BY id",
    "SELECT segment AS id, crc FROM tombstones ORDER BY segment",
  ];
  return listed.map((select) => {
    const rows = db.prepare(select).all([]) as { id: unknown; crc: unknown }[];
    return Buffer.from(rows.map(({ id, crc }) => `${String(id)} ${hexOf(crc)}\n`).join(""));
  });
}

function hexOf(value: unknown): string {
  return value instanceof ArrayBuffer ? Buffer.from(value).toString("hex") : "";
}

function readDead(
  db: Connection,
  file: string,
  id: number,
  bytes: number,
  mark: TombstoneRecord | undefined,
): Uint8Array {
  if (mark === undefined) return new Uint8Array(bytes);
  const dead = unpack(file, `the marks of segment ${id}`, () => new Uint8Array(asBytes(mark.dead)));
  if (dead.length === bytes && isChecksum(mark.crc, checksum(db.lens, `marks ${id}`, dead))) return dead;
  throw engramCorrupt(file, `the marks of segment ${id} do not match their checksum`);
}

function inflate(deflated: ArrayBuffer, size: unknown): Buffer {
  if (typeof size !== "number" || size < 0 || size > limits.storedFileBytes) throw new RangeError("not a size");
  const data = inflateSync(Buffer.from(deflated), { maxOutputLength: Math.max(1, size) });
  if (data.length !== size) throw new RangeError("bytes are missing");
  return data;
}

function toRow({ path, mode, oid, skipped, columns }: FileRecord): FileRow {
  return {
    path: textOf(path),
    mode: textOf(mode),
    oid: textOf(oid),
    skipped: skipped === null ? null : (textOf(skipped) as SkipReason),
    ...unpackColumns(asBytes(columns)),
  };
}

/** In a damaged file a column may hold anything. Errors: RangeError. */
function asBytes(value: unknown): ArrayBuffer {
  if (value instanceof ArrayBuffer) return value;
  throw new RangeError("no bytes");
}

function isSound({ lens }: Connection, { digest }: FileRecord, row: FileRow): boolean {
  return digest instanceof ArrayBuffer && Buffer.from(digest).equals(rowChecksum(lens, row));
}
