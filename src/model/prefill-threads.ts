/** Slices between two tries of the slower choice. */
const retryEvery = 16;

/**
 * How many threads the next prefill slice gets: all cores, or one where that was faster lately. llama.cpp's threads spin
 * while they wait for each other, so that on a machine which is busy with something else all cores can be ten times
 * slower than one. The number of threads does not change what a prefill computes.
 */
export function prefillThreads(cores: number): PrefillThreads {
  // Tokens a millisecond, the latest measurement; not yet measured counts as fastest, so each is tried once.
  const rates = new Map([
    [cores, Infinity],
    [1, Infinity],
  ]);
  let slices = 0;
  return {
    next() {
      slices++;
      const [faster, slower] = [...rates].sort((a, b) => b[1] - a[1]).map(([threads]) => threads);
      return (slices % retryEvery === 0 ? slower : faster) ?? cores;
    },
    record: (threads, tokens, ms) => rates.set(threads, tokens / ms),
  };
}

export interface PrefillThreads {
  next(): number;
  record(threads: number, tokens: number, ms: number): void;
}
