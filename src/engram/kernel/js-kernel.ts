import { toTokenId } from "../token-space.ts";
import { dotProducts, foldInto } from "./js-algebra.ts";
import { createEncodeText } from "./js-encode.ts";
import { createOpenIndex } from "./js-index.ts";
import { buildSegment } from "./js-segment.ts";
import type { Kernel } from "./kernel.ts";
import { murmur3 } from "./murmur3.ts";

/** The kernel in plain JavaScript: for machines without a compiler, and the oracle of the native one in tests. */
export function createJsKernel(): Kernel {
  return {
    name: "js",
    hashTokens,
    encodeText: createEncodeText(),
    buildSegment,
    openIndex: createOpenIndex(),
    foldInto,
    dotProducts,
  };
}

function hashTokens(utf8: Uint8Array, ends: Uint32Array, seed: number): Uint32Array {
  const ids = new Uint32Array(ends.length);
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] as number;
    if (end < start || end > utf8.length) throw new RangeError("ends do not fit the bytes");
    ids[i] = toTokenId(murmur3(utf8, start, end, seed));
    start = end;
  }
  return ids;
}
