import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketBits,
  headerBytes,
  layOutSegment,
  segmentMagic,
  type SegmentSizes,
  skipReasons,
  viewSegment,
} from "../../../src/engram/kernel/segment-image.ts";

const sizes: fc.Arbitrary<SegmentSizes> = fc.record({
  files: fc.nat(20),
  chunks: fc.nat(50),
  tokens: fc.nat(200),
  postings: fc.nat(500),
  pathBytes: fc.nat(300),
  oidBytes: fc.constantFrom(20, 32),
  forwardBytes: fc.nat(400),
  pathForwardBytes: fc.nat(60),
});

const sections = [
  "firstChunks",
  "pathOffsets",
  "paths",
  "oids",
  "modes",
  "skips",
  "startLines",
  "spans",
  "lengths",
  "dictionary",
  "buckets",
  "offsets",
  "ids",
  "impacts",
  "forwardOffsets",
  "forward",
  "pathForwardOffsets",
  "pathForward",
] as const;

describe("segment image", () => {
  it("lays sections one after the other, each at the next multiple of 8", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const image = layOutSegment(size);
        let at = headerBytes;
        for (const section of sections) {
          expect([section, image[section].byteOffset]).toEqual([section, at]);
          at = Math.ceil((at + image[section].byteLength) / 8) * 8;
        }

        expect(image.bytes.byteLength).toBe(at);
      }),
    );
  });

  it("has room for what the sizes say", () => {
    const image = layOutSegment({
      files: 2,
      chunks: 3,
      tokens: 9,
      postings: 11,
      pathBytes: 5,
      oidBytes: 32,
      forwardBytes: 13,
      pathForwardBytes: 1,
    });

    expect(sections.map((section) => [section, image[section].length])).toEqual([
      ["firstChunks", 3],
      ["pathOffsets", 3],
      ["paths", 5],
      ["oids", 64],
      ["modes", 2],
      ["skips", 2],
      ["startLines", 3],
      ["spans", 3],
      ["lengths", 3],
      ["dictionary", 9],
      ["buckets", 3],
      ["offsets", 10],
      ["ids", 11],
      ["impacts", 11],
      ["forwardOffsets", 4],
      ["forward", 13],
      ["pathForwardOffsets", 3],
      ["pathForward", 1],
    ]);
  });

  it("reads back what was written, also from the middle of a buffer", () => {
    fc.assert(
      fc.property(sizes, fc.nat(3), (size, place) => {
        const image = layOutSegment(size);
        for (const [i, section] of sections.entries()) image[section].fill(i + 1);
        const buffer = new Uint8Array(image.bytes.length + 32);
        buffer.set(image.bytes, 8 * place);
        const read = viewSegment(buffer.subarray(8 * place, 8 * place + image.bytes.length));

        expect([read.files, read.chunks, read.oidBytes]).toEqual([size.files, size.chunks, size.oidBytes]);
        for (const section of sections) expect(read[section]).toEqual(image[section]);
      }),
    );
  });

  it("begins with four letters", () => {
    const { bytes } = layOutSegment({
      files: 0,
      chunks: 0,
      tokens: 0,
      postings: 0,
      pathBytes: 0,
      oidBytes: 20,
      forwardBytes: 0,
      pathForwardBytes: 0,
    });

    expect(Buffer.from(bytes).toString("latin1", 0, 4)).toBe("ESEG");
    expect(Buffer.from(bytes).readUInt32LE()).toBe(segmentMagic);
  });

  it("refuses a header of another magic, version, number of bucket bits or total", () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom(0, 1, 10, 11), fc.integer({ min: 1, max: 0xffffffff }), (size, word, mask) => {
        const { bytes } = layOutSegment(size);
        const header = new Uint32Array(bytes.buffer, 0, 16);
        header[word] = (header[word] as number) ^ mask;

        expect(() => viewSegment(bytes)).toThrow(RangeError);
      }),
    );
  });

  it("refuses a header that says less than there is", () => {
    const all = { files: 9, chunks: 9, tokens: 9, postings: 9, pathBytes: 9, oidBytes: 20, forwardBytes: 9 };
    for (let word = 2; word <= 9; word++) {
      const { bytes } = layOutSegment({ ...all, pathForwardBytes: 9 });
      const header = new Uint32Array(bytes.buffer, 0, 16);
      header[word] = 1;
      header[10] = bucketBits(header[4] as number);

      expect(() => viewSegment(bytes)).toThrow(RangeError);
    }
  });

  it.each([
    ["cut", (bytes: Uint8Array) => bytes.subarray(0, -8)],
    ["longer", (bytes: Uint8Array) => Buffer.concat([bytes, new Uint8Array(8)])],
    ["empty", () => new Uint8Array(0)],
    ["not aligned", (bytes: Uint8Array) => Buffer.concat([new Uint8Array(9), bytes]).subarray(9)],
  ])("refuses an image that is %s", (_, spoil) => {
    const { bytes } = layOutSegment({
      files: 3,
      chunks: 3,
      tokens: 3,
      postings: 3,
      pathBytes: 3,
      oidBytes: 20,
      forwardBytes: 3,
      pathForwardBytes: 3,
    });

    expect(() => viewSegment(spoil(bytes))).toThrow(RangeError);
  });

  it("gives a bucket four to eight tokens, and few tokens one bucket", () => {
    expect([0, 3, 4, 7, 8, 15, 16, 1 << 20].map(bucketBits)).toEqual([0, 0, 0, 0, 1, 1, 2, 18]);
  });

  it("keeps the numbers of the reasons, which are in every stored segment", () => {
    expect(skipReasons).toEqual(["submodule", "symlink", "large", "binary", "lfs-pointer", "long-lines"]);
  });
});
