import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accumulateRows,
  bindFolded,
  bundle,
  chunkVector,
  dotPlanes,
  dotProduct,
  fold,
  foldInto,
  fromPlanes,
  similarity,
  toPlanes,
  unbindFolded,
} from "../../../../src/engram/algebra/hypervector.ts";
import { bind, cosine, type IntegerVector, sum, vectorOf } from "../../../../src/engram/algebra/token-vector.ts";
import { emptyRow, type FileRow } from "../../../../src/engram/file-row.ts";
import { foldDimensions, roles, toTokenId } from "../../../../src/engram/token-space.ts";
import { randomWords, tokenVector } from "./arbitrary.ts";

const dimensions = fc.constantFrom(...foldDimensions);

/** Compares as bytes: an element-wise comparison of 100,000 numbers takes longer than everything else here. */
function expectSame(a: Int32Array, b: Int32Array): void {
  expect(Buffer.from(a.buffer).equals(Buffer.from(b.buffer))).toBe(true);
}

describe("fold", () => {
  it("is linear: fold(a + b) = fold(a) + fold(b)", () => {
    fc.assert(
      fc.property(tokenVector, tokenVector, dimensions, (a, b, size) => {
        expectSame(fold(sum([a, b]), size), bundle([fold(a, size), fold(b, size)]));
      }),
    );
  });

  it("is taken back exactly", () => {
    fc.assert(
      fc.property(tokenVector, tokenVector, dimensions, (kept, removed, size) => {
        const folded = fold(removed, size);
        foldInto(folded, kept);
        foldInto(folded, removed, -1);

        expectSame(folded, fold(kept, size));
      }),
    );
  });

  it("turns binding into a rotation, in every dimension that it is made for", () => {
    fc.assert(
      fc.property(tokenVector, dimensions, fc.constantFrom(...roles), fc.nat(), (a, size, role, seed) => {
        const bound = fold(bind(a, role, seed), size);

        expectSame(bindFolded(fold(a, size), role, seed), bound);
        expectSame(unbindFolded(bound, role, seed), fold(a, size));
      }),
    );
  });

  it("takes the sign from a bit that has no part in the position", () => {
    expect([...fold({ tokens: [3, 0x80000004, 19], values: [2, 4, 5] }, 16)]).toEqual(
      Array.from({ length: 16 }, (_, i) => ({ 3: 7, 4: -4 })[i] ?? 0),
    );
  });
});

describe("similarity", () => {
  it.each(foldDimensions)("in %i dimensions errs by (1 − ρ²)/√D around the true cosine ρ", (size) => {
    const random = randomWords(0x2545f491);
    const errors = Array.from({ length: 300 }, () => {
      const [shared, left, right] = [300, 300, 300].map((count) => randomVector(random, count)) as [
        IntegerVector,
        IntegerVector,
        IntegerVector,
      ];
      const [a, b] = [sum([shared, left]), sum([shared, right])];
      const truth = cosine(a, b);
      return ((similarity(fold(a, size), fold(b, size)) - truth) * Math.sqrt(size)) / (1 - truth ** 2);
    });
    const mean = errors.reduce((total, error) => total + error, 0) / errors.length;
    const deviation = Math.sqrt(errors.reduce((total, error) => total + error ** 2, 0) / errors.length);

    // 300 pairs know a deviation to within about 4 % and a mean to within 6 % of it (one sigma).
    expect(deviation).toBeGreaterThan(0.85);
    expect(deviation).toBeLessThan(1.15);
    expect(Math.abs(mean)).toBeLessThan(0.2);
  });

  it("tells D/50 members of a sum from ten thousand strangers, and D/5 no longer", () => {
    const size = 10_000;
    expect(foundAgain(size, size / 50)).toBeGreaterThan(0.97);
    expect(foundAgain(size, size / 5)).toBeLessThan(0.8);
  });

  it("is 1 for a vector and itself, 0 for nothing, and refuses other dimensions", () => {
    const folded = fold(vectorOf([1, 2], [3, -4]), 10_000);

    expect(similarity(folded, folded)).toBeCloseTo(1);
    expect(similarity(folded, new Int32Array(10_000))).toBe(0);
    expect(() => dotProduct(folded, new Int32Array(5))).toThrow(RangeError);
    expect(() => bundle([folded, new Int32Array(5)])).toThrow(RangeError);
  });
});

describe("planes", () => {
  it("hold every value from -4 to 4 and clamp the rest", () => {
    const values = Int32Array.from({ length: 21 }, (_, i) => i - 10);
    const planes = toPlanes(values);

    expect(fromPlanes(planes)).toEqual(values.map((value) => Math.max(-4, Math.min(4, value))));
    for (const plane of [planes.ones, planes.threes]) expect(plane.every((digit) => Math.abs(digit) <= 1)).toBe(true);
  });

  it("give the inner product of the vectors that they hold", () => {
    const digits = fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 })));
    fc.assert(
      fc.property(digits, (pairs) => {
        const [a, b] = [Int32Array.from(pairs, ([left]) => left), Int32Array.from(pairs, ([, right]) => right)];
        expect(fromPlanes(toPlanes(a))).toEqual(a);
        expect(dotPlanes(toPlanes(a), toPlanes(b))).toBe(dotProduct(a, b));
      }),
    );
  });
});

describe("chunk vectors", () => {
  const row: FileRow = {
    ...emptyRow("a.ts", "100644", "0", null),
    startLines: Uint32Array.of(1, 41),
    endLines: Uint32Array.of(40, 50),
    rowEnds: Uint32Array.of(2, 3),
    tokens: Uint32Array.of(5, 8, 5),
    counts: Uint8Array.of(1, 20, 255),
    roleEnds: Uint32Array.of(0, 1),
    roleTokens: Uint32Array.of(100),
    roleCounts: Uint8Array.of(1),
    pathTokens: Uint32Array.of(70),
    pathCounts: Uint8Array.of(3),
  };

  it("hold text, roles and path with magnitudes from 1 to 4 that grow with the count", () => {
    const first = chunkVector(row, 0);
    const second = chunkVector(row, 1);

    expect([[...first.tokens], [...second.tokens]]).toEqual([
      [5, 8, 70],
      [5, 100, 70],
    ]);
    expect(first.values[1]).toBe(4);
    expect(first.values[0]).toBeLessThan(4);
    for (const value of [...first.values, ...second.values]) expect(value).toBeGreaterThanOrEqual(1);
  });

  it("add up over all chunks of some rows, and are taken back exactly", () => {
    const other = { ...row, tokens: Uint32Array.of(6, 9, 6) };
    const total = new Int32Array(65_536);
    accumulateRows(total, [row, other], 1);
    expectSame(total, bundle([row, other].flatMap((one) => [0, 1].map((chunk) => fold(chunkVector(one, chunk))))));
    accumulateRows(total, [other], -1);

    expectSame(total, bundle([0, 1].map((chunk) => fold(chunkVector(row, chunk)))));
  });
});

function randomVector(random: () => number, size: number): IntegerVector {
  const tokens = Array.from({ length: size }, () => toTokenId(random()));
  return vectorOf(
    tokens,
    tokens.map(() => 1 + (random() % 4)),
  );
}

/** Share of the members of a sum of `count` random items that rank among its best `count` of 10,000. */
function foundAgain(size: number, count: number): number {
  const random = randomWords(0x9e3779b9);
  const items = Array.from({ length: 10_000 }, () => randomVector(random, 60));
  const total = bundle(items.slice(0, count).map((item) => fold(item, size)));
  const scores = items.map((item, i) => {
    let product = 0;
    for (let t = 0; t < item.tokens.length; t++) {
      const token = item.tokens[t] as number;
      const sign = token >>> 31 === 0 ? 1 : -1;
      product += sign * (item.values[t] as number) * (total[(token & 0x7fffffff) % size] as number);
    }
    return { i, score: product };
  });
  const best = scores.toSorted((a, b) => b.score - a.score).slice(0, count);
  return best.filter(({ i }) => i < count).length / count;
}
