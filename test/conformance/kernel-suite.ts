import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kernel } from "../../src/engram/kernel/kernel.ts";
import { tokenPositions } from "../../src/engram/token-space.ts";
import { seeds, texts } from "./kernel-arbitraries.ts";
import { modelId } from "./kernel-model.ts";
import { building, refusing, searching } from "./kernel-suite-index.ts";
import { encoding } from "./kernel-suite-text.ts";

/** What every kernel does. Both implementations pass it, so that an engram made by one is read and updated by the other. */
export function kernelSuite(kernel: Kernel): void {
  describe("hashTokens", () => hashing(kernel));
  describe("encodeText", () => encoding(kernel));
  describe("buildSegment", () => building(kernel));
  describe("openIndex", () => searching(kernel));
  describe("openIndex refuses", () => refusing(kernel));
  describe("vectors", () => folding(kernel));
}

function hashing(kernel: Kernel): void {
  // From the reference implementation's published test vectors.
  it.each([
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["", 0xffffffff, 0x81f16f39],
    ["a", 0x9747b28c, 0x7fa09ea6],
    ["aa", 0x9747b28c, 0x5d211726],
    ["aaa", 0x9747b28c, 0x283e0130],
    ["aaaa", 0x9747b28c, 0x5a97808a],
    ["Hello, world!", 0x9747b28c, 0x24884cba],
    ["ππππππππ", 0x9747b28c, 0xd58063c1],
    ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ])("hashes %j with seed %i", (token, seed, hash) => {
    const utf8 = Buffer.from(token);
    const expected = hash >= 0x80000000 ? 0x80000000 + ((hash - 0x80000000) % tokenPositions) : hash % tokenPositions;

    expect([...kernel.hashTokens(utf8, Uint32Array.of(utf8.length), seed)]).toEqual([expected]);
  });

  it("hashes a batch as it hashes each token", () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 20 }), seeds, (tokens, seed) => {
        let end = 0;
        const ends = Uint32Array.from(tokens, (token) => (end += Buffer.byteLength(token)));
        const ids = kernel.hashTokens(Buffer.from(tokens.join("")), ends, seed);

        expect([...ids]).toEqual(tokens.map((token) => modelId(token, seed)));
      }),
    );
  });

  it("hashes none of none", () => {
    expect(kernel.hashTokens(new Uint8Array(0), new Uint32Array(0), 0)).toHaveLength(0);
  });

  it.each([
    ["behind the bytes", [5]],
    ["that go back", [3, 2]],
  ])("refuses ends %s", (_, ends) => {
    expect(() => kernel.hashTokens(new Uint8Array(4), Uint32Array.from(ends), 0)).toThrow(/./);
  });
}

function folding(kernel: Kernel): void {
  const dimensions = fc.constantFrom(1, 7, 16, 10_000);
  const entries = fc.array(fc.tuple(seeds, fc.integer({ min: -4, max: 255 })), { maxLength: 40 });
  const positionOf = (token: number, size: number) => (token % 0x80000000) % size;
  const signOf = (token: number) => (token >= 0x80000000 ? -1 : 1);

  it("folds a vector into a sum: position modulo dimensions, with the token's sign", () => {
    fc.assert(
      fc.property(entries, dimensions, fc.integer({ min: -3, max: 3 }), (vector, size, times) => {
        const sum = Int32Array.from({ length: size }, (_, i) => i);
        const expected = sum.slice();
        for (const [token, value] of vector) {
          const at = positionOf(token, size);
          expected[at] = (expected[at] as number) + times * value * signOf(token);
        }
        kernel.foldInto(
          sum,
          Uint32Array.from(vector, ([token]) => token),
          Int32Array.from(vector, ([, v]) => v),
          times,
        );

        expect(Buffer.from(sum.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
      }),
    );
  });

  it("takes back what it added, also where a sum has wrapped around", () => {
    const sum = Int32Array.of(0x7fffffff, -0x80000000);
    const tokens = Uint32Array.of(0, 1, 0x80000001);
    const values = Int32Array.of(0x7fffffff, 5, 9);
    kernel.foldInto(sum, tokens, values, 3);

    expect(sum).toEqual(Int32Array.of(-4, -0x80000000 - 12));

    kernel.foldInto(sum, tokens, values, -3);

    expect(sum).toEqual(Int32Array.of(0x7fffffff, -0x80000000));
  });

  it("multiplies many sparse vectors with one dense", () => {
    const dense = fc.array(fc.integer(), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(dense, fc.array(entries, { maxLength: 6 }), (numbers, vectors) => {
        const flat = vectors.flat();
        let end = 0;
        const ends = Uint32Array.from(vectors, (vector) => (end += vector.length));
        const products = kernel.dotProducts(
          Int32Array.from(numbers),
          Uint32Array.from(flat, ([token]) => token),
          Int32Array.from(flat, ([, value]) => value),
          ends,
        );
        const product = (vector: [number, number][]) =>
          vector.reduce((sum, [t, v]) => sum + v * signOf(t) * (numbers[positionOf(t, numbers.length)] as number), 0);

        expect([...products].map((p) => p + 0)).toEqual(vectors.map((vector) => product(vector) + 0));
      }),
    );
  });

  it.each<[string, () => unknown]>([
    ["a sum without dimensions", () => kernel.foldInto(new Int32Array(0), Uint32Array.of(1), Int32Array.of(1), 1)],
    ["a token without a value", () => kernel.foldInto(new Int32Array(4), Uint32Array.of(1), new Int32Array(0), 1)],
    ["a dense vector without dimensions", () => products(0, 1, 1, [1])],
    ["entries without values", () => products(4, 2, 1, [1])],
    ["ends behind the entries", () => products(4, 1, 1, [2])],
    ["ends that go back", () => products(4, 2, 2, [2, 1])],
  ])("refuses %s", (_, call) => {
    expect(call).toThrow(RangeError);
  });

  function products(size: number, tokens: number, values: number, ends: number[]): Float64Array {
    return kernel.dotProducts(
      new Int32Array(size),
      new Uint32Array(tokens),
      new Int32Array(values),
      Uint32Array.from(ends),
    );
  }
}
