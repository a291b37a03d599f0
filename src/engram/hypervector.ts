import { magnitudeOf, pathRelativeLength, usualLength } from "./bm25.ts";
import { chunkLength, type FileRow, rowStart } from "./file-row.ts";

/** Dimensions of a hypervector unless a caller asks for others. */
export const defaultDimensions = 65_536;

/** Token hashes and their integer values: a vector of the token space, which has 2^32 dimensions. */
export interface TokenVector {
  tokens: ArrayLike<number>;
  values: ArrayLike<number>;
}

/** Balanced-ternary digits of values from -4 to 4: value = ones + 3 · threes, each digit -1, 0 or 1. */
export interface TernaryPlanes {
  ones: Int8Array;
  threes: Int8Array;
}

/**
 * Adds `times` times the fold of a token vector to `sum`: position = hash mod dimensions, sign by the hash's highest
 * bit, which takes no part in the position. Linear in the vector, so fold(a) + fold(b) = fold(a + b) and a sum of folds
 * can be taken back exactly. (Feature hashing: Weinberger et al., ICML 2009.)
 */
export function foldInto(sum: Int32Array, vector: TokenVector, times = 1): void {
  for (let i = 0; i < vector.tokens.length; i++) {
    const token = vector.tokens[i] as number;
    const position = (token & 0x7fffffff) % sum.length;
    const sign = token >>> 31 === 0 ? 1 : -1;
    sum[position] = (sum[position] as number) + times * sign * (vector.values[i] as number);
  }
}

/** A chunk in the token space: per token of text and path its BM25 saturation in four levels. */
export function chunkVector(row: FileRow, chunk: number): TokenVector {
  const start = rowStart(row, chunk);
  const end = row.rowEnds[chunk] as number;
  const relativeLength = chunkLength(row, chunk) / usualLength;
  const values = [...row.counts.subarray(start, end)].map((count) => magnitudeOf(count, relativeLength));
  const pathValues = [...row.pathCounts].map((count) => magnitudeOf(count, pathRelativeLength));
  return { tokens: [...row.tokens.subarray(start, end), ...row.pathTokens], values: [...values, ...pathValues] };
}

/** Adds (or, with -1, takes back) all chunks of these rows. */
export function accumulateRows(sum: Int32Array, rows: Iterable<FileRow>, times: 1 | -1): void {
  for (const row of rows) {
    for (let chunk = 0; chunk < row.rowEnds.length; chunk++) foldInto(sum, chunkVector(row, chunk), times);
  }
}

/** Splits a vector into its two ternary planes. Values beyond ±4 (tokens that met at one position) are clamped. */
export function toPlanes(vector: Int32Array): TernaryPlanes {
  const ones = new Int8Array(vector.length);
  const threes = new Int8Array(vector.length);
  for (let i = 0; i < vector.length; i++) {
    const value = Math.min(4, Math.max(-4, vector[i] as number));
    threes[i] = Math.round(value / 3);
    ones[i] = value - 3 * (threes[i] as number);
  }
  return { ones, threes };
}

export function fromPlanes({ ones, threes }: TernaryPlanes): Int32Array {
  return Int32Array.from(ones, (digit, i) => digit + 3 * (threes[i] as number));
}
