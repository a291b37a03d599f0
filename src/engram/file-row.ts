/** TYPE FILE of the engram stage: what an engram keeps of one file. */
import { createHash } from "node:crypto";
import type { SkipReason } from "./classify.ts";

/**
 * A file as columns over its chunks and over the tokens of all its chunks. Token ids of the three blocks differ (roles and
 * paths are bound, token-space.ts), so a search says by its ids alone which block it means.
 */
export interface FileRow {
  path: string;
  mode: string;
  oid: string;
  /** Why the file is listed without being indexed, or null. A skipped file has no chunks. */
  skipped: SkipReason | null;
  /** First and last line of each chunk, 1-based, inclusive. */
  startLines: Uint32Array;
  endLines: Uint32Array;
  /** The forward row of chunk i ends before entry rowEnds[i] of `tokens` and `counts`. */
  rowEnds: Uint32Array;
  /** Tokens of the text, ascending within a chunk. */
  tokens: Uint32Array;
  /** How often the token stands in the chunk; 255 means "or more". */
  counts: Uint8Array;
  /** The same for names bound to the roles defines, calls and imports. */
  roleEnds: Uint32Array;
  roleTokens: Uint32Array;
  roleCounts: Uint8Array;
  /** Tokens of the path, bound to the role path, ascending; they count for every chunk. */
  pathTokens: Uint32Array;
  /** Already multiplied by the weight of a path token. */
  pathCounts: Uint8Array;
}

/** First entry of chunk i's forward row. */
export function rowStart(row: FileRow, chunk: number): number {
  return chunk === 0 ? 0 : (row.rowEnds[chunk - 1] as number);
}

/** First entry of chunk i's role tokens. */
export function roleStart(row: FileRow, chunk: number): number {
  return chunk === 0 ? 0 : (row.roleEnds[chunk - 1] as number);
}

/** Number of tokens of a chunk's text, with repeats: BM25's document length. */
export function chunkLength(row: FileRow, chunk: number): number {
  let length = 0;
  const end = row.rowEnds[chunk] as number;
  for (let i = rowStart(row, chunk); i < end; i++) length += row.counts[i] as number;
  return length;
}

/** A row for a file that is listed only. */
export function emptyRow(path: string, mode: string, oid: string, skipped: SkipReason | null): FileRow {
  const none = new Uint32Array(0);
  const nothing = new Uint8Array(0);
  return {
    path,
    mode,
    oid,
    skipped,
    startLines: none,
    endLines: none,
    rowEnds: none,
    tokens: none,
    counts: nothing,
    roleEnds: none,
    roleTokens: none,
    roleCounts: nothing,
    pathTokens: none,
    pathCounts: nothing,
  };
}

/**
 * The columns as bytes, little-endian: four uint32 lengths (chunks, text tokens, role tokens, path tokens), then the columns
 * of four bytes, then those of one.
 */
export function packColumns(row: FileRow): Uint8Array {
  const lengths = Uint32Array.of(row.rowEnds.length, row.tokens.length, row.roleTokens.length, row.pathTokens.length);
  const columns = [
    lengths,
    row.startLines,
    row.endLines,
    row.rowEnds,
    row.roleEnds,
    row.tokens,
    row.roleTokens,
    row.pathTokens,
    row.counts,
    row.roleCounts,
    row.pathCounts,
  ];
  return Buffer.concat(columns.map((column) => new Uint8Array(column.buffer, column.byteOffset, column.byteLength)));
}

/** The inverse of `packColumns`. Throws RangeError where the bytes cannot be such columns. */
export function unpackColumns(bytes: ArrayBuffer): Omit<FileRow, "path" | "mode" | "oid" | "skipped"> {
  if (bytes.byteLength < 16) throw new RangeError("columns are cut");
  const [chunks = 0, tokens = 0, roleTokens = 0, pathTokens = 0] = new Uint32Array(bytes, 0, 4);
  let at = 16;
  const words = (count: number) => new Uint32Array(bytes, advance(4 * count), count);
  const octets = (count: number) => new Uint8Array(bytes, advance(count), count);
  const advance = (size: number) => {
    at += size;
    return at - size;
  };
  const columns = {
    startLines: words(chunks),
    endLines: words(chunks),
    rowEnds: words(chunks),
    roleEnds: words(chunks),
    tokens: words(tokens),
    roleTokens: words(roleTokens),
    pathTokens: words(pathTokens),
    counts: octets(tokens),
    roleCounts: octets(roleTokens),
    pathCounts: octets(pathTokens),
  };
  const fit = (columns.rowEnds.at(-1) ?? 0) === tokens && (columns.roleEnds.at(-1) ?? 0) === roleTokens;
  if (at !== bytes.byteLength || !fit) throw new RangeError("columns do not fit");
  return columns;
}

/**
 * 64 bits of SHA-256 over all of a row. Digests are added up (modulo 2^64) over the rows of an engram, so that the sum
 * follows an update at the cost of the change, and finds a row that was lost, doubled or altered.
 */
export function rowDigest(row: FileRow): bigint {
  const hash = createHash("sha256");
  hash.update([row.path, row.mode, row.oid, row.skipped ?? ""].join("\0") + "\0");
  return hash.update(packColumns(row)).digest().readBigUInt64LE();
}
