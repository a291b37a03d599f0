import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { Kernel } from "../../src/engram/kernel/kernel.ts";
import { limits } from "../../src/shared/limits.ts";
import { seeds, windowedTexts } from "./kernel-arbitraries.ts";
import { chunksOf, modelEncode } from "./kernel-model.ts";

/** Texts to chunks of counted tokens. */
export function encoding(kernel: Kernel): void {
  const encode = (text: string, windows: number[], seed: number, mostDistinct: number) =>
    chunksOf(kernel.encodeText(Buffer.from(text), Uint32Array.from(windows), seed, mostDistinct));

  it("tokenises, counts and halves as the contract says", () => {
    fc.assert(
      fc.property(windowedTexts, seeds, fc.integer({ min: 0, max: 20 }), ({ text, windows }, seed, most) => {
        expect(encode(text, windows, seed, most)).toEqual(modelEncode(text, windows, seed, most));
      }),
      { numRuns: 1_000 },
    );
  });

  it("knows every character of the basic plane, and one of every pair's first half", () => {
    const codes = Array.from({ length: 0x10000 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff);
    for (let code = 0x10000; code <= 0x10ffff; code += 0x400) codes.push(code, code + 0x3ff);
    const found = codes.map((code) => String.fromCodePoint(code)).filter((character) => character !== "\n");
    const text = found.map((c) => `x${c}Yz Q${c}a _${c}\n`).join("");
    const windows = Array.from({ length: found.length }, (_, line) => [line, line + 1]).flat();

    const expected = modelEncode(text, windows, 1, 256).map((chunk) => JSON.stringify(chunk));
    const chunks = encode(text, windows, 1, 256).map((chunk) => JSON.stringify(chunk));

    expect(chunks).toHaveLength(found.length);
    expect(found.filter((_, line) => chunks[line] !== expected[line])).toEqual([]);
  });

  it("ends the last line at a final line feed and begins none, and keeps what stands without one", () => {
    expect(encode("a\nb\n", [0, 1, 1, 2], 0, 9)).toEqual(encode("a\nb", [0, 1, 1, 2], 0, 9));
    expect(() => encode("a\nb\n", [2, 3], 0, 9)).toThrow(RangeError);
    expect(encode("\n", [0, 1], 0, 9)).toEqual([{ startLine: 1, endLine: 1, counts: [] }]);
  });

  it("begins every call afresh, whatever the size of the one before", () => {
    const large = "word other\n".repeat(5_000);
    encode(large, [0, 5_000], 0, 1);

    expect(encode("x y x", [0, 1], 3, 9)).toEqual(modelEncode("x y x", [0, 1], 3, 9));
    expect(encode(large, [10, 20], 3, 9)).toEqual(modelEncode(large, [10, 20], 3, 9));
  });

  it("counts up to 255 and never divides a line", () => {
    const text = `${"again ".repeat(300)}\n${Array.from({ length: 400 }, (_, i) => `w${i}`).join(" ")}`;

    expect(encode(text, [0, 2], 0, 256)).toEqual(modelEncode(text, [0, 2], 0, 256));
    expect(encode(text, [0, 2], 0, 256).map(({ endLine }) => endLine)).toEqual([1, 2]);
  });

  it("splits words up to the limit in characters, not in bytes", () => {
    const words = ["aB", "é_", "𠮷1", "漢X"].flatMap((pair) =>
      [-1, 0, 1, 2].map((more) => pair.repeat(limits.splitWordCharacters).slice(0, limits.splitWordCharacters + more)),
    );
    const text = Buffer.from(words.join("\n")).toString();
    const windows = words.flatMap((_, line) => [line, line + 1]);

    expect(encode(text, windows, 0, 999)).toEqual(modelEncode(text, windows, 0, 999));
  });

  it("answers nothing for nothing", () => {
    expect(encode("", [], 0, 256)).toEqual([]);
    expect(encode("text", [], 0, 256)).toEqual([]);
  });

  it.each([
    ["a window without an end", [0]],
    ["an empty window", [1, 1]],
    ["a window that goes back", [1, 0]],
    ["windows that overlap", [0, 2, 1, 3]],
    ["windows out of order", [2, 3, 0, 1]],
    ["lines that do not exist", [2, 4]],
  ])("refuses %s", (_, windows) => {
    expect(() => encode("a\nb\nc", windows, 0, 256)).toThrow(RangeError);
  });
}
