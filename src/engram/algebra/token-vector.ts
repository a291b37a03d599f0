import { type FileRow, roleStart, rowStart } from "../file-row.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { bindToken, type Role, roleShift, tokenPositions } from "../token-space.ts";

/**
 * A sparse integer vector of the token space: ids ascending and distinct, values int32 and never zero. Signed values are
 * ordinary: the difference of two texts is such a vector too.
 *
 * Sums are an abelian group. They are exact while every value stays within int32, which 2^31 / 255 chunks cannot leave.
 */
export interface IntegerVector {
  tokens: Uint32Array;
  values: Int32Array;
}

/** The blocks of a file row. Their ids differ, because roles and paths are bound. */
export type Block = "text" | "roles" | "path";

/** How two vectors are compared. */
export interface Metric {
  /** Weight of a token, for example its inverse document frequency. Default: 1 for every token. */
  weightOf?: (token: number) => number;
  /** Take sign(v) · √|v| for a value v: a token that is repeated says less each time. */
  squareRoots?: boolean;
}

export const zeroVector: IntegerVector = { tokens: new Uint32Array(0), values: new Int32Array(0) };

/** The vector with these values; ids may come in any order and repeat, zeros are dropped. */
export function vectorOf(tokens: ArrayLike<number>, values: ArrayLike<number>): IntegerVector {
  const entries = new Map<number, number>();
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as number;
    entries.set(token, (entries.get(token) ?? 0) + (values[i] as number));
  }
  return vectorOfMap(entries);
}

/** The same from a map of token to value. */
export function vectorOfMap(entries: ReadonlyMap<number, number>): IntegerVector {
  let size = 0;
  for (const value of entries.values()) if (value !== 0) size++;
  const tokens = new Uint32Array(size);
  let end = 0;
  for (const [token, value] of entries) if (value !== 0) tokens[end++] = token;
  tokens.sort();
  return { tokens, values: Int32Array.from(tokens, (token) => entries.get(token) as number) };
}

/** One chunk of a file: how often each token stands there. Path tokens count for every chunk of their file. */
export function chunkVectorOf(row: FileRow, chunk: number, blocks: readonly Block[]): IntegerVector {
  return addBlocks(row, chunk, chunk + 1, blocks);
}

/** All chunks of a file, added up. */
export function fileVector(row: FileRow, blocks: readonly Block[]): IntegerVector {
  return addBlocks(row, 0, row.rowEnds.length, blocks);
}

/** All chunks of these files, added up. */
export function rowsVector(rows: Iterable<FileRow>, blocks: readonly Block[]): IntegerVector {
  return sum(Array.from(rows, (row) => fileVector(row, blocks)));
}

/** Tokens of a text with their counts; a count above 255 is 255, as in a file row. */
export function textVector({ kernel, seed }: { kernel: Kernel; seed: number }, text: string): IntegerVector {
  if (text === "") return zeroVector;
  const lines = Uint32Array.of(0, text.split("\n").length - (text.endsWith("\n") ? 1 : 0));
  const { tokens, counts } = kernel.encodeText(Buffer.from(text), lines, seed, 0xffffffff);
  return { tokens, values: Int32Array.from(counts) };
}

/**
 * Bundle (superposition) of any number of vectors: their sum, in integer accumulators without clipping or normalising, so
 * that it is associative and commutative and every member can be taken back exactly (Gayler 1998, MAP; Kanerva 2009).
 */
export function sum(vectors: readonly IntegerVector[]): IntegerVector {
  if (vectors.length === 0) return zeroVector;
  let level = [...vectors];
  while (level.length > 1) {
    const next: IntegerVector[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [a, b] = [level[i] as IntegerVector, level[i + 1]];
      next.push(b === undefined ? a : merge(a, b, 1));
    }
    level = next;
  }
  return level[0] as IntegerVector;
}

/** a − b. */
export function difference(a: IntegerVector, b: IntegerVector): IntegerVector {
  return merge(a, b, -1);
}

/** @param factor integer */
export function scale(vector: IntegerVector, factor: number): IntegerVector {
  if (factor === 0) return zeroVector;
  return { tokens: vector.tokens, values: vector.values.map((value) => value * factor) };
}

export function negate(vector: IntegerVector): IntegerVector {
  return scale(vector, -1);
}

/** The part with positive values. */
export function positivePart(vector: IntegerVector): IntegerVector {
  return keepEntries(vector, (_, value) => value > 0);
}

/** Entries for which `keep` is true. */
export function keepEntries(vector: IntegerVector, keep: (token: number, value: number) => boolean): IntegerVector {
  const kept: number[] = [];
  for (let i = 0; i < vector.tokens.length; i++) {
    if (keep(vector.tokens[i] as number, vector.values[i] as number)) kept.push(i);
  }
  return {
    tokens: Uint32Array.from(kept, (i) => vector.tokens[i] as number),
    values: Int32Array.from(kept, (i) => vector.values[i] as number),
  };
}

/**
 * Binds every token to a role: positions rotate by the role's shift (`bindToken`). Binding by permutation is invertible,
 * keeps inner products and distributes over sums (Gayler 1998; Plate 2003, §3.6.7; Kanerva 2009).
 */
export function bind(vector: IntegerVector, role: Role, seed: number): IntegerVector {
  return shiftBy(vector, roleShift(role, seed));
}

/** The exact inverse of `bind`. */
export function unbind(vector: IntegerVector, role: Role, seed: number): IntegerVector {
  return shiftBy(vector, tokenPositions - roleShift(role, seed));
}

/** Rotates every position: binding to anything that has a shift of its own. @param shift 0 to `tokenPositions` */
export function shiftBy(vector: IntegerVector, shift: number): IntegerVector {
  const order = vector.tokens.map((token) => bindToken(token, shift));
  const valueOf = new Map<number, number>();
  for (let i = 0; i < order.length; i++) valueOf.set(order[i] as number, vector.values[i] as number);
  const tokens = order.sort();
  return { tokens, values: Int32Array.from(tokens, (token) => valueOf.get(token) as number) };
}

/** Σ f(a)·f(b)·weight², where f is the identity or the signed square root. */
export function innerProduct(a: IntegerVector, b: IntegerVector, metric: Metric = {}): number {
  let product = 0;
  for (let i = 0, j = 0; i < a.tokens.length && j < b.tokens.length;) {
    const [left, right] = [a.tokens[i] as number, b.tokens[j] as number];
    if (left === right) {
      const weight = metric.weightOf?.(left) ?? 1;
      product += weight * weight * measured(a.values[i] as number, metric) * measured(b.values[j] as number, metric);
    }
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return product;
}

export function norm(vector: IntegerVector, metric: Metric = {}): number {
  return Math.sqrt(innerProduct(vector, vector, metric));
}

/** From −1 to 1; 0 where either vector has no length. */
export function cosine(a: IntegerVector, b: IntegerVector, metric: Metric = {}): number {
  const length = norm(a, metric) * norm(b, metric);
  return length === 0 ? 0 : Math.min(1, Math.max(-1, innerProduct(a, b, metric) / length));
}

/** A value as the metric takes it. */
function measured(value: number, { squareRoots = false }: Metric): number {
  return squareRoots ? Math.sign(value) * Math.sqrt(Math.abs(value)) : value;
}

function addBlocks(row: FileRow, first: number, end: number, blocks: readonly Block[]): IntegerVector {
  const parts: IntegerVector[] = [];
  for (let chunk = first; chunk < end; chunk++) {
    if (blocks.includes("text")) parts.push(slice(row.tokens, row.counts, rowStart(row, chunk), row.rowEnds[chunk]));
    if (blocks.includes("roles"))
      parts.push(slice(row.roleTokens, row.roleCounts, roleStart(row, chunk), row.roleEnds[chunk]));
    if (blocks.includes("path")) parts.push(slice(row.pathTokens, row.pathCounts, 0, row.pathTokens.length));
  }
  return sum(parts);
}

function slice(tokens: Uint32Array, counts: Uint8Array, start: number, end = 0): IntegerVector {
  return { tokens: tokens.subarray(start, end), values: Int32Array.from(counts.subarray(start, end)) };
}

/** a + times · b. */
function merge(a: IntegerVector, b: IntegerVector, times: 1 | -1): IntegerVector {
  const tokens = new Uint32Array(a.tokens.length + b.tokens.length);
  const values = new Int32Array(tokens.length);
  let [i, j, end] = [0, 0, 0];
  while (i < a.tokens.length || j < b.tokens.length) {
    const left = i < a.tokens.length ? (a.tokens[i] as number) : Infinity;
    const right = j < b.tokens.length ? (b.tokens[j] as number) : Infinity;
    let value = 0;
    if (left <= right) value += a.values[i++] as number;
    if (right <= left) value += times * (b.values[j++] as number);
    if (value === 0) continue;
    tokens[end] = Math.min(left, right);
    values[end++] = value;
  }
  return { tokens: tokens.slice(0, end), values: values.slice(0, end) };
}
