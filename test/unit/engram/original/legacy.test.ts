import { describe, expect, it } from "vitest";
import { decodeLegacy } from "../../../../src/engram/original/legacy.ts";

const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
const vector = (...plus: number[]) => ({ plus: Uint16Array.from(plus), minus: new Uint16Array() });

describe("decodeLegacy", () => {
  // The original's own answers for 200 zeros, 28 times (1, 128), which cancel out, and 44 times 127, and for 4,096 zeros.
  it("goes on with the next block's shift where a block ends early", () => {
    const decoded = decodeLegacy(vector(...from(3_000, 200), ...from(3_627, 44)), "a/b.txt", 300);
    expect([...decoded]).toEqual([...from(0, 200).map(() => 0), ...from(28, 100).reverse()]);
  });

  it("goes on at dimension 0 behind the last one", () => {
    const decoded = decodeLegacy(vector(...from(0, 193), ...from(9_000, 1_000)), "z1.bin", 4_096);
    expect(decoded).toEqual(Buffer.alloc(4_096));
    // The last of 16 blocks begins at dimension 9,937: its byte 163 looks from dimension 100 on.
    const gap = decodeLegacy(vector(...from(0, 100), 150, ...from(9_000, 1_000)), "z1.bin", 4_096);
    expect([...gap.subarray(15 * 256 + 162)]).toEqual([0, ...from(0, 51).reverse()]);
  });

  it("ends where no block says anything more, and at once where nothing is set", () => {
    expect([...decodeLegacy(vector(3_001), "a/b.txt", 600)]).toEqual([1, 0]);
    expect(decodeLegacy(vector(), "a/b.txt", 600)).toHaveLength(0);
  });
});
