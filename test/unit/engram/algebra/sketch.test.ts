import { describe, expect, it } from "vitest";
import { bundle, fold } from "../../../../src/engram/algebra/hypervector.ts";
import { compareSketches, packSketch, sketchOf, unpackSketch } from "../../../../src/engram/algebra/sketch.ts";
import { textVector } from "../../../../src/engram/algebra/token-vector.ts";
import { createJsKernel } from "../../../../src/engram/kernel/js-kernel.ts";
import { positionOf, signOf } from "../../../../src/engram/token-space.ts";

const kernel = createJsKernel();
const sketch = (text: string, seed = 1, dimensions = 10_000) =>
  sketchOf(fold(textVector({ kernel, seed }, text), dimensions), { seed, chunks: 1 });
/** Words that share no part. */
const words = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) =>
    (from + i).toString(26).replace(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? ""),
  )
    .map((word) => `k${word}k`)
    .join(" ");

describe("sketches", () => {
  it("come back from bytes as they were, and compare as before", () => {
    const [a, b, c] = [sketch(words(0, 100)), sketch(words(30, 130)), sketch(words(500, 600))];
    const arrived = unpackSketch(Buffer.concat([Buffer.from("x"), packSketch(a)]).subarray(1));

    expect(arrived).toEqual(a);
    expect(compareSketches(arrived, a)).toBeCloseTo(1);
    expect(compareSketches(arrived, b)).toBeGreaterThan(0.5);
    expect(Math.abs(compareSketches(arrived, c))).toBeLessThan(0.3);
    expect(compareSketches(a, sketch(""))).toBe(0);
  });

  it("are not moved by what stands everywhere as raw sums are", () => {
    const common = bundle(
      Array.from({ length: 50 }, () => fold(textVector({ kernel, seed: 1 }, "const return"), 10_000)),
    );
    const of = (text: string) => sketchOf(bundle([common, sketch(text).sum]), { seed: 1, chunks: 50 });

    expect(compareSketches(of(words(0, 200)), of(words(500, 700)))).toBeLessThan(0.6);
  });

  it("are refused where they were made differently", () => {
    const one = sketch("text");
    const others = [sketch("text", 2), sketch("text", 1, 65_536), { ...one, encoderVersion: one.encoderVersion + 1 }];

    for (const other of others) {
      expect(() => compareSketches(one, other)).toThrow(expect.objectContaining({ code: "sketch-mismatch" }));
    }
  });

  it.each([
    ["cut", (bytes: Uint8Array) => bytes.subarray(0, 40)],
    ["cut short", (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ["foreign", (bytes: Uint8Array) => bytes.map((byte, i) => (i === 0 ? 0 : byte))],
    ["of another layout", (bytes: Uint8Array) => bytes.map((byte, i) => (i === 4 ? 9 : byte))],
    ["altered", (bytes: Uint8Array) => bytes.map((byte, i) => (i === 500 ? byte ^ 1 : byte))],
    ["of impossible dimensions", (bytes: Uint8Array) => bytes.map((byte, i) => (i === 20 ? byte ^ 1 : byte))],
  ])("are refused when %s", (_, spoil) => {
    const bytes = new Uint8Array(packSketch(sketch("text")));

    expect(() => unpackSketch(spoil(bytes))).toThrow(expect.objectContaining({ code: "sketch-unreadable" }));
  });

  it("give away to whoever knows the seed which words they hold", () => {
    const { sum } = sketch(`${words(0, 300)} secretname`);
    const valueOf = (word: string) => {
      const [token = 0] = textVector({ kernel, seed: 1 }, word).tokens;
      return signOf(token) * (sum[positionOf(token) % sum.length] as number);
    };

    expect(valueOf("secretname")).toBeGreaterThan(0);
    expect(["unheardof", "othername", "absentee", "nobody"].filter((word) => valueOf(word) > 0)).toEqual([]);
  });
});
