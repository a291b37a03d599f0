import type { CommitLog } from "./commit-log.ts";

export interface Ancestors {
  /** Indexes in the log, children before parents, else by committer time, newest first (`git log --date-order`). */
  order: number[];
  /** Whether one of them has a parent that was left out or not read. */
  truncated: boolean;
}

/**
 * The newest `limit` commits that one descends to, itself included. Which ones: as `git log --max-count` takes them, always
 * the newest of those whose child it took. That asks only for what was read, so other commits in the log change nothing.
 */
export function ancestorsOf(log: CommitLog, tip: number, limit: number): Ancestors {
  const { taken, truncated } = takeNewest(log, tip, limit);
  return { order: childrenFirst(log, taken), truncated };
}

function takeNewest(log: CommitLog, tip: number, limit: number): { taken: number[]; truncated: boolean } {
  const queue = createTimeQueue(log);
  const seen = new Uint8Array(log.size);
  const taken: number[] = [];
  let truncated = false;
  seen[tip] = 1;
  queue.push(tip);
  while (queue.size() > 0) {
    if (taken.length >= limit) return { taken, truncated: true };
    const index = queue.pop();
    taken.push(index);
    for (const parent of log.parentsOf(index)) {
      if (parent < 0) truncated = true;
      else if (seen[parent] === 0) {
        seen[parent] = 1;
        queue.push(parent);
      }
    }
  }
  return { taken, truncated };
}

/** A wrong clock makes a parent seem newer than its child. */
function childrenFirst(log: CommitLog, taken: readonly number[]): number[] {
  const children = new Int32Array(log.size).fill(-1);
  for (const index of taken) children[index] = 0;
  for (const index of taken) {
    for (const parent of log.parentsOf(index)) {
      if (parent >= 0 && children[parent] !== -1) children[parent] = (children[parent] ?? 0) + 1;
    }
  }
  const queue = createTimeQueue(log);
  for (const index of taken) if (children[index] === 0) queue.push(index);
  const order: number[] = [];
  while (queue.size() > 0) {
    const index = queue.pop();
    order.push(index);
    for (const parent of log.parentsOf(index)) {
      if (parent < 0 || children[parent] === -1) continue;
      const left = (children[parent] ?? 0) - 1;
      children[parent] = left;
      if (left === 0) queue.push(parent);
    }
  }
  return order;
}

/** A heap: the newest commit first; of two of the same time, the one that was pushed first. Each may be pushed once. */
function createTimeQueue(log: CommitLog) {
  const heap: number[] = [];
  const turns = new Int32Array(log.size);
  let turn = 0;
  const isBefore = (a: number, b: number): boolean => {
    const difference = log.timeOf(a) - log.timeOf(b);
    return difference > 0 || (difference === 0 && (turns[a] ?? 0) < (turns[b] ?? 0));
  };

  return {
    size: () => heap.length,
    push(index: number): void {
      turns[index] = turn++;
      let at = heap.push(index) - 1;
      while (at > 0) {
        const above = (at - 1) >> 1;
        const other = heap[above] ?? index;
        if (!isBefore(index, other)) break;
        heap[at] = other;
        at = above;
      }
      heap[at] = index;
    },
    /** Only while there is one. */
    pop(): number {
      const [top] = heap;
      const last = heap.pop();
      if (top === undefined || last === undefined) throw new RangeError("the queue is empty");
      if (heap.length > 0) sink(last);
      return top;
    },
  };

  function sink(index: number): void {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let other = heap[below];
      const right = heap[below + 1];
      if (other === undefined) break;
      if (right !== undefined && isBefore(right, other)) {
        other = right;
        below++;
      }
      if (!isBefore(other, index)) break;
      heap[at] = other;
      at = below;
    }
    heap[at] = index;
  }
}
