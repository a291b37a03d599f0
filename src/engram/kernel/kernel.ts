/**
 * PORT of the kernel: the arithmetic of the engram. Batch calls only, because one call from JavaScript into native code
 * costs 0.5 to 0.9 µs. Both implementations give identical results: hashes are built of 32-bit operations, scores are
 * int32 sums, ties go by chunk id.
 */
export interface Kernel {
  readonly name: "native" | "js";
  /**
   * Hashes tokens to the 32-bit token space.
   * @param utf8 all tokens' bytes, concatenated
   * @param ends end offset of each token in `utf8`
   * @param seed of the engram
   * @returns one uint32 a token (murmur3_x86_32, Appleby, public domain)
   */
  hashTokens(utf8: Uint8Array, ends: Uint32Array, seed: number): Uint32Array;
  /**
   * Adds the weighted impacts of one query into a score per chunk: for every query token t and posting (chunk, impact),
   * scores[chunk] += weights[t] * impact.
   * @param offsets postings of token t are entries offsets[t] .. offsets[t] + lengths[t] - 1 of `chunks`/`impacts`
   * @returns chunk ids and scores of the best k, by score descending, then id ascending; zero scores are left out
   */
  searchPostings(query: PostingsQuery): { ids: Uint32Array; scores: Int32Array };
}

export interface PostingsQuery {
  chunks: Uint32Array;
  impacts: Uint8Array;
  offsets: Uint32Array;
  lengths: Uint32Array;
  weights: Int32Array;
  chunkCount: number;
  k: number;
}

/** Which kernel was loaded, and why: printed by `assistant doctor` and by the demo. */
export interface KernelChoice {
  kernel: Kernel;
  /** One sentence. */
  reason: string;
}
