import { comparePlaces, numberOf, type OpenPart, postingsEnd } from "./js-part.ts";
import { limits } from "../../shared/limits.ts";
import type { IndexHits, IndexQuery } from "./kernel.ts";
import type { SegmentImage } from "./segment-image.ts";

/** Space that one search after the other uses. */
export interface CandidateSpace {
  /** By chunk of the part at hand, up to the end of the last block. */
  scores: Int32Array;
  blockBest: Int32Array;
  /** Hits of the part at hand: score · 2^16 + 2^16 - 1 - chunk, so that numbers ascend from the worst to the best. */
  keys: Float64Array;
}

interface Candidate {
  part: number;
  chunk: number;
  score: number;
}

/** Their numbers have 16 bits. */
const chunkNumbers = limits.segmentChunks;

/** Scores are looked at by blocks: most blocks hold nothing that is wanted. */
const blockChunks = 32;

/** Room for the largest segment that there may be. Memory that is not written costs nothing. */
export function createCandidateSpace(): CandidateSpace {
  return {
    scores: new Int32Array(chunkNumbers),
    blockBest: new Int32Array(chunkNumbers / blockChunks),
    keys: new Float64Array(chunkNumbers),
  };
}

/** `KernelIndex.candidates`: adds weighted impacts into one number a chunk, part by part. */
export function findCandidates(
  parts: readonly OpenPart[],
  query: IndexQuery,
  space: CandidateSpace,
): IndexHits<Int32Array> {
  if (query.weights.length !== query.tokens.length) throw new RangeError("one weight for each token");
  let best: Candidate[] = [];
  for (const [number, part] of parts.entries()) {
    const least = best.length < query.k ? 1 : (best.at(-1)?.score ?? Number.MAX_SAFE_INTEGER);
    const blocks = Math.ceil(part.image.chunks / blockChunks);
    const scores = space.scores.subarray(0, blocks * blockChunks).fill(0);
    if (!accumulate(part.image, query, scores)) continue;
    const keys = bestOfPart(scores, part.dead, query.k, least, space);
    best = merged(parts, best, keys, number, query.k);
  }
  return {
    parts: Uint32Array.from(best, ({ part }) => part),
    chunks: Uint32Array.from(best, ({ chunk }) => chunk),
    scores: Int32Array.from(best, ({ score }) => score),
  };
}

/** Whether there was anything to add. */
function accumulate(image: SegmentImage, { tokens, weights }: IndexQuery, scores: Int32Array): boolean {
  let isAny = false;
  for (let t = 0; t < tokens.length; t++) {
    const number = numberOf(image, tokens[t] as number);
    if (number < 0) continue;
    isAny = true;
    addPostings(
      image.ids,
      image.impacts,
      image.offsets[number] as number,
      postingsEnd(image, number),
      weights[t] as number,
      scores,
    );
  }
  return isAny;
}

/** Four at a time: one at a time takes half as long again. */
function addPostings(
  ids: Uint16Array,
  impacts: Uint8Array,
  start: number,
  end: number,
  weight: number,
  scores: Int32Array,
): void {
  let p = start;
  for (const last = end - 3; p < last; p += 4) {
    const a = ids[p] as number;
    const b = ids[p + 1] as number;
    const c = ids[p + 2] as number;
    const d = ids[p + 3] as number;
    scores[a] = ((scores[a] as number) + Math.imul(weight, impacts[p] as number)) | 0;
    scores[b] = ((scores[b] as number) + Math.imul(weight, impacts[p + 1] as number)) | 0;
    scores[c] = ((scores[c] as number) + Math.imul(weight, impacts[p + 2] as number)) | 0;
    scores[d] = ((scores[d] as number) + Math.imul(weight, impacts[p + 3] as number)) | 0;
  }
  for (; p < end; p++) {
    const chunk = ids[p] as number;
    scores[chunk] = ((scores[chunk] as number) + Math.imul(weight, impacts[p] as number)) | 0;
  }
}

/**
 * Keys of the best k living chunks, best last.
 * @param least a lower score is not wanted
 */
function bestOfPart(
  scores: Int32Array,
  dead: Uint32Array | null,
  k: number,
  least: number,
  space: CandidateSpace,
): Float64Array {
  if (dead !== null) forgetDead(scores, dead);
  const blockBest = findBlockBest(scores, space);
  const wanted = Math.max(least, kthBest(blockBest, k));
  let size = 0;
  for (let block = 0; block < blockBest.length; block++) {
    if ((blockBest[block] as number) < wanted) continue;
    for (let chunk = block * blockChunks, end = chunk + blockChunks; chunk < end; chunk++) {
      const score = scores[chunk] as number;
      if (score >= wanted) space.keys[size++] = score * chunkNumbers + (chunkNumbers - 1 - chunk);
    }
  }
  return space.keys
    .subarray(0, size)
    .sort()
    .subarray(Math.max(0, size - k));
}

function forgetDead(scores: Int32Array, dead: Uint32Array): void {
  for (let word = 0; word < dead.length; word++) {
    for (let bits = dead[word] as number; bits !== 0; bits &= bits - 1) {
      scores[word * 32 + 31 - Math.clz32(bits & -bits)] = 0;
    }
  }
}

/** Best score of each block of chunks. Four at a time: one at a time takes half as long again. */
function findBlockBest(scores: Int32Array, space: CandidateSpace): Int32Array {
  const blockBest = space.blockBest.subarray(0, scores.length / blockChunks);
  let chunk = 0;
  for (let block = 0; block < blockBest.length; block++) {
    let best = 0;
    for (const end = chunk + blockChunks; chunk < end; chunk += 4) {
      const a = scores[chunk] as number;
      const b = scores[chunk + 1] as number;
      const c = scores[chunk + 2] as number;
      const d = scores[chunk + 3] as number;
      if (a > best) best = a;
      if (b > best) best = b;
      if (c > best) best = c;
      if (d > best) best = d;
    }
    blockBest[block] = best;
  }
  return blockBest;
}

/** A lower bound of the k-th best score: k blocks hold a chunk each that is as good as the k-th best block. */
function kthBest(blockBest: Int32Array, k: number): number {
  if (k === 0) return Number.MAX_SAFE_INTEGER;
  return blockBest.length < k ? 1 : (blockBest.toSorted()[blockBest.length - k] as number);
}

function merged(
  parts: readonly OpenPart[],
  best: readonly Candidate[],
  keys: Float64Array,
  part: number,
  k: number,
): Candidate[] {
  const added: Candidate[] = [];
  for (let i = keys.length - 1; i >= 0; i--) {
    const score = Math.floor((keys[i] as number) / chunkNumbers);
    const chunk = chunkNumbers - 1 - ((keys[i] as number) - score * chunkNumbers);
    added.push({ part, chunk, score });
  }
  if (best.length === 0) return added;
  const all = [...best, ...added];
  all.sort((a, b) => b.score - a.score || comparePlaces(parts, a.part, a.chunk, b.part, b.chunk));
  return all.slice(0, k);
}
