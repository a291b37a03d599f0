import { pathRelativeLength, saturation } from "../bm25.ts";
import { type Before, createHeap } from "./js-heap.ts";
import type { ExactQuery, IndexHits, IndexPart, IndexQuery, KernelIndex } from "./kernel.ts";
import { type SegmentImage, viewSegment } from "./segment-image.ts";

/** A part as it is searched. */
interface OpenPart {
  image: SegmentImage;
  dead: Uint32Array | null;
}

/** `Kernel.openIndex`. */
export function openIndex(parts: readonly IndexPart[]): KernelIndex {
  const open = parts.map(openPart);
  const most = open.reduce((most, { image }) => Math.max(most, image.chunks), 0);
  const scores = new Int32Array(most);
  const before = createOrder(open);
  const candidates = (query: IndexQuery) => candidatesOf(open, query, scores, before);
  const rescore = (parts: Uint32Array, chunks: Uint32Array, exact: ExactQuery) =>
    exactScores(open, parts, chunks, exact);
  return {
    frequencies: (tokens) => Uint32Array.from(tokens, (token) => frequencyOf(open, token)),
    candidates,
    rescore,
    search(query, exact, wanted) {
      const found = candidates({ ...query, k: wanted });
      const scores = rescore(found.parts, found.chunks, exact);
      return bestOf({ ...found, scores }, query.k, before);
    },
    chunksWith: (part, token) => chunksWith(partAt(open, part), token),
  };
}

function openPart({ image, dead }: IndexPart): OpenPart {
  const view = viewSegment(image);
  if (dead !== null && dead.length < Math.ceil(view.chunks / 32)) throw new RangeError("too few bits for the chunks");
  return { image: view, dead };
}

function partAt(parts: readonly OpenPart[], number: number): OpenPart {
  const part = parts[number];
  if (part === undefined) throw new RangeError("no such part");
  return part;
}

function lives(dead: Uint32Array | null, chunk: number): boolean {
  return dead === null || (((dead[chunk >>> 5] as number) >>> (chunk & 31)) & 1) === 0;
}

/** Number of a token in the image's dictionary, or -1: a bisection within one bucket. */
function numberOf({ dictionary, buckets }: SegmentImage, token: number): number {
  const bits = 31 - Math.clz32(buckets.length - 1);
  const bucket = bits === 0 ? 0 : token >>> (32 - bits);
  let low = buckets[bucket] as number;
  let high = buckets[bucket + 1] as number;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((dictionary[middle] as number) < token) low = middle + 1;
    else high = middle;
  }
  return dictionary[low] === token ? low : -1;
}

function frequencyOf(parts: readonly OpenPart[], token: number): number {
  let frequency = 0;
  for (const part of parts) {
    eachChunkWith(part, token, () => frequency++);
  }
  return frequency;
}

function chunksWith(part: OpenPart, token: number): Uint32Array {
  const chunks: number[] = [];
  eachChunkWith(part, token, (chunk) => chunks.push(chunk));
  return Uint32Array.from(chunks);
}

/** Living chunks that hold the token, each once though it may have a posting in several blocks. */
function eachChunkWith({ image, dead }: OpenPart, token: number, visit: (chunk: number) => void): void {
  const number = numberOf(image, token);
  if (number < 0) return;
  const end = image.offsets[number + 1] as number;
  let last = -1;
  for (let p = image.offsets[number] as number; p < end; p++) {
    const chunk = image.ids[p] as number;
    if (chunk !== last && lives(dead, chunk)) visit(chunk);
    last = chunk;
  }
}

/** Of hits with the same score: by path (UTF-8 bytes), then chunk. */
function createOrder(parts: readonly OpenPart[]): Before {
  return (partA, chunkA, partB, chunkB) => {
    if (partA === partB) return chunkA < chunkB;
    const order = Buffer.compare(pathOf(parts, partA, chunkA), pathOf(parts, partB, chunkB));
    if (order !== 0) return order < 0;
    return chunkA === chunkB ? partA < partB : chunkA < chunkB;
  };
}

function pathOf(parts: readonly OpenPart[], part: number, chunk: number): Uint8Array {
  const { image } = parts[part] as OpenPart;
  const file = fileOf(image, chunk);
  return image.paths.subarray(image.pathOffsets[file], image.pathOffsets[file + 1]);
}

/** The file that a chunk belongs to: the last one that begins at or before it. Files without chunks are passed over. */
function fileOf({ firstChunks, files }: SegmentImage, chunk: number): number {
  let low = 0;
  let high = files;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((firstChunks[middle + 1] as number) <= chunk) low = middle + 1;
    else high = middle;
  }
  return low;
}

function candidatesOf(
  parts: readonly OpenPart[],
  query: IndexQuery,
  space: Int32Array,
  before: Before,
): IndexHits<Int32Array> {
  if (query.weights.length !== query.tokens.length) throw new RangeError("one weight for each token");
  const heap = createHeap(query.k, before);
  for (const [number, { image, dead }] of parts.entries()) {
    const scores = space.subarray(0, image.chunks).fill(0);
    accumulate(image, query, scores);
    let least = heap.least();
    for (let chunk = 0; chunk < scores.length; chunk++) {
      const score = scores[chunk] as number;
      if (score < least || !lives(dead, chunk)) continue;
      heap.offer(score, number, chunk);
      least = heap.least();
    }
  }
  const best = heap.drain();
  return { ...best, scores: Int32Array.from(best.scores) };
}

function accumulate(image: SegmentImage, { tokens, weights }: IndexQuery, scores: Int32Array): void {
  const { offsets, ids, impacts } = image;
  for (let t = 0; t < tokens.length; t++) {
    const number = numberOf(image, tokens[t] as number);
    if (number < 0) continue;
    const weight = weights[t] as number;
    const end = offsets[number + 1] as number;
    for (let p = offsets[number] as number; p < end; p++) {
      const chunk = ids[p] as number;
      scores[chunk] = (scores[chunk] as number) + weight * (impacts[p] as number);
    }
  }
}

function exactScores(
  open: readonly OpenPart[],
  parts: Uint32Array,
  chunks: Uint32Array,
  exact: ExactQuery,
): Float64Array {
  if (parts.length !== chunks.length) throw new RangeError("one part for each chunk");
  if (exact.weights.length !== exact.tokens.length) throw new RangeError("one weight for each token");
  const numbers = new Map<number, Int32Array>();
  const scores = new Float64Array(chunks.length);
  for (let hit = 0; hit < chunks.length; hit++) {
    const part = parts[hit] as number;
    const { image } = partAt(open, part);
    const chunk = chunks[hit] as number;
    if (chunk >= image.chunks) throw new RangeError("no such chunk");
    let known = numbers.get(part);
    if (known === undefined) {
      known = Int32Array.from(exact.tokens, (token) => numberOf(image, token));
      numbers.set(part, known);
    }
    scores[hit] = exactScore(image, chunk, known, exact);
  }
  return scores;
}

function exactScore(image: SegmentImage, chunk: number, numbers: Int32Array, exact: ExactQuery): number {
  const { forward, forwardOffsets, pathForward, pathForwardOffsets } = image;
  const relativeLength = (image.lengths[chunk] as number) / exact.meanLength;
  const [start, end] = [forwardOffsets[chunk] as number, forwardOffsets[chunk + 1] as number];
  const score = addRow(0, forward, start, end, numbers, exact.weights, relativeLength);
  const file = fileOf(image, chunk);
  const [pathStart, pathEnd] = [pathForwardOffsets[file] as number, pathForwardOffsets[file + 1] as number];
  return addRow(score, pathForward, pathStart, pathEnd, numbers, exact.weights, pathRelativeLength);
}

/** Walks a forward row and the query's numbers side by side: both ascend. */
function addRow(
  sum: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  numbers: Int32Array,
  weights: Float64Array,
  relativeLength: number,
): number {
  let score = sum;
  let number = 0;
  let t = 0;
  for (let at = start; at < end;) {
    let value = 0;
    let byte = 128;
    for (let shift = 0; byte > 127; shift += 7) {
      byte = bytes[at++] as number;
      value |= (byte & 127) << shift;
    }
    number += value >>> 2;
    const count = (value & 3) === 3 ? (bytes[at++] as number) : (value & 3) + 1;
    while (t < numbers.length && (numbers[t] as number) < number) t++;
    if (t === numbers.length) return score;
    if (numbers[t] === number) score += (weights[t] as number) * saturation(count, relativeLength);
  }
  return score;
}

function bestOf(hits: IndexHits<Float64Array>, k: number, before: Before): IndexHits<Float64Array> {
  const heap = createHeap(k, before);
  for (let i = 0; i < hits.chunks.length; i++) {
    heap.offer(hits.scores[i] as number, hits.parts[i] as number, hits.chunks[i] as number);
  }
  return heap.drain();
}
