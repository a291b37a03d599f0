import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, asyncProperty, float, integer, property } from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { readGgufHeader } from "../../../src/model/gguf-header.ts";
import { toHalf, writeGguf } from "../../../src/model/gguf-writer.ts";
import { writeTinyModel } from "../../helpers/tiny-model/tiny-model.ts";

const folder = mkdtempSync(join(tmpdir(), "gguf-"));
const file = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

describe("writeGguf", () => {
  it("writes what the header reader reads", async () => {
    await writeGguf(
      file("a.gguf"),
      {
        "general.architecture": { type: "string", value: "llama" },
        "general.name": { type: "string", value: "größer" },
        "some.flag": { type: "bool", value: true },
        "some.texts": { type: "string[]", value: ["a", "bc"] },
        "some.floats": { type: "f32[]", value: [0.5] },
        "some.integers": { type: "i32[]", value: [-1, 2] },
        "some.negative": { type: "i32", value: -7 },
        "llama.context_length": { type: "u32", value: 2048 },
        "llama.block_count": { type: "u32", value: 30 },
        "llama.embedding_length": { type: "u32", value: 576 },
        "llama.attention.head_count": { type: "u32", value: 9 },
        "llama.attention.head_count_kv": { type: "u32", value: 3 },
      },
      [],
    );
    expect(await readGgufHeader(file("a.gguf"))).toMatchObject({
      architecture: "llama",
      name: "größer",
      trainContextTokens: 2048,
      // 30 layers × 3 heads × (64 + 64) values × 2 bytes
      kvBytesPerToken: 23_040,
      layers: 30,
      heads: 9,
      embeddingLength: 576,
      vocabularyTokens: null,
      hasChatTemplate: false,
      tensors: 0,
    });
  });

  it("tells the sizes of a model that decide over its memory", async () => {
    await writeTinyModel(file("sizes.gguf"), { layers: 3 });
    const header = await readGgufHeader(file("sizes.gguf"));
    expect(header).toMatchObject({ layers: 3, heads: 1, hasChatTemplate: true, tensors: 30 });
    expect(header.vocabularyTokens).toBe(header.embeddingLength);
    expect(readFileSync(file("sizes.gguf")).subarray(header.dataOffset).length).toBeGreaterThan(1e6);
  });

  it("adds up heads that differ from layer to layer", async () => {
    const u32 = (value: number) => ({ type: "u32", value }) as const;
    await writeGguf(
      file("layers.gguf"),
      {
        "general.architecture": { type: "string", value: "x" },
        "x.block_count": u32(3),
        "x.attention.head_count": u32(8),
        "x.attention.head_count_kv": { type: "i32[]", value: [0, 2, 4] },
        "x.attention.key_length": u32(16),
        "x.attention.value_length": u32(8),
      },
      [],
    );
    expect((await readGgufHeader(file("layers.gguf"))).kvBytesPerToken).toBe((2 + 4) * (16 + 8) * 2);
  });

  it("places every tensor at a multiple of 32 bytes, at the offset its header says", async () => {
    const values =
      (...list: number[]) =>
      () =>
        Float32Array.from(list);
    await writeGguf(file("t.gguf"), {}, [
      { name: "a", shape: [3], type: "f32", data: values(1, 2, 3) },
      { name: "b", shape: [2, 1], type: "f16", data: values(1, -2) },
    ]);
    const bytes = readFileSync(file("t.gguf"));
    expect(bytes.length % 32).toBe(0);
    const second = bytes.subarray(-32);
    expect([second.readUInt16LE(0), second.readUInt16LE(2)]).toEqual([0x3c00, 0xc000]);
    const first = bytes.subarray(-64);
    expect([first.readFloatLE(0), first.readFloatLE(4), first.readFloatLE(8)]).toEqual([1, 2, 3]);
    // The second tensor's offset is the last field of the header.
    expect(bytes.readBigUInt64LE(bytes.indexOf("b", 24) + 1 + 4 + 16 + 4)).toBe(32n);
  });

  it("refuses data that does not fill its shape", async () => {
    const tensor = { name: "a", shape: [2, 2], type: "f32", data: () => new Float32Array(3) } as const;
    await expect(writeGguf(file("bad.gguf"), {}, [tensor])).rejects.toThrow("its shape asks for 4");
  });

  it("is deterministic", async () => {
    await writeTinyModel(file("one.gguf"));
    await writeTinyModel(file("two.gguf"));
    expect(readFileSync(file("one.gguf")).equals(readFileSync(file("two.gguf")))).toBe(true);
  });
});

describe("readGgufHeader", () => {
  it("says what is wrong with a file", async () => {
    writeFileSync(file("pointer.gguf"), "version https://git-lfs.github.com/spec/v1\n");
    await expect(readGgufHeader(file("pointer.gguf"))).rejects.toThrow("it is not a GGUF file");
    writeFileSync(file("short.gguf"), "GGUF");
    await expect(readGgufHeader(file("short.gguf"))).rejects.toThrow("it ends too early");
    writeFileSync(file("old.gguf"), Buffer.from([...Buffer.from("GGUF"), 1, 0, 0, 0]));
    await expect(readGgufHeader(file("old.gguf"))).rejects.toThrow("GGUF version 1 is not supported");
  });

  it("never hangs or crashes on a header that ends anywhere", async () => {
    await writeTinyModel(file("whole.gguf"));
    const whole = readFileSync(file("whole.gguf"));
    await assert(
      asyncProperty(integer({ min: 0, max: 3_000 }), async (length) => {
        writeFileSync(file("cut.gguf"), whole.subarray(0, 3_000));
        truncateSync(file("cut.gguf"), length);
        await expect(readGgufHeader(file("cut.gguf"))).rejects.toThrow(RangeError);
      }),
      { numRuns: 30 },
    );
  });
});

describe("toHalf", () => {
  it("gives back every half-precision number", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromHalf(bits);
      if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
    }
  });

  it("rounds to the nearest, ties to even", () => {
    assert(
      property(float({ min: -65_000, max: 65_000, noNaN: true }), (value) => {
        const half = toHalf(value);
        const error = Math.abs(fromHalf(half) - value);
        for (const neighbour of [half - 1, half + 1]) {
          if ((neighbour & 0x8000) !== (half & 0x8000)) continue;
          const other = Math.abs(fromHalf(neighbour) - value);
          expect(error < other || (error === other && half % 2 === 0)).toBe(true);
        }
      }),
    );
    expect([toHalf(1e6), toHalf(-Infinity), toHalf(1e-9)]).toEqual([0x7c00, 0xfc00, 0]);
    expect(fromHalf(toHalf(NaN))).toBeNaN();
  });
});

/** The definition of binary16, written out. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
