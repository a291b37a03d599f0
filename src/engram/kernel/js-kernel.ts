import type { Kernel, PostingsQuery } from "./kernel.ts";
import { murmur3 } from "./murmur3.ts";

/** The kernel in plain JavaScript: for machines without a compiler, and the oracle of the native one in tests. */
export function createJsKernel(): Kernel {
  let scratch = new Int32Array(0);

  return {
    name: "js",
    hashTokens(utf8, ends, seed) {
      const hashes = new Uint32Array(ends.length);
      let start = 0;
      for (let i = 0; i < ends.length; i++) {
        const end = ends[i] as number;
        hashes[i] = murmur3(utf8, start, end, seed);
        start = end;
      }
      return hashes;
    },
    searchPostings(query) {
      if (scratch.length < query.chunkCount) scratch = new Int32Array(query.chunkCount);
      const scores = scratch.subarray(0, query.chunkCount).fill(0);
      accumulate(query, scores);
      return bestScores(scores, query.k);
    },
  };
}

function accumulate({ chunks, impacts, offsets, lengths, weights }: PostingsQuery, scores: Int32Array): void {
  for (let t = 0; t < weights.length; t++) {
    const weight = weights[t] as number;
    const end = (offsets[t] as number) + (lengths[t] as number);
    for (let p = offsets[t] as number; p < end; p++) {
      const chunk = chunks[p] as number;
      scores[chunk] = (scores[chunk] as number) + weight * (impacts[p] as number);
    }
  }
}

/** Keeps the best k in a binary heap whose root is the worst of them. */
function bestScores(scores: Int32Array, k: number): { ids: Uint32Array; scores: Int32Array } {
  const heap: number[] = [];
  const worse = (a: number, b: number) => worseThan(scores, a, b);
  for (let id = 0; id < scores.length; id++) {
    if (scores[id] === 0) continue;
    if (heap.length < k) {
      heap.push(id);
      siftUp(heap, worse);
    } else if (k > 0 && worse(heap[0] as number, id)) {
      heap[0] = id;
      siftDown(heap, worse);
    }
  }
  heap.sort((a, b) => (worse(a, b) ? 1 : -1));
  return { ids: Uint32Array.from(heap), scores: Int32Array.from(heap, (id) => scores[id] as number) };
}

function worseThan(scores: Int32Array, a: number, b: number): boolean {
  const difference = (scores[a] as number) - (scores[b] as number);
  return difference === 0 ? a > b : difference < 0;
}

type Worse = (a: number, b: number) => boolean;

function siftUp(heap: number[], worse: Worse): void {
  let at = heap.length - 1;
  const item = heap[at] as number;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!worse(item, heap[parent] as number)) break;
    heap[at] = heap[parent] as number;
    at = parent;
  }
  heap[at] = item;
}

function siftDown(heap: number[], worse: Worse): void {
  const item = heap[0] as number;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && worse(heap[child + 1] as number, heap[child] as number)) child++;
    if (!worse(heap[child] as number, item)) break;
    heap[at] = heap[child] as number;
    at = child;
  }
  heap[at] = item;
}
