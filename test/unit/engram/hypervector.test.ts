import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { magnitudeOf } from "../../../src/engram/bm25.ts";
import { encodeFile } from "../../../src/engram/encode.ts";
import { accumulateRows, chunkVector, foldInto, fromPlanes, toPlanes } from "../../../src/engram/hypervector.ts";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import { addSums, sumRows } from "../../../src/engram/sums.ts";

const entry = fc.record({ token: fc.integer({ min: 0, max: 0xffffffff }), value: fc.integer({ min: -4, max: 4 }) });
const vector = fc.array(entry).map((entries) => ({
  tokens: entries.map(({ token }) => token),
  values: entries.map(({ value }) => value),
}));
const dimensions = fc.constantFrom(7, 1_000, 10_000, 65_536);

const encoder = { kernel: createJsKernel(), seed: 0 };
const rowOf = (path: string, text: string) =>
  encodeFile(encoder, { path, mode: "100644", oid: "0" }, Buffer.from(text));
const row = fc
  .tuple(fc.constantFrom("a.ts", "b/c.md"), fc.array(fc.constantFrom("get", "set item", "parse_it", "")))
  .map(([path, lines]) => rowOf(path, lines.join("\n")));

/** Compares as bytes: an element-wise comparison of 65,536 numbers takes longer than everything else here. */
function expectSame(a: Int32Array, b: Int32Array): void {
  expect(Buffer.from(a.buffer).equals(Buffer.from(b.buffer))).toBe(true);
}

describe("fold", () => {
  it("is linear: fold(a) + fold(b) = fold(a + b)", () => {
    fc.assert(
      fc.property(vector, vector, dimensions, (a, b, size) => {
        const apart = new Int32Array(size);
        foldInto(apart, a);
        foldInto(apart, b);
        const joint = new Int32Array(size);
        foldInto(joint, { tokens: [...a.tokens, ...b.tokens], values: [...a.values, ...b.values] });

        expectSame(apart, joint);
      }),
    );
  });

  it("is taken back exactly", () => {
    fc.assert(
      fc.property(vector, vector, dimensions, (kept, removed, size) => {
        const expected = new Int32Array(size);
        foldInto(expected, kept);
        const sum = new Int32Array(size);
        foldInto(sum, removed);
        foldInto(sum, kept);
        foldInto(sum, removed, -1);

        expectSame(sum, expected);
      }),
    );
  });

  it("takes the sign from a bit that has no part in the position", () => {
    const sum = new Int32Array(16);
    foldInto(sum, { tokens: [0x00000003, 0x80000003 + 1], values: [2, 4] });

    expect([sum[3], sum[4]]).toEqual([2, -4]);
  });
});

describe("planes", () => {
  it("hold every value from -4 to 4 and clamp the rest", () => {
    const values = Int32Array.from({ length: 21 }, (_, i) => i - 10);
    const planes = toPlanes(values);

    expect(fromPlanes(planes)).toEqual(values.map((value) => Math.max(-4, Math.min(4, value))));
    for (const plane of [planes.ones, planes.threes]) expect(plane.every((digit) => Math.abs(digit) <= 1)).toBe(true);
  });
});

describe("chunkVector", () => {
  it("holds magnitudes that grow with the count, from 1 to 4", () => {
    const { tokens, values } = chunkVector(rowOf("a.ts", "rare often often often often often often often"), 0);

    expect(tokens).toHaveLength(4);
    expect(Math.min(...Array.from(values))).toBeGreaterThanOrEqual(1);
    expect(Math.max(...Array.from(values))).toBe(4);
    expect(magnitudeOf(1, 1)).toBeLessThan(magnitudeOf(20, 1));
    expect(magnitudeOf(1, 8)).toBe(1);
  });
});

describe("sums", () => {
  it("root − old + new is the root of the new rows, in every part", () => {
    fc.assert(
      fc.property(fc.array(row), fc.array(row), fc.array(row), (kept, removed, added) => {
        const before = sumRows([...kept, ...removed]);

        const after = addSums(before, sumRows(added, removed));
        const afresh = sumRows([...kept, ...added]);
        expect([after.counters, after.digest]).toEqual([afresh.counters, afresh.digest]);
        expectSame(after.hypervector, afresh.hypervector);
      }),
      { numRuns: 30 },
    );
  });

  it("add up the vectors of all chunks", () => {
    const rows = [rowOf("a.ts", "alpha\n".repeat(100)), rowOf("b.ts", "beta")];
    const expected = new Int32Array(sumRows([]).hypervector.length);
    for (let chunk = 0; chunk < 3; chunk++) foldInto(expected, chunkVector(rows[0] as (typeof rows)[0], chunk));
    foldInto(expected, chunkVector(rows[1] as (typeof rows)[0], 0));
    const sum = new Int32Array(expected.length);
    accumulateRows(sum, rows, 1);

    expectSame(sum, expected);
    expectSame(sumRows(rows).hypervector, expected);
  });
});
