import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFile, hashToken } from "../../../src/engram/encode.ts";
import { type FileRow, packColumns, rowDigest, rowStart, unpackColumns } from "../../../src/engram/file-row.ts";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import { limits } from "../../../src/shared/limits.ts";

const encoder = { kernel: createJsKernel(), seed: 7 };
const oid = "0".repeat(40);

function encode(data: string | Buffer, path = "src/http-client.ts", mode = "100644"): FileRow {
  return encodeFile(encoder, { path, mode, oid }, Buffer.from(data as string));
}

function tokensOf(row: FileRow, chunk: number): number[] {
  return [...row.tokens.subarray(rowStart(row, chunk), row.rowEnds[chunk])];
}

describe("encodeFile", () => {
  it("counts tokens by hash, ascending", () => {
    const row = encode("alpha beta alpha");
    const expected = [
      [hashToken(encoder, "alpha"), 2],
      [hashToken(encoder, "beta"), 1],
    ].sort(([a = 0], [b = 0]) => a - b);

    expect([...row.tokens].map((token, i) => [token, row.counts[i]])).toEqual(expected);
    expect([[...row.startLines], [...row.endLines], [...row.rowEnds]]).toEqual([[1], [1], [2]]);
  });

  it("keeps path tokens apart from the same words in the text, with weight 3", () => {
    const row = encode("client");

    expect(row.pathTokens).toHaveLength(4); // src, http, client, ts
    expect([...row.pathCounts]).toEqual([3, 3, 3, 3]);
    expect([...row.pathTokens]).not.toContain(hashToken(encoder, "client"));
  });

  it("clamps counts at 255", () => {
    expect([...encode("a ".repeat(400)).counts]).toEqual([255]);
  });

  it("halves a chunk that holds too many distinct tokens, and keeps every token", () => {
    const line = (i: number) => Array.from({ length: 20 }, (_, j) => `w${i}x${j}`).join(" ");
    const text = Array.from({ length: limits.chunkLines }, (_, i) => line(i)).join("\n");
    const row = encode(text);
    const inRows = new Set(row.tokens);

    expect(row.rowEnds.length).toBeGreaterThan(2);
    for (let chunk = 0; chunk < row.rowEnds.length; chunk++) {
      expect(tokensOf(row, chunk).length).toBeLessThanOrEqual(limits.chunkTokens);
    }
    for (let i = 0; i < limits.chunkLines; i++) expect(inRows.has(hashToken(encoder, `w${i}x19`))).toBe(true);
  });

  it("keeps one overfull line whole", () => {
    const row = encode(Array.from({ length: 2 * limits.chunkTokens }, (_, i) => `word${i}`).join(" "));

    expect(row.rowEnds).toHaveLength(1);
    expect(row.tokens.length).toBeGreaterThan(limits.chunkTokens);
  });

  it.each([
    ["a submodule", "x", "160000", "submodule"],
    ["a symbolic link", "target", "120000", "symlink"],
    ["a NUL in the first 8,000 bytes", `${"a".repeat(100)}\0`, "100644", "binary"],
    ["an LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n", "100644", "lfs-pointer"],
    ["a line that is too long", `ok\n${"x".repeat(limits.indexedLineCharacters + 1)}\n`, "100644", "long-lines"],
    ["a file that is too large", "line\n".repeat(limits.indexedFileBytes / 5 + 1), "100644", "large"],
  ])("lists %s without indexing it", (_, data, mode, skipped) => {
    const row = encode(data, "file", mode);

    expect(row).toMatchObject({ skipped, oid, mode });
    expect([row.rowEnds.length, row.tokens.length, row.pathTokens.length]).toEqual([0, 0, 0]);
  });

  it("indexes what is just within the limits", () => {
    const accents = "é".repeat(limits.indexedLineCharacters); // twice as many bytes

    expect(encode(accents).skipped).toBeNull();
    expect(encode(`${"a\n".repeat(4_000)}\0`).skipped).toBeNull();
    expect(encode("line\n".repeat(Math.floor(limits.indexedFileBytes / 5))).skipped).toBeNull();
  });

  it("reads CRLF as LF, and invalid UTF-8 with replacement characters", () => {
    expect(encode("one\r\ntwo\r\n")).toEqual(encode("one\ntwo\n"));
    expect([...encode(Buffer.from([0x6f, 0x6b, 0xff, 0x20, 0x6f, 0x6b])).counts]).toEqual([2]);
  });

  it("gives other hashes for another seed", () => {
    const other = encodeFile({ ...encoder, seed: 8 }, { path: "a", mode: "100644", oid }, Buffer.from("alpha"));

    expect([...other.tokens]).not.toEqual([...encode("alpha", "a").tokens]);
  });
});

describe("columns and digest", () => {
  const text = fc.array(fc.constantFrom("alpha", "betaGamma", "", "δ", "x y z"), { maxLength: 120 });

  it("survive packing", () => {
    fc.assert(
      fc.property(text, (lines) => {
        const row = encode(lines.join("\n"));
        const { path, mode, oid, skipped } = row;

        expect({ path, mode, oid, skipped, ...unpackColumns(Uint8Array.from(packColumns(row)).buffer) }).toEqual(row);
      }),
    );
  });

  it("refuse bytes that are cut, longer or shorter than they say", () => {
    const bytes = Uint8Array.from(packColumns(encode("alpha beta\n".repeat(90))));
    for (const size of [0, 4, 11, 12, 40, bytes.length - 1]) {
      expect(() => unpackColumns(bytes.slice(0, size).buffer)).toThrow(RangeError);
    }
    expect(() => unpackColumns(Uint8Array.from([...bytes, 0]).buffer)).toThrow(RangeError);
  });

  it("tell apart rows that differ in any part", () => {
    const row = encode("alpha beta");
    const altered = [
      { ...row, path: "src/other.ts" },
      { ...row, mode: "100755" },
      { ...row, oid: "1".repeat(40) },
      { ...row, skipped: "binary" as const },
      { ...row, counts: Uint8Array.of(1, 2) },
      { ...row, startLines: Uint32Array.of(2) },
    ];

    expect(new Set([row, ...altered].map(rowDigest)).size).toBe(altered.length + 1);
  });
});
