import type { PeerHits } from "./peer.ts";

/** The best k of the given chunks by score, ties by number: a heap whose root is the worst kept. */
export function bestHits(scores: Float64Array, chunks: Iterable<number>, k: number): PeerHits {
  const heap: number[] = [];
  const isWorse = (a: number, b: number) => {
    const difference = (scores[a] as number) - (scores[b] as number);
    return difference === 0 ? a > b : difference < 0;
  };
  for (const chunk of chunks) {
    if (heap.length < k) {
      heap.push(chunk);
      siftUp(heap, isWorse);
    } else if (isWorse(heap[0] as number, chunk)) {
      heap[0] = chunk;
      siftDown(heap, isWorse);
    }
  }
  heap.sort((a, b) => (isWorse(a, b) ? 1 : -1));
  return heap.map((chunk) => [chunk, scores[chunk] as number]);
}

type IsWorse = (a: number, b: number) => boolean;

function siftUp(heap: number[], isWorse: IsWorse): void {
  let at = heap.length - 1;
  const item = heap[at] as number;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isWorse(item, heap[parent] as number)) break;
    heap[at] = heap[parent] as number;
    at = parent;
  }
  heap[at] = item;
}

function siftDown(heap: number[], isWorse: IsWorse): void {
  const item = heap[0] as number;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isWorse(heap[child + 1] as number, heap[child] as number)) child++;
    if (!isWorse(heap[child] as number, item)) break;
    heap[at] = heap[child] as number;
    at = child;
  }
  heap[at] = item;
}
