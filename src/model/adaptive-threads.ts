/** Grants until the slower choice is tried again; doubled each time it is still slower, for a try may take ten times as long. */
const retryAfter = 16;
const retryAfterMax = 256;

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
  let untilTry = retryAfter;
  let pause = retryAfter;
  let favourite = most;
  return {
    next() {
      const [faster = most, slower = most] = [...rates].sort((a, b) => b[1] - a[1]).map(([threads]) => threads);
      if (faster !== favourite) pause = retryAfter;
      favourite = faster;
      untilTry--;
      if (untilTry > 0) return faster;
      untilTry = pause;
      pause = Math.min(pause * 2, retryAfterMax);
      return slower;
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
