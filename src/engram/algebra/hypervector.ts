import { magnitudeOf, pathRelativeLength, usualLength } from "../bm25.ts";
import { chunkLength, type FileRow, roleStart, rowStart } from "../file-row.ts";
import { defaultDimensions, positionOf, type Role, roleShift, signOf } from "../token-space.ts";

/** Token ids with integer values, in any order. An id that comes twice counts for the sum of its values. */
export interface TokenValues {
  tokens: ArrayLike<number>;
  values: ArrayLike<number>;
}

/** Balanced-ternary digits of values from -4 to 4: value = ones + 3 · threes, each digit -1, 0 or 1. */
export interface TernaryPlanes {
  ones: Int8Array;
  threes: Int8Array;
}

/**
 * Adds `times` times the fold of a token vector to `sum`: dimension = position mod D, with the token's sign, which takes no
 * part in the position. One signed position for each token is feature hashing (Weinberger et al., ICML 2009), a count
 * sketch with one row (Charikar, Chen, Farach-Colton 2002): inner products keep their expectation, and the error of a
 * cosine has a standard deviation of about 1/√D. Linear, so fold(a) + fold(b) = fold(a + b) and a sum of folds can be
 * taken back exactly. Members of a sum of N can be told apart to about N = D/50 (Frady, Kleyko, Sommer 2018).
 */
export function foldInto(sum: Int32Array, { tokens, values }: TokenValues, times = 1): void {
  const dimensions = sum.length;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as number;
    const at = positionOf(token) % dimensions;
    sum[at] = (sum[at] as number) + times * signOf(token) * (values[i] as number);
  }
}

/** The fold of one vector. @param dimensions one of `foldDimensions` where it is to be bound */
export function fold(vector: TokenValues, dimensions: number = defaultDimensions): Int32Array {
  const folded = new Int32Array(dimensions);
  foldInto(folded, vector);
  return folded;
}

/**
 * Binds a folded vector to a role: dimensions rotate by the role's shift modulo D. Equals the fold of the bound token
 * vector where D divides the number of positions, as all of `foldDimensions` do (permutation as binding: Gayler 1998;
 * Plate 2003, §3.6.7; Kanerva 2009).
 */
export function bindFolded(vector: Int32Array, role: Role, seed: number): Int32Array {
  return rotate(vector, roleShift(role, seed) % vector.length);
}

/** The exact inverse of `bindFolded`. */
export function unbindFolded(vector: Int32Array, role: Role, seed: number): Int32Array {
  return rotate(vector, vector.length - (roleShift(role, seed) % vector.length));
}

/** Sum of vectors of one length, in integer accumulators: nothing is clipped, so everything can be taken back. */
export function bundle(vectors: readonly Int32Array[], dimensions: number = defaultDimensions): Int32Array {
  const sum = new Int32Array(vectors[0]?.length ?? dimensions);
  for (const vector of vectors) {
    if (vector.length !== sum.length) throw new RangeError("vectors of different dimensions cannot be added");
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (vector[i] as number);
  }
  return sum;
}

/** Exact while the product is below 2^53. */
export function dotProduct(a: Int32Array, b: Int32Array): number {
  if (a.length !== b.length) throw new RangeError("vectors of different dimensions cannot be compared");
  let product = 0;
  for (let i = 0; i < a.length; i++) product += (a[i] as number) * (b[i] as number);
  return product;
}

/** Cosine, from −1 to 1; 0 where either vector is zero. */
export function similarity(a: Int32Array, b: Int32Array): number {
  const length = Math.sqrt(dotProduct(a, a) * dotProduct(b, b));
  return length === 0 ? 0 : dotProduct(a, b) / length;
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

/**
 * Inner product from the planes alone: o·o′ + 3 (o·t′ + t·o′) + 9 t·t′, four products of ternary digits. Equals
 * `dotProduct` of the vectors that the planes hold.
 */
export function dotPlanes(a: TernaryPlanes, b: TernaryPlanes): number {
  let [ones, mixed, threes] = [0, 0, 0];
  for (let i = 0; i < a.ones.length; i++) {
    const [o, t] = [a.ones[i] as number, a.threes[i] as number];
    const [otherO, otherT] = [b.ones[i] as number, b.threes[i] as number];
    ones += o * otherO;
    mixed += o * otherT + t * otherO;
    threes += t * otherT;
  }
  return ones + 3 * mixed + 9 * threes;
}

/** A chunk in the token space: each token of text, roles and path with its BM25 saturation in four levels. */
export function chunkVector(row: FileRow, chunk: number): { tokens: Uint32Array; values: Int32Array } {
  const start = rowStart(row, chunk);
  const roles = roleStart(row, chunk);
  const text = row.tokens.subarray(start, row.rowEnds[chunk]);
  const bound = row.roleTokens.subarray(roles, row.roleEnds[chunk]);
  const relativeLength = chunkLength(row, chunk) / usualLength;
  const tokens = new Uint32Array(text.length + bound.length + row.pathTokens.length);
  const values = new Int32Array(tokens.length);
  let end = 0;
  const append = (block: Uint32Array, counts: Uint8Array, from: number, length: number): void => {
    for (let i = 0; i < block.length; i++) {
      tokens[end] = block[i] as number;
      values[end++] = magnitudeOf(counts[from + i] as number, length);
    }
  };
  append(text, row.counts, start, relativeLength);
  append(bound, row.roleCounts, roles, pathRelativeLength);
  append(row.pathTokens, row.pathCounts, 0, pathRelativeLength);
  return { tokens, values };
}

/** Adds (or, with -1, takes back) all chunks of these rows. */
export function accumulateRows(sum: Int32Array, rows: Iterable<FileRow>, times: 1 | -1): void {
  for (const row of rows) {
    for (let chunk = 0; chunk < row.rowEnds.length; chunk++) foldInto(sum, chunkVector(row, chunk), times);
  }
}

/** result[(i + shift) mod D] = vector[i]. @param shift 0 to D */
function rotate(vector: Int32Array, shift: number): Int32Array {
  const rotated = new Int32Array(vector.length);
  rotated.set(vector.subarray(0, vector.length - shift), shift);
  rotated.set(vector.subarray(vector.length - shift), 0);
  return rotated;
}
