/**
 * PORT of the kernel: the arithmetic of the engram. Batch calls only, because one call from JavaScript into native code
 * costs 0.5 to 0.9 µs. Both implementations give identical results, bit for bit: token ids are built of 32-bit
 * operations, first-step scores are int32 sums, exact scores are IEEE doubles added in one fixed order, ties have an order.
 */
import type { FileRow } from "../file-row.ts";

export interface Kernel {
  readonly name: "native" | "js";
  /**
   * Ids of tokens: murmur3_x86_32 (Appleby, public domain) over the bytes, then `toTokenId` of token-space.ts.
   * @param utf8 all tokens' bytes, concatenated, lower-cased already
   * @param ends end offset of each token in `utf8`
   * @param seed of the engram, uint32
   */
  hashTokens(utf8: Uint8Array, ends: Uint32Array, seed: number): Uint32Array;
  /**
   * Tokenises a text (tokenize.ts says how) and counts its tokens by windows of lines.
   * @param utf8 well-formed UTF-8; a byte order mark is text
   * @param windows start and end line of each window in turn, 0-based, end exclusive, ascending, not overlapping. Lines
   * end at line feeds; a final line feed ends the last line and begins none (as `splitLines` has it)
   * @param mostDistinct a window with more distinct tokens is halved at (start + end) >> 1, again and again; a single line
   * is never divided
   */
  encodeText(utf8: Uint8Array, windows: Uint32Array, seed: number, mostDistinct: number): EncodedText;
  /**
   * Postings and forward rows of some files as one block of bytes, laid out as segment-image.ts says. Both kernels write the
   * same bytes.
   * @param files ascending by the UTF-8 bytes of their paths; together at most `limits.segmentChunks` chunks
   */
  buildSegment(files: readonly FileRow[]): Uint8Array;
  /** An index over segments. The images are not copied; they must not change while the index is used. */
  openIndex(parts: readonly IndexPart[]): KernelIndex;
  /**
   * Adds `times` times the fold of a token vector to `sum`: position modulo sum.length, with the token's sign.
   * @param values one for each token
   */
  foldInto(sum: Int32Array, tokens: Uint32Array, values: Int32Array, times: number): void;
  /**
   * Inner products of one dense vector with many sparse ones: result[v] = Σ values[i] · sign(i) · dense[position(i) mod D]
   * over the entries i of vector v, as a double (all terms are integers below 2^53: exact).
   * @param ends end of each vector in `tokens` and `values`
   */
  dotProducts(dense: Int32Array, tokens: Uint32Array, values: Int32Array, ends: Uint32Array): Float64Array;
}

/** Columns of FileRow's text block, for one file. */
export interface EncodedText {
  /** First and last line of each chunk, 1-based, inclusive. */
  startLines: Uint32Array;
  endLines: Uint32Array;
  /** The forward row of chunk i ends before entry rowEnds[i] of `tokens` and `counts`. */
  rowEnds: Uint32Array;
  /** Ascending within a chunk. */
  tokens: Uint32Array;
  /** 255 means "or more". */
  counts: Uint8Array;
}

export interface IndexPart {
  /** As `buildSegment` gives it. */
  image: Uint8Array;
  /** One bit a chunk, bit (c & 31) of word c >> 5: set where the chunk no longer counts. Null: all count. */
  dead: Uint32Array | null;
}

/** Weighted tokens: ascending and distinct, weights 1 to 1,023. At most `limits.queryTokens`, so that sums stay int32. */
export interface IndexQuery {
  tokens: Uint32Array;
  weights: Int32Array;
  /** Number of hits. */
  k: number;
}

/** What exact BM25 needs beside the rows: a double for each token of the query. Tokens ascend and are distinct. */
export interface ExactQuery {
  tokens: Uint32Array;
  weights: Float64Array;
  /** Mean length of all living chunks in tokens. */
  meanLength: number;
}

/** Hits as columns: which part, which chunk of it. */
export interface IndexHits<Scores> {
  parts: Uint32Array;
  chunks: Uint32Array;
  scores: Scores;
}

export interface KernelIndex {
  /** In how many living chunks each token stands. */
  frequencies(tokens: Uint32Array): Uint32Array;
  /**
   * First step: for every query token t and posting (chunk, impact) of a living chunk, score += weights[t] · impact.
   * @returns the best k with a score above zero, by score descending, then path (UTF-8 bytes), then chunk
   */
  candidates(query: IndexQuery): IndexHits<Int32Array>;
  /**
   * Exact BM25 from the forward rows: Σ weight · saturation(count, length / meanLength) over the text tokens of the chunk,
   * ascending, then Σ weight · saturation(count, 1) over the path tokens of its file, ascending (bm25.ts). Tokens of other
   * roles have no forward row and add nothing.
   */
  rescore(parts: Uint32Array, chunks: Uint32Array, exact: ExactQuery): Float64Array;
  /** `candidates` of `wanted`, rescored, in the same order of ties, the best k of them: in one call. */
  search(query: IndexQuery, exact: ExactQuery, wanted: number): IndexHits<Float64Array>;
  /** Chunks of this part that hold the token and live, ascending. */
  chunksWith(part: number, token: number): Uint32Array;
}

/** Which kernel was loaded, and why: printed by `assistant doctor` and by the demo. */
export interface KernelChoice {
  kernel: Kernel;
  /** One sentence. */
  reason: string;
}
