import type { LlamaOptions } from "./llama-options.ts";

/**
 * Each written token reads all weights; below this size threads that are disturbed lose more than they gain, and one writes as
 * fast as two (measured: 98 MB, two cores).
 */
export const manyThreadsFromBytes = 700e6;

/**
 * What `auto` means. Flash attention splits the cache of a long context over its threads when it writes a token, so that
 * their number changes the last bits of the result; the number that reads does not (measured, and read in ggml's source). Threads
 * come and go with other requests and the same request must give the same answer. So on a processor small models have it, which
 * write with one thread anyhow (a tenth less work a token), and large ones, which write with what is free, do without. A quantised
 * cache cannot.
 */
export function usesFlashAttention(
  { flashAttention, kvType, gpu }: Pick<LlamaOptions, "flashAttention" | "kvType" | "gpu">,
  weightBytes: number,
): boolean | "auto" {
  if (flashAttention !== "auto") return flashAttention;
  if (kvType !== "f16") return true;
  if (gpu !== false) return "auto";
  return weightBytes < manyThreadsFromBytes;
}
