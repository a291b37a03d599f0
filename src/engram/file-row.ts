import { createHash } from "node:crypto";
import type { SkipReason } from "./classify.ts";

/**
 * What an engram keeps of one file. The numbers are columns over the file's chunks and over the tokens of all its
 * chunks; path tokens are the same for every chunk and stand once, in a block of their own (other hashes than the same
 * words in the text have), so that a search may leave them out.
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
  /** Token hashes, ascending within a chunk. */
  tokens: Uint32Array;
  /** How often the token stands in the chunk; 255 means "or more". */
  counts: Uint8Array;
  pathTokens: Uint32Array;
  /** Already multiplied by the weight of a path token. */
  pathCounts: Uint8Array;
}

/** First entry of chunk i's forward row. */
export function rowStart(row: FileRow, chunk: number): number {
  return chunk === 0 ? 0 : (row.rowEnds[chunk - 1] as number);
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
    pathTokens: none,
    pathCounts: nothing,
  };
}

/** The columns as bytes, little-endian: three lengths (chunks, tokens, path tokens), then the columns as listed above. */
export function packColumns(row: FileRow): Uint8Array {
  const lengths = Uint32Array.of(row.rowEnds.length, row.tokens.length, row.pathTokens.length);
  const columns = [
    lengths,
    row.startLines,
    row.endLines,
    row.rowEnds,
    row.tokens,
    row.pathTokens,
    row.counts,
    row.pathCounts,
  ];
  return Buffer.concat(columns.map((column) => new Uint8Array(column.buffer, column.byteOffset, column.byteLength)));
}

/** The inverse of `packColumns`. Throws RangeError where the bytes cannot be such columns. */
export function unpackColumns(bytes: ArrayBuffer): Omit<FileRow, "path" | "mode" | "oid" | "skipped"> {
  const [chunks = 0, tokens = 0, pathTokens = 0] = new Uint32Array(bytes, 0, 3);
  let at = 12;
  const column = <T>(
    type: new (buffer: ArrayBuffer, offset: number, length: number) => T,
    size: 1 | 4,
    count: number,
  ) => {
    const start = at;
    at += size * count;
    return new type(bytes, start, count);
  };
  const columns = {
    startLines: column(Uint32Array, 4, chunks),
    endLines: column(Uint32Array, 4, chunks),
    rowEnds: column(Uint32Array, 4, chunks),
    tokens: column(Uint32Array, 4, tokens),
    pathTokens: column(Uint32Array, 4, pathTokens),
    counts: column(Uint8Array, 1, tokens),
    pathCounts: column(Uint8Array, 1, pathTokens),
  };
  if (at !== bytes.byteLength || (columns.rowEnds.at(-1) ?? 0) !== tokens) throw new RangeError("columns do not fit");
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
