import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bindTokens, encodeFile, encodeQuery, hashWords, mergeTokens } from "../../../src/engram/encode.ts";
import {
  type FileRow,
  packColumns,
  roleStart,
  rowDigest,
  rowStart,
  unpackColumns,
} from "../../../src/engram/file-row.ts";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import { bindToken, roleShift, roles, tokenPositions } from "../../../src/engram/token-space.ts";
import type { RoleName } from "../../../src/engram/units/unit-parser.ts";
import { limits } from "../../../src/shared/limits.ts";
import { plainUnits } from "../../helpers/plain-units.ts";

const encoder = { kernel: createJsKernel(), seed: 7, units: plainUnits() };
const oid = "0".repeat(40);

function encode(data: string | Buffer, path = "src/http-client.ts", mode = "100644"): FileRow {
  return encodeFile(encoder, { path, mode, oid }, Buffer.from(data as string));
}

function hashToken(token: string): number {
  return hashWords(encoder, [token])[0] as number;
}

function tokensOf(row: FileRow, chunk: number): number[] {
  return [...row.tokens.subarray(rowStart(row, chunk), row.rowEnds[chunk])];
}

describe("encodeFile", () => {
  it("counts tokens by hash, ascending", () => {
    const row = encode("alpha beta alpha");
    const expected = [
      [hashToken("alpha"), 2],
      [hashToken("beta"), 1],
    ].sort(([a = 0], [b = 0]) => a - b);

    expect([...row.tokens].map((token, i) => [token, row.counts[i]])).toEqual(expected);
    expect([[...row.startLines], [...row.endLines], [...row.rowEnds]]).toEqual([[1], [1], [2]]);
  });

  it("keeps path tokens apart from the same words in the text, with weight 3", () => {
    const row = encode("client");

    expect(row.pathTokens).toHaveLength(4); // src, http, client, ts
    expect([...row.pathCounts]).toEqual([3, 3, 3, 3]);
    expect([...row.pathTokens]).not.toContain(hashToken("client"));
    expect([...row.pathTokens]).toContain(bindToken(hashToken("client"), roleShift("path", encoder.seed)));
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
    for (let i = 0; i < limits.chunkLines; i++) expect(inRows.has(hashToken(`w${i}x19`))).toBe(true);
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

  it("binds names to their roles, in the chunk of their line", () => {
    const names: RoleName[] = [
      { role: "defines", name: "parseHeader", line: 0 },
      { role: "calls", name: "parseHeader", line: 41 },
      { role: "calls", name: "parseHeader", line: 42 },
      { role: "imports", name: "./lib/http", line: 42 },
    ];
    const units = plainUnits({ starts: [], names });
    const data = Buffer.from("line\n".repeat(50));
    const row = encodeFile({ ...encoder, units }, { path: "a", mode: "100644", oid }, data);
    const bound = (role: "defines" | "calls" | "imports", word: string) =>
      bindToken(hashToken(word), roleShift(role, encoder.seed));
    const rolesOf = (chunk: number) => {
      const [start, end] = [roleStart(row, chunk), row.roleEnds[chunk]];
      return new Map([...row.roleTokens.subarray(start, end)].map((token, i) => [token, row.roleCounts[start + i]]));
    };

    expect(row.rowEnds).toHaveLength(2);
    expect(rolesOf(0)).toEqual(new Map([[bound("defines", "parseHeader"), 1]]));
    expect(rolesOf(1)).toEqual(
      new Map([
        [bound("calls", "parseHeader"), 2],
        [bound("imports", "lib"), 1],
        [bound("imports", "http"), 1],
      ]),
    );
    expect([...row.roleTokens.subarray(1)]).toEqual([...row.roleTokens.subarray(1)].sort((a, b) => a - b));
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
    for (const size of [0, 4, 15, 16, 40, bytes.length - 1]) {
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
      { ...row, roleEnds: Uint32Array.of(1), roleTokens: Uint32Array.of(1), roleCounts: Uint8Array.of(1) },
    ];

    expect(new Set([row, ...altered].map(rowDigest)).size).toBe(altered.length + 1);
  });
});

describe("encodeQuery and bindTokens", () => {
  it("count a text as a whole, and give the same counts in another role", () => {
    const counted = encodeQuery(encoder, "beta\nalpha beta\n");
    const bound = bindTokens(counted, "path", encoder.seed);
    const countOf = ({ tokens, counts }: typeof counted, token: number) => counts[tokens.indexOf(token)];

    expect(counted.tokens).toHaveLength(2);
    expect(countOf(counted, hashToken("beta"))).toBe(2);
    expect(countOf(bound, bindToken(hashToken("beta"), roleShift("path", encoder.seed)))).toBe(2);
    expect([...bound.tokens]).toEqual([...bound.tokens].sort((a, b) => a - b));
  });

  it("give what binding each token and sorting gives", () => {
    const token = fc.nat({ max: tokenPositions - 1 }).chain((p) => fc.constantFrom(p, (p | 0x80000000) >>> 0));
    fc.assert(
      fc.property(fc.uniqueArray(token), fc.constantFrom(...roles), fc.nat(), (found, role, seed) => {
        const tokens = Uint32Array.from(found).sort();
        const counted = { tokens, counts: Uint8Array.from(tokens, (_, i) => i % 200) };
        const bound = bindTokens(counted, role, seed);
        const expected = [...tokens].map((t, i) => [bindToken(t, roleShift(role, seed)), counted.counts[i]] as const);

        expect([...bound.tokens].map((t, i) => [t, bound.counts[i]])).toEqual(expected.sort(([a], [b]) => a - b));
        const merged = mergeTokens(counted, bound);
        expect([...merged.tokens]).toEqual([...new Set([...tokens, ...bound.tokens])].sort((a, b) => a - b));
        expect(mergeTokens(counted, counted).counts).toEqual(counted.counts.map((c) => Math.min(255, 2 * c)));
      }),
    );
  });

  it("have nothing to say of an empty text", () => {
    expect(encodeQuery(encoder, "").tokens).toHaveLength(0);
  });
});
