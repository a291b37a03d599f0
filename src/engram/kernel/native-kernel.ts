import { limits } from "../../shared/limits.ts";
import type { EncodedText, IndexHits, IndexPart, Kernel, KernelIndex } from "./kernel.ts";
import { skipReasons } from "./segment-image.ts";

/** An index in the addon's memory. */
type OpenedIndex = object;

/** What the addon exports (native/src/addon.cc): columns in one ArrayBuffer, because each typed array costs half a µs. */
export interface NativeAddon {
  /** Number of the agreement between this file and the addon's sources. */
  contract: number;
  hashTokens(utf8: Uint8Array, ends: Uint32Array, seed: number): ArrayBuffer;
  encodeText(
    utf8: Uint8Array,
    windows: Uint32Array,
    seed: number,
    mostDistinct: number,
    splitWordCharacters: number,
  ): ArrayBuffer;
  buildSegment(files: Parameters<Kernel["buildSegment"]>[0], reasons: readonly string[]): ArrayBuffer;
  foldInto: Kernel["foldInto"];
  dotProducts(dense: Int32Array, tokens: Uint32Array, values: Int32Array, ends: Uint32Array): ArrayBuffer;
  openIndex(images: Uint8Array[], deads: (Uint32Array | null)[]): OpenedIndex;
  frequencies(index: OpenedIndex, tokens: Uint32Array): ArrayBuffer;
  candidates(index: OpenedIndex, tokens: Uint32Array, weights: Int32Array, k: number): ArrayBuffer;
  rescore(
    index: OpenedIndex,
    parts: Uint32Array,
    chunks: Uint32Array,
    tokens: Uint32Array,
    weights: Float64Array,
    meanLength: number,
  ): ArrayBuffer;
  search(
    index: OpenedIndex,
    tokens: Uint32Array,
    weights: Int32Array,
    k: number,
    exactTokens: Uint32Array,
    exactWeights: Float64Array,
    meanLength: number,
    wanted: number,
  ): ArrayBuffer;
  chunksWith(index: OpenedIndex, part: number, token: number): ArrayBuffer;
}

/** Raised together with `kContract` in native/src/addon.cc, so that an addon from other sources is not used. */
export const nativeContract = 2;

/** The kernel in C++. */
export function createNativeKernel(addon: NativeAddon): Kernel {
  return {
    name: "native",
    hashTokens: (utf8, ends, seed) => new Uint32Array(addon.hashTokens(utf8, ends, seed)),
    encodeText: (utf8, windows, seed, mostDistinct) =>
      encodedColumns(addon.encodeText(utf8, windows, seed, mostDistinct, limits.splitWordCharacters)),
    buildSegment: (files) => new Uint8Array(addon.buildSegment(files, skipReasons)),
    openIndex: (parts) => openIndex(addon, parts),
    foldInto: (sum, tokens, values, times) => addon.foldInto(sum, tokens, values, times),
    dotProducts: (dense, tokens, values, ends) => new Float64Array(addon.dotProducts(dense, tokens, values, ends)),
  };
}

function openIndex(addon: NativeAddon, parts: readonly IndexPart[]): KernelIndex {
  const index = addon.openIndex(
    parts.map(({ image }) => image),
    parts.map(({ dead }) => dead),
  );
  return {
    frequencies: (tokens) => new Uint32Array(addon.frequencies(index, tokens)),
    candidates({ tokens, weights, k }) {
      const bytes = addon.candidates(index, tokens, weights, k);
      const count = bytes.byteLength / 12;
      return hitsOf(new Int32Array(bytes, 0, count), bytes, 4 * count, count);
    },
    rescore: (parts, chunks, { tokens, weights, meanLength }) =>
      new Float64Array(addon.rescore(index, parts, chunks, tokens, weights, meanLength)),
    search({ tokens, weights, k }, exact, wanted) {
      const bytes = addon.search(index, tokens, weights, k, exact.tokens, exact.weights, exact.meanLength, wanted);
      const count = bytes.byteLength / 16;
      return hitsOf(new Float64Array(bytes, 0, count), bytes, 8 * count, count);
    },
    chunksWith: (part, token) => new Uint32Array(addon.chunksWith(index, part, token)),
  };
}

function hitsOf<Scores>(scores: Scores, bytes: ArrayBuffer, at: number, count: number): IndexHits<Scores> {
  return { parts: new Uint32Array(bytes, at, count), chunks: new Uint32Array(bytes, at + 4 * count, count), scores };
}

function encodedColumns(bytes: ArrayBuffer): EncodedText {
  const [chunks = 0, tokens = 0] = new Uint32Array(bytes, 0, 2);
  let at = 8;
  const words = (count: number) => {
    at += 4 * count;
    return new Uint32Array(bytes, at - 4 * count, count);
  };
  return {
    startLines: words(chunks),
    endLines: words(chunks),
    rowEnds: words(chunks),
    tokens: words(tokens),
    counts: new Uint8Array(bytes, at, tokens),
  };
}
