import type { IndexHits } from "./kernel.ts";

/** The best k hits seen so far. */
export interface Heap {
  /** A lower score than this is not wanted; one that is equal may be. */
  least(): number;
  offer(score: number, part: number, chunk: number): void;
  /** The hits, best first. The heap is empty afterwards. */
  drain(): IndexHits<Float64Array>;
}

interface Hit {
  score: number;
  part: number;
  chunk: number;
}

/** Whether hit a stands before hit b, which has the same score. */
export type Before = (partA: number, chunkA: number, partB: number, chunkB: number) => boolean;

/** A binary heap whose root is the worst hit kept. */
export function createHeap(k: number, before: Before): Heap {
  let heap: Hit[] = [];
  const worse = (a: Hit, b: Hit) =>
    a.score === b.score ? before(b.part, b.chunk, a.part, a.chunk) : a.score < b.score;
  return {
    least: () => (heap.length < k ? 1 : (heap[0]?.score ?? Number.POSITIVE_INFINITY)),
    offer(score, part, chunk) {
      const hit = { score, part, chunk };
      if (heap.length < k) {
        heap.push(hit);
        siftUp(heap, worse);
      } else if (k > 0 && worse(heap[0] as Hit, hit)) {
        heap[0] = hit;
        siftDown(heap, worse);
      }
    },
    drain() {
      const hits = heap.sort((a, b) => (worse(a, b) ? 1 : -1));
      heap = [];
      return {
        parts: Uint32Array.from(hits, ({ part }) => part),
        chunks: Uint32Array.from(hits, ({ chunk }) => chunk),
        scores: Float64Array.from(hits, ({ score }) => score),
      };
    },
  };
}

type Worse = (a: Hit, b: Hit) => boolean;

function siftUp(heap: Hit[], worse: Worse): void {
  let at = heap.length - 1;
  const item = heap[at] as Hit;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!worse(item, heap[parent] as Hit)) break;
    heap[at] = heap[parent] as Hit;
    at = parent;
  }
  heap[at] = item;
}

function siftDown(heap: Hit[], worse: Worse): void {
  const item = heap[0] as Hit;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && worse(heap[child + 1] as Hit, heap[child] as Hit)) child++;
    if (!worse(heap[child] as Hit, item)) break;
    heap[at] = heap[child] as Hit;
    at = child;
  }
  heap[at] = item;
}
