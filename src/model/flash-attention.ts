import type { LlamaOptions } from "./llama-options.ts";

/** Above it reading is mostly weights, and attention a small part of it. */
const smallBytes = 700e6;

/**
 * What `auto` means. On a processor small models read an eighth faster with flash attention, a quarter behind 2,000 tokens
 * (98 MB, measured). It parts the cache of a context of more than 256 tokens over the threads that write, so that their number
 * changes the last bits of what is written; the number that reads does not (read in ggml's source, and measured). Larger models
 * do without, and write the same to the last bit whatever computes beside them. A quantised cache cannot.
 */
export function usesFlashAttention(
  { flashAttention, kvType, gpu }: Pick<LlamaOptions, "flashAttention" | "kvType" | "gpu">,
  weightBytes: number,
): boolean | "auto" {
  if (flashAttention !== "auto") return flashAttention;
  if (kvType !== "f16") return true;
  if (gpu !== false) return "auto";
  return weightBytes < smallBytes;
}
