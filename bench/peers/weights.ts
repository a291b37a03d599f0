import { pathRelativeLength, queryWeight, saturation } from "../../src/engram/bm25.ts";

/** What a path token counts, as in the engram. */
export const pathWeight = 3;

/** BM25 of the engram, from the engram's own functions, so that peers written here differ in nothing but the way. */
export { pathRelativeLength, queryWeight, saturation };
