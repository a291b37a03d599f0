/** Grants between two tries of the slower choice. */
const retryEvery = 16;

/**
 * How many threads to ask for next: as many as there may be, or one where that was faster lately. llama.cpp's threads spin
 * while they wait for each other, so that on a machine which is busy with something else all cores can be ten times
 * slower than one.
 */
export function adaptiveThreads(most: number): AdaptiveThreads {
  // Tokens a millisecond, the latest measurement; not yet measured counts as fastest, so each is tried once.
  const rates = new Map([
    [most, Infinity],
    [1, Infinity],
  ]);
  let asked = 0;
  return {
    next() {
      asked++;
      const [faster, slower] = [...rates].sort((a, b) => b[1] - a[1]).map(([threads]) => threads);
      return (asked % retryEvery === 0 ? slower : faster) ?? most;
    },
    record(threads, tokens, ms) {
      // A share of the cores says nothing about all of them.
      if (rates.has(threads)) rates.set(threads, tokens / ms);
    },
  };
}

export interface AdaptiveThreads {
  next(): number;
  record(threads: number, tokens: number, ms: number): void;
}
