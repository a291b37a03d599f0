import { describe, expect, it } from "vitest";
import { byteVector, createHolographicDecoder, positionVector } from "../../../../src/engram/original/holographic.ts";
import { parseOriginalEngram, type TernaryVector } from "../../../../src/engram/original/original-engram.ts";
import { parseOriginalManifest } from "../../../../src/engram/original/original-manifest.ts";
import { contents, engramBytes, manifestBytes } from "./original-files.ts";

const engram = parseOriginalEngram(engramBytes("holographic"), "some.engram");
const manifest = parseOriginalManifest(manifestBytes("holographic"), "some.json", engram);

const bytes = Array.from({ length: 256 }, (_, byte) => signs(byteVector(byte)));
const positions = Array.from({ length: 8 }, (_, place) => signs(positionVector(place)));

describe("the original's random vectors", () => {
  it("encode every chunk to the vector that the original stored", () => {
    let chunks = 0;
    for (const { path, firstChunk, isDeleted } of manifest.files) {
      const data = isDeleted ? Buffer.alloc(0) : (contents.holographic.get(path) ?? Buffer.alloc(0));
      for (let at = 0; at < data.length; at += 8, chunks++) {
        expect(encode(data.subarray(at, at + 8))).toEqual(engram.vector(firstChunk + at / 8));
      }
    }
    expect(chunks).toBeGreaterThan(60);
  });

  it("have a hundred dimensions of either sign", () => {
    const { plus, minus } = byteVector(7);
    expect(new Set([...plus, ...minus]).size).toBe(200);
    expect([plus.length, minus.length]).toEqual([100, 100]);
  });
});

describe("createHolographicDecoder", () => {
  it("finds the byte again that stands alone", () => {
    const decoder = createHolographicDecoder();
    const wrong = Array.from({ length: 256 }, (_, byte) => byte).filter(
      (byte) => decoder.decode(encode(Buffer.from([byte])), 1)[0] !== byte,
    );
    // A product of two vectors with 200 of 10,000 dimensions has 4 on average and sometimes none.
    expect(wrong.length).toBeLessThan(30);
  });

  it("takes the smallest byte where nothing speaks for any", () => {
    expect(createHolographicDecoder().decode({ plus: new Uint16Array(), minus: new Uint16Array() }, 3)).toEqual(
      Buffer.alloc(3),
    );
  });
});

/** The original's encoder, written from its description: products, summed one after another and clipped. */
function encode(data: Buffer): TernaryVector {
  const sum = new Map<number, number>();
  for (const [place, byte] of data.entries()) {
    const position = positions[place] ?? new Map<number, number>();
    for (const [dimension, sign] of bytes[byte] ?? []) {
      const product = sign * (position.get(dimension) ?? 0);
      sum.set(dimension, Math.max(-1, Math.min(1, (sum.get(dimension) ?? 0) + product)));
    }
  }
  const withSign = (sign: number) =>
    Uint16Array.from([...sum].flatMap(([dimension, value]) => (value === sign ? [dimension] : []))).sort();
  return { plus: withSign(1), minus: withSign(-1) };
}

function signs({ plus, minus }: TernaryVector): Map<number, number> {
  return new Map([...Array.from(plus, (at) => [at, 1] as const), ...Array.from(minus, (at) => [at, -1] as const)]);
}
