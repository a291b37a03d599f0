import { limits } from "../../shared/limits.ts";
import { type Cursor, readBytes, readList, readNumber, readVariant } from "./cursor.ts";
import { compressedOriginal, foreignOriginal, ownEngram } from "./original-errors.ts";

/** Dimensions of the original's vectors: a constant of its programs. */
export const dimensions = 10_000;

/** Positions of +1 and of −1, each ascending. */
export interface TernaryVector {
  plus: Uint16Array;
  minus: Uint16Array;
}

/** What turns the bytes that a vector decodes to into those that were meant. */
export interface Correction {
  kind: "none" | "bit-flips" | "trit-flips" | "block-replace" | "verbatim";
  /** Bytes to put in place; for bit-flips records of 9 bytes, a position (64 bits, little-endian) and a mask. */
  body: Buffer;
  /** Where `body` begins in the chunk; for block-replace alone. */
  offset: number;
  /** The first 8 bytes of SHA-256 over the chunk's bytes. */
  hash: Buffer;
}

/** An engram of the original program, read where it stands: chunks are taken from the file's bytes one by one. */
export interface OriginalEngram {
  /** Chunks are numbered from 0. */
  readonly chunks: number;
  /** Bytes of all files that went in, those removed later included. */
  readonly originalBytes: number;
  /** Bytes of the engram itself. */
  readonly fileBytes: number;
  vector(chunk: number): TernaryVector;
  /** Null where nothing is stored that the chunk could be checked with. */
  correction(chunk: number): Correction | null;
}

/**
 * Reads the layout of Embeddenator's engrams: its structures one after another as bincode 1.3 writes them (fixed widths,
 * little-endian, 64-bit lengths), with or without the envelope `EDN1`. Everything is checked once, here; memory beside
 * `data` is 8 bytes a chunk.
 *
 *     root vector | n × (chunk, vector) | n × (chunk, correction) | correction bytes | original bytes | perfect | corrected
 *
 * A vector is two lists of 64-bit positions, a correction its chunk, kind, body, hash and a parity.
 * Errors: AssistantError `original-foreign`, `original-compressed`, `not-original`.
 * @param file for errors
 */
export function parseOriginalEngram(data: Buffer, file: string): OriginalEngram {
  if (data.subarray(0, 16).equals(Buffer.from("SQLite format 3\0"))) throw ownEngram(file);
  try {
    return parse({ data: openEnvelope(data, file), at: 0 });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw foreignOriginal(file, error.message, error);
  }
}

function parse(cursor: Cursor): OriginalEngram {
  checkVector(cursor);
  const vectors = readTable(cursor, Infinity, checkVector);
  const corrections = readTable(cursor, vectors.length, (at, chunk) => void readCorrection(at, chunk));
  readNumber(cursor); // bytes of all corrections, which nothing depends on
  const originalBytes = readNumber(cursor);
  const corrected = readNumber(cursor) + readNumber(cursor);
  const present = corrections.reduce((count, at) => count + (at === 0 ? 0 : 1), 0);
  if (corrected !== present) throw new RangeError(`it counts ${corrected} corrections and holds ${present}`);
  const { data } = cursor;
  if (cursor.at !== data.length) throw new RangeError(`${data.length - cursor.at} bytes follow its end`);
  return {
    chunks: vectors.length,
    originalBytes,
    fileBytes: data.length,
    vector: (chunk) => readVector({ data, at: vectors[chunk] as number }),
    correction(chunk) {
      const at = corrections[chunk] as number;
      return at === 0 ? null : readCorrection({ data, at }, chunk);
    },
  };
}

/**
 * Where the entry of each chunk begins, behind its number; 0 where there is none. The original numbers chunks from 0 without
 * gaps and writes them in any order.
 * @param most chunks that there can be; Infinity where the table itself says how many there are
 */
function readTable(cursor: Cursor, most: number, checkEntry: (cursor: Cursor, chunk: number) => void): Uint32Array {
  const count = readNumber(cursor);
  if (count > Math.min(most, (cursor.data.length - cursor.at) / leastEntryBytes)) {
    throw new RangeError(`the table at byte ${cursor.at - 8} claims ${count} chunks, more than there can be`);
  }
  const places = new Uint32Array(most === Infinity ? count : most);
  for (let i = 0; i < count; i++) {
    const chunk = readNumber(cursor);
    if (places[chunk] !== 0) throw new RangeError(`chunk ${chunk} at byte ${cursor.at - 8} is unknown or there twice`);
    places[chunk] = cursor.at;
    checkEntry(cursor, chunk);
  }
  return places;
}

/** A number and the two lengths of an empty vector; corrections are larger. */
const leastEntryBytes = 24;

function checkVector(cursor: Cursor): void {
  for (let half = 0; half < 2; half++) {
    const positions = readList(cursor, 8);
    let before = -1;
    for (let at = 0; at < positions.length; at += 8) {
      const position = positions.readUInt32LE(at);
      if (positions.readUInt32LE(at + 4) !== 0 || position >= dimensions || position <= before) {
        throw new RangeError(`the vector before byte ${cursor.at} holds what is no ascending position`);
      }
      before = position;
    }
  }
}

function readVector(cursor: Cursor): TernaryVector {
  return { plus: readPositions(cursor), minus: readPositions(cursor) };
}

function readPositions(cursor: Cursor): Uint16Array {
  const positions = readList(cursor, 8);
  return Uint16Array.from({ length: positions.length / 8 }, (_, i) => positions.readUInt16LE(8 * i));
}

const kinds = ["none", "bit-flips", "trit-flips", "block-replace", "verbatim"] as const;
const bodyItemBytes = { none: 0, "bit-flips": 9, "trit-flips": 16, "block-replace": 1, verbatim: 1 };

function readCorrection(cursor: Cursor, chunk: number): Correction {
  const named = readNumber(cursor);
  if (named !== chunk) throw new RangeError(`the correction of chunk ${chunk} says that it is of chunk ${named}`);
  const kind = kinds[readVariant(cursor, kinds.length)] as Correction["kind"];
  const offset = kind === "block-replace" ? readNumber(cursor) : 0;
  const body = kind === "none" ? Buffer.alloc(0) : readList(cursor, bodyItemBytes[kind]);
  if (kind !== "trit-flips" && body.length / bodyItemBytes[kind] > limits.originalChunkBytes) {
    throw new RangeError(`the correction of chunk ${chunk} is longer than any chunk`);
  }
  const hash = readBytes(cursor, 8);
  readVariant(cursor, 3); // a parity, weaker than the hash
  return { kind, body, offset, hash };
}

/** Magic, kind (1: engram), codec (0: none, 1: zstd, 2: lz4), 16 bits of nothing, 64 bits of unpacked length, payload. */
function openEnvelope(data: Buffer, file: string): Buffer {
  if (!data.subarray(0, 4).equals(Buffer.from("EDN1"))) return data;
  const cursor = { data, at: 4 };
  const [kind, codec] = readBytes(cursor, 4);
  if (kind !== 1)
    throw new RangeError(`its envelope holds something else (kind ${kind}), for example a part of an engram`);
  if (codec !== 0) throw compressedOriginal(file, codec === 1 ? "zstd" : codec === 2 ? "lz4" : `codec ${codec}`);
  const length = readNumber(cursor);
  const payload = data.subarray(cursor.at);
  if (payload.length !== length)
    throw new RangeError(`its envelope promises ${length} bytes and has ${payload.length}`);
  return payload;
}
