import { pathRelativeLength, saturation } from "../bm25.ts";
import { comparePlaces, fileOf, numberOf, type OpenPart } from "./js-part.ts";
import type { ExactQuery, IndexHits } from "./kernel.ts";
import type { SegmentImage } from "./segment-image.ts";

/** Tokens of a query that a part holds, by their numbers there, ascending. */
interface NumberedQuery {
  numbers: Int32Array;
  weights: Float64Array;
}

/** Ends the numbers of a query; no dictionary is that long. */
const noNumber = 0x7fffffff;

/** `KernelIndex.rescore`. */
export function exactScores(
  open: readonly OpenPart[],
  parts: Uint32Array,
  chunks: Uint32Array,
  exact: ExactQuery,
): Float64Array {
  if (parts.length !== chunks.length) throw new RangeError("one part for each chunk");
  if (exact.weights.length !== exact.tokens.length) throw new RangeError("one weight for each token");
  const queries: (NumberedQuery | undefined)[] = [];
  const scores = new Float64Array(chunks.length);
  for (let hit = 0; hit < chunks.length; hit++) {
    const part = parts[hit] as number;
    const chunk = chunks[hit] as number;
    const image = open[part]?.image;
    if (image === undefined || chunk >= image.chunks) throw new RangeError("no such chunk");
    const query = (queries[part] ??= numberTokens(image, exact));
    scores[hit] = exactScore(image, chunk, query, exact.meanLength);
  }
  return scores;
}

/** The best k hits by exact score, in the same order of ties. */
export function bestHits(
  open: readonly OpenPart[],
  { parts, chunks, scores }: IndexHits<Float64Array>,
  k: number,
): IndexHits<Float64Array> {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => {
    const difference = (scores[b] as number) - (scores[a] as number);
    if (difference !== 0) return difference;
    return comparePlaces(open, parts[a] as number, chunks[a] as number, parts[b] as number, chunks[b] as number);
  });
  const best = order.slice(0, k);
  return {
    parts: Uint32Array.from(best, (i) => parts[i] as number),
    chunks: Uint32Array.from(best, (i) => chunks[i] as number),
    scores: Float64Array.from(best, (i) => scores[i] as number),
  };
}

function numberTokens(image: SegmentImage, { tokens, weights }: ExactQuery): NumberedQuery {
  const numbers = new Int32Array(tokens.length + 1);
  const held = new Float64Array(tokens.length);
  let size = 0;
  for (let t = 0; t < tokens.length; t++) {
    const number = numberOf(image, tokens[t] as number);
    if (number < 0) continue;
    numbers[size] = number;
    held[size++] = weights[t] as number;
  }
  numbers[size] = noNumber;
  return { numbers, weights: held };
}

function exactScore(image: SegmentImage, chunk: number, query: NumberedQuery, meanLength: number): number {
  const { forward, forwardOffsets, pathForward, pathForwardOffsets } = image;
  const relativeLength = (image.lengths[chunk] as number) / meanLength;
  const score = addRow(0, forward, forwardOffsets, chunk, query, relativeLength);
  return addRow(score, pathForward, pathForwardOffsets, fileOf(image, chunk), query, pathRelativeLength);
}

/** Walks a forward row and the query's numbers side by side: both ascend. */
function addRow(
  sum: number,
  bytes: Uint8Array,
  offsets: Uint32Array,
  row: number,
  { numbers, weights }: NumberedQuery,
  relativeLength: number,
): number {
  const end = offsets[row + 1] as number;
  if (end > bytes.length) throw new RangeError("the segment is damaged");
  let score = sum;
  let number = 0;
  let t = 0;
  let wanted = numbers[0] as number;
  for (let at = offsets[row] as number; at < end;) {
    let value = bytes[at++] as number;
    if (value > 127) {
      value &= 127;
      for (let shift = 7, byte = 128; byte > 127; shift += 7) {
        byte = bytes[at++] as number;
        value |= (byte & 127) << shift;
      }
    }
    number = (number + (value >>> 2)) | 0;
    const code = value & 3;
    const count = code === 3 ? (bytes[at++] as number) : code + 1;
    while (wanted < number) wanted = numbers[++t] as number;
    if (wanted === noNumber) return score;
    if (wanted === number) score += (weights[t] as number) * saturation(count, relativeLength);
  }
  return score;
}
