import type { IndexPart } from "./kernel.ts";
import { type SegmentImage, viewSegment } from "./segment-image.ts";

/** A segment as it is searched. */
export interface OpenPart {
  image: SegmentImage;
  dead: Uint32Array | null;
  /** Frequency plus one by number of token; 0 where it was not counted yet. Memory that is not written costs nothing. */
  frequencies: Uint32Array;
}

/** Errors: RangeError where the image is none, or there are too few bits for its chunks. */
export function openPart({ image, dead }: IndexPart): OpenPart {
  const view = viewSegment(image);
  if (dead !== null && dead.length < Math.ceil(view.chunks / 32)) throw new RangeError("too few bits for the chunks");
  return { image: view, dead, frequencies: new Uint32Array(view.dictionary.length) };
}

function lives(dead: Uint32Array | null, chunk: number): boolean {
  return dead === null || (((dead[chunk >>> 5] as number) >>> (chunk & 31)) & 1) === 0;
}

/** Number of a token in the image's dictionary, or -1: a bisection within one bucket. */
export function numberOf({ dictionary, buckets }: SegmentImage, token: number): number {
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

/** End of a token's postings. Errors: RangeError where the image is damaged. */
export function postingsEnd({ offsets, ids }: SegmentImage, number: number): number {
  const end = offsets[number + 1] as number;
  if (end > ids.length) throw new RangeError("the segment is damaged");
  return end;
}

/** In how many living chunks the token stands. Counted once: common tokens are in every query. */
export function frequencyIn(part: OpenPart, token: number): number {
  const { image, frequencies } = part;
  const number = numberOf(image, token);
  if (number < 0) return 0;
  if (frequencies[number] === 0) frequencies[number] = 1 + countChunks(part, number);
  return (frequencies[number] as number) - 1;
}

/** A chunk counts once, though the token may have a posting in each of its blocks. */
function countChunks({ image, dead }: OpenPart, number: number): number {
  const { ids, offsets } = image;
  const end = postingsEnd(image, number);
  let count = 0;
  let last = -1;
  for (let p = offsets[number] as number; p < end; p++) {
    const chunk = ids[p] as number;
    if (chunk !== last && lives(dead, chunk)) count++;
    last = chunk;
  }
  return count;
}

/** Living chunks that hold the token, ascending, each once. */
export function chunksIn(part: OpenPart, token: number): Uint32Array {
  const { image, dead } = part;
  const number = numberOf(image, token);
  const chunks = new Uint32Array(frequencyIn(part, token));
  if (chunks.length === 0) return chunks;
  let at = 0;
  let last = -1;
  for (let p = image.offsets[number] as number; at < chunks.length; p++) {
    const chunk = image.ids[p] as number;
    if (chunk !== last && lives(dead, chunk)) chunks[at++] = chunk;
    last = chunk;
  }
  return chunks;
}

/** The file that a chunk belongs to: the first that ends behind it, which passes over files without chunks. */
export function fileOf({ firstChunks, files }: SegmentImage, chunk: number): number {
  let low = 0;
  let high = files;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((firstChunks[middle + 1] as number) <= chunk) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Order of two hits with the same score: by path (UTF-8 bytes), then chunk. */
export function comparePlaces(
  parts: readonly OpenPart[],
  partA: number,
  chunkA: number,
  partB: number,
  chunkB: number,
): number {
  if (partA === partB) return chunkA - chunkB;
  const order = Buffer.compare(pathOf(parts, partA, chunkA), pathOf(parts, partB, chunkB));
  return order || chunkA - chunkB || partA - partB;
}

function pathOf(parts: readonly OpenPart[], part: number, chunk: number): Uint8Array {
  const { image } = parts[part] as OpenPart;
  const file = fileOf(image, chunk);
  return image.paths.subarray(image.pathOffsets[file], image.pathOffsets[file + 1]);
}
