import { describe, expect, it } from "vitest";
import { parseOriginalEngram } from "../../../../src/engram/original/original-engram.ts";
import { type Encoder, engramBytes } from "./original-files.ts";

const sound = engramBytes("holographic");
const parse = (data: Buffer) => parseOriginalEngram(data, "some.engram");

/** Where the parts of an engram begin, by its own lengths. */
function parts(data: Buffer): { codebook: number; corrections: number; totals: number } {
  const number = (at: number) => Number(data.readBigUInt64LE(at));
  const vectorEnd = (at: number) => {
    const half = at + 8 + 8 * number(at);
    return half + 8 + 8 * number(half);
  };
  const codebook = vectorEnd(0);
  let corrections = codebook + 8;
  for (let i = 0; i < number(codebook); i++) corrections = vectorEnd(corrections + 8);
  return { codebook, corrections, totals: data.length - 32 };
}

/** The sound engram with a number replaced. */
function withNumber(at: number, value: bigint): Buffer {
  const data = Buffer.from(sound);
  data.writeBigUInt64LE(value, at);
  return data;
}

function envelope(kind: number, codec: number, payload: Buffer, length = payload.length): Buffer {
  const head = Buffer.alloc(16);
  head.write("EDN1");
  head.set([kind, codec], 4);
  head.writeBigUInt64LE(BigInt(length), 8);
  return Buffer.concat([head, payload]);
}

describe("parseOriginalEngram", () => {
  it.each<[Encoder, number, number, string[]]>([
    ["holographic", 78, 597, ["bit-flips", "none"]],
    ["legacy", 12, 6_332, ["bit-flips", "block-replace", "none", "verbatim"]],
  ])("reads what the original wrote: %s", (encoder, chunks, originalBytes, kinds) => {
    const engram = parse(engramBytes(encoder));
    expect(engram).toMatchObject({ chunks, originalBytes, fileBytes: engramBytes(encoder).length });
    const found = Array.from({ length: chunks }, (_, chunk) => engram.correction(chunk)?.kind);
    expect(new Set(found)).toEqual(new Set(kinds));
  });

  it("reads an envelope that is not compressed, and refuses the others", () => {
    expect(parse(envelope(1, 0, sound)).chunks).toBe(78);
    expect(() => parse(envelope(1, 1, sound))).toThrow(/compressed with zstd/);
    expect(() => parse(envelope(1, 2, sound))).toThrow(/compressed with lz4/);
    expect(() => parse(envelope(1, 9, sound))).toThrow(/compressed with codec 9/);
    expect(() => parse(envelope(2, 0, sound))).toThrow(/envelope holds something else \(kind 2\)/);
    expect(() => parse(envelope(1, 0, sound, sound.length + 1))).toThrow(/envelope promises/);
  });

  it.each<Encoder>(["holographic", "legacy"])(
    "refuses truncations of the %s one, at each byte near its ends",
    (encoder) => {
      const data = engramBytes(encoder);
      const accepted: number[] = [];
      for (let length = 0; length < data.length; length++) {
        const isNearAnEnd = Math.min(length, data.length - length) < 1_000;
        if (!isNearAnEnd && length % 37 !== 0) continue;
        if (!isRefused(() => parse(data.subarray(0, length)))) accepted.push(length);
      }
      expect(accepted).toEqual([]);
    },
  );

  it("refuses what follows its end", () => {
    expect(() => parse(Buffer.concat([sound, Buffer.alloc(1)]))).toThrow(/1 bytes follow its end/);
  });

  it("refuses other files by one line with a remedy", () => {
    expect(() => parse(Buffer.from("This is a letter, not an engram.\n"))).toThrow(
      /is no sound engram of the original/,
    );
    expect(() => parse(Buffer.alloc(0))).toThrow(/it ends at byte 0/);
    expect(() => parse(Buffer.from("SQLite format 3\0 and so on"))).toThrow(/is a SQLite database/);
  });

  const { codebook, corrections, totals } = parts(sound);
  it.each<[string, Buffer, RegExp]>([
    ["a root that claims more than memory", withNumber(0, 1n << 40n), /list at byte 0 claims 1099511627776 items/],
    ["a length beyond all integers", withNumber(0, 1n << 60n), /number at byte 0 is too large/],
    ["a codebook that claims too much", withNumber(codebook, 1n << 32n), /table at byte \d+ claims 4294967296 chunks/],
    ["a chunk that is there twice", withNumber(codebook + 8, sound.readBigUInt64LE(secondChunk(sound))), /there twice/],
    ["a chunk beyond the last one", withNumber(codebook + 8, 78n), /chunk 78 at byte \d+ is unknown/],
    ["a position beyond the last one", withNumber(8, 10_000n), /no ascending position/],
    ["a position that is there twice", withNumber(16, sound.readBigUInt64LE(8)), /no ascending position/],
    ["a position of 64 bits", withNumber(16, sound.readBigUInt64LE(16) + (1n << 32n)), /no ascending position/],
    ["more corrections than chunks", withNumber(corrections, 79n), /claims 79 chunks, more than there can be/],
    ["a correction of another chunk", withNumber(corrections + 16, 77_000n), /says that it is of chunk 77000/],
    ["an unknown kind of correction", withNumber(corrections + 24, 5n), /the kind 5 at byte \d+ is unknown/],
    ["counts that do not add up", withNumber(totals + 16, 1n), /it counts \d+ corrections and holds 78/],
  ])("refuses %s", (_name, data, message) => {
    expect(() => parse(data)).toThrow(message);
    expect(isRefused(() => parse(data))).toBe(true);
  });

  it("refuses a correction that is longer than any chunk", () => {
    const head = Buffer.alloc(8 * 7);
    // An empty root, one chunk with an empty vector, one correction: of chunk 0, verbatim.
    head.writeBigUInt64LE(1n, 16);
    head.writeBigUInt64LE(1n, 48);
    const kind = Buffer.from([4, 0, 0, 0]);
    const correction = (length: number) => {
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(length));
      return Buffer.concat([
        head,
        Buffer.alloc(16),
        kind,
        size,
        Buffer.alloc(length),
        Buffer.alloc(12),
        totalsOf(length),
      ]);
    };
    expect(parse(correction(4_096)).correction(0)?.body).toHaveLength(4_096);
    expect(() => parse(correction(4_097))).toThrow(/longer than any chunk/);
  });
});

function totalsOf(bytes: number): Buffer {
  const totals = Buffer.alloc(32);
  totals.writeBigUInt64LE(BigInt(bytes), 8);
  totals.writeBigUInt64LE(1n, 24);
  return totals;
}

function secondChunk(data: Buffer): number {
  const at = parts(data).codebook + 16;
  const half = at + 8 + 8 * Number(data.readBigUInt64LE(at));
  return half + 8 + 8 * Number(data.readBigUInt64LE(half));
}

/** Whether it throws an error with cause and remedy, and nothing else. */
function isRefused(attempt: () => unknown): boolean {
  try {
    attempt();
    return false;
  } catch (error) {
    expect(error).toMatchObject({ name: "AssistantError", exitCode: 2 });
    return true;
  }
}
