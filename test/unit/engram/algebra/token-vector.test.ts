import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bind,
  chunkVectorOf,
  cosine,
  difference,
  fileVector,
  innerProduct,
  type IntegerVector,
  negate,
  norm,
  positivePart,
  rowsVector,
  scale,
  sum,
  textVector,
  unbind,
  vectorOf,
  zeroVector,
} from "../../../../src/engram/algebra/token-vector.ts";
import { emptyRow, type FileRow } from "../../../../src/engram/file-row.ts";
import { createJsKernel } from "../../../../src/engram/kernel/js-kernel.ts";
import { roles } from "../../../../src/engram/token-space.ts";
import { tokenVector } from "./arbitrary.ts";

const role = fc.constantFrom(...roles);
const seed = fc.integer({ min: 0, max: 0xffffffff });

describe("vectors", () => {
  it("come out of any entries ascending, distinct and without zeros", () => {
    expect(vectorOf([7, 3, 7, 9, 3], [1, 5, 2, 0, -5])).toEqual(vector([[7, 3]]));
  });
});

describe("sum", () => {
  it("is associative and commutative, with zero and an exact inverse", () => {
    fc.assert(
      fc.property(tokenVector, tokenVector, tokenVector, (a, b, c) => {
        expect(sum([sum([a, b]), c])).toEqual(sum([a, sum([b, c])]));
        expect(sum([a, b, c])).toEqual(sum([c, a, b]));
        expect(sum([a, zeroVector])).toEqual(a);
        expect(sum([a, negate(a)])).toEqual(zeroVector);
        expect(difference(sum([a, b]), b)).toEqual(a);
      }),
    );
  });

  it("adds any number of vectors as entries are added one by one", () => {
    fc.assert(
      fc.property(fc.array(tokenVector, { maxLength: 9 }), (vectors) => {
        const tokens = vectors.flatMap((one) => [...one.tokens]);
        const values = vectors.flatMap((one) => [...one.values]);
        expect(sum(vectors)).toEqual(vectorOf(tokens, values));
      }),
    );
  });

  it("scales, and splits into its positive and its negative part", () => {
    fc.assert(
      fc.property(tokenVector, (a) => {
        expect(scale(a, 3)).toEqual(sum([a, a, a]));
        expect(scale(a, 0)).toEqual(zeroVector);
        expect(difference(positivePart(a), positivePart(negate(a)))).toEqual(a);
      }),
    );
  });
});

describe("bind", () => {
  it("is undone exactly by unbind, also in a sum of several roles", () => {
    fc.assert(
      fc.property(tokenVector, tokenVector, role, role, seed, (a, b, one, other, key) => {
        expect(unbind(bind(a, one, key), one, key)).toEqual(a);
        const both = sum([bind(a, one, key), bind(b, other, key)]);
        expect(unbind(difference(both, bind(b, other, key)), one, key)).toEqual(a);
      }),
    );
  });

  it("distributes over sums and keeps inner products", () => {
    fc.assert(
      fc.property(tokenVector, tokenVector, role, seed, (a, b, one, key) => {
        expect(bind(sum([a, b]), one, key)).toEqual(sum([bind(a, one, key), bind(b, one, key)]));
        expect(innerProduct(bind(a, one, key), bind(b, one, key))).toBe(innerProduct(a, b));
      }),
    );
  });

  it("keeps roles apart: a bound vector shares no token with the vector or with another role", () => {
    const a = vectorOf([1, 2, 0x80000003], [1, 2, 3]);
    const bound = roles.map((one) => bind(a, one, 42));

    for (const [i, one] of [a, ...bound].entries()) {
      for (const other of [a, ...bound].slice(i + 1)) expect(innerProduct(one, other)).toBe(0);
    }
  });
});

describe("cosine", () => {
  it("weighs tokens and takes square roots with their signs where asked to", () => {
    const [a, b] = [
      vector([
        [1, 4],
        [2, -9],
      ]),
      vector([
        [1, 1],
        [2, 16],
        [3, 5],
      ]),
    ];
    const weightOf = (token: number) => (token === 1 ? 10 : 1);

    expect(innerProduct(a, b)).toBe(4 - 144);
    expect(innerProduct(a, b, { squareRoots: true })).toBe(2 - 12);
    expect(innerProduct(a, b, { weightOf })).toBe(400 - 144);
    expect(norm(a, { squareRoots: true })).toBeCloseTo(Math.sqrt(13));
    expect(cosine(a, a, { weightOf })).toBeCloseTo(1);
    expect(cosine(a, negate(a))).toBeCloseTo(-1);
    expect(cosine(a, zeroVector)).toBe(0);
  });
});

describe("vectors of rows", () => {
  const row: FileRow = {
    ...emptyRow("a.ts", "100644", "0", null),
    startLines: Uint32Array.of(1, 41),
    endLines: Uint32Array.of(40, 50),
    rowEnds: Uint32Array.of(2, 3),
    tokens: Uint32Array.of(5, 8, 5),
    counts: Uint8Array.of(1, 2, 255),
    roleEnds: Uint32Array.of(0, 1),
    roleTokens: Uint32Array.of(100),
    roleCounts: Uint8Array.of(4),
    pathTokens: Uint32Array.of(70),
    pathCounts: Uint8Array.of(3),
  };

  it("hold the blocks that are asked for", () => {
    expect(chunkVectorOf(row, 0, ["text"])).toEqual(
      vector([
        [5, 1],
        [8, 2],
      ]),
    );
    expect(chunkVectorOf(row, 1, ["text", "roles", "path"])).toEqual(
      vector([
        [5, 255],
        [70, 3],
        [100, 4],
      ]),
    );
    expect(chunkVectorOf(row, 0, ["roles"])).toEqual(zeroVector);
  });

  it("of a file and of many rows are the sums of their chunks", () => {
    expect(fileVector(row, ["text", "path"])).toEqual(
      vector([
        [5, 256],
        [8, 2],
        [70, 6],
      ]),
    );
    expect(rowsVector([row, row], ["text"])).toEqual(
      vector([
        [5, 512],
        [8, 4],
      ]),
    );
    expect(rowsVector([], ["text"])).toEqual(zeroVector);
  });

  it("of a text count its tokens over all lines", () => {
    const encoder = { kernel: createJsKernel(), seed: 3 };
    const { tokens, values } = textVector(encoder, "getUser\n\nuser user\n");

    expect(tokens).toHaveLength(3);
    expect(Array.from(values).sort((a, b) => a - b)).toEqual([1, 1, 3]);
    expect(textVector(encoder, "")).toEqual(zeroVector);
    expect(textVector(encoder, "user get\nuser getuser user")).toEqual({ tokens, values });
  });
});

function vector(entries: [token: number, value: number][]): IntegerVector {
  return {
    tokens: Uint32Array.from(entries, ([token]) => token),
    values: Int32Array.from(entries, ([, value]) => value),
  };
}
