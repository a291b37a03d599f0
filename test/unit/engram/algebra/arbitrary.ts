import * as fc from "fast-check";
import { vectorOf } from "../../../../src/engram/algebra/token-vector.ts";
import { toTokenId } from "../../../../src/engram/token-space.ts";

/** Ids from the whole space, and a few from a narrow band so that vectors meet. */
const token = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }).map(toTokenId),
  fc.integer({ min: 0, max: 9 }),
  fc.integer({ min: 2_047_999_990, max: 2_047_999_999 }),
);

const entry = fc.tuple(token, fc.integer({ min: -300, max: 300 }));

export const tokenVector = fc.array(entry, { maxLength: 20 }).map((entries) =>
  vectorOf(
    entries.map(([id]) => id),
    entries.map(([, value]) => value),
  ),
);

/** A generator of uint32 (xorshift32, Marsaglia 2003): the same numbers on every machine. */
export function randomWords(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
