import type { LlamaOptions } from "./llama-options.ts";

/**
 * What `auto` means. Flash attention splits the cache of a long context over its threads when it writes a token, so that
 * their number changes the last bits of the result; without it, it does not (measured, and read in ggml's source). Threads
 * come and go with other requests and the same request must give the same answer: a processor goes without, which is as
 * fast there. A quantised cache cannot.
 */
export function usesFlashAttention({
  flashAttention,
  kvType,
  gpu,
}: Pick<LlamaOptions, "flashAttention" | "kvType" | "gpu">): boolean | "auto" {
  if (flashAttention !== "auto") return flashAttention;
  if (kvType !== "f16") return true;
  return gpu === false ? false : "auto";
}
