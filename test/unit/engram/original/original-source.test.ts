import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blobId } from "../../../../src/engram/blob-id.ts";
import { AssistantError } from "../../../../src/shared/errors.ts";
import {
  changedManifest,
  contents,
  type Encoder,
  engramBytes,
  manifestBytes,
  type ManifestJson,
  takeOut,
} from "./original-files.ts";

const encoders: Encoder[] = ["holographic", "legacy"];
const withManifest = (encoder: Encoder, change: (manifest: ManifestJson) => unknown) =>
  takeOut(engramBytes(encoder), changedManifest(encoder, change));
const named = (manifest: ManifestJson, path: string) => manifest.files.find((file) => file.path === path) ?? never();

describe("originalSource", () => {
  it.each(encoders)("gives back every file that is not removed, byte for byte: %s", async (encoder) => {
    const [source, files] = await takeOut(engramBytes(encoder), manifestBytes(encoder));
    expect(source).toMatchObject({ leftOut: [], gitFiles: 0, revision: expect.stringMatching(/^tree-[0-9a-f]{40}$/) });
    expect(files).toEqual(contents[encoder]);
    for (const { path, mode, oid } of await source.entries()) {
      const data = contents[encoder].get(path) ?? never();
      expect([mode, oid]).toEqual(["100644", blobId(data)]);
      expect((await source.sizes([oid, "0".repeat(40)])).get(oid)).toBe(data.length);
    }
  });

  it("stops where it is told to", async () => {
    const [source] = await takeOut(engramBytes("legacy"), manifestBytes("legacy"));
    const [entry] = await source.entries();
    const blobs = source.blobs([entry?.oid ?? ""], AbortSignal.abort());
    await expect(blobs[Symbol.asyncIterator]().next()).rejects.toThrow(/abort/i);
  });
});

describe("a file whose bytes cannot be had as they were is left out and named", () => {
  it("where a chunk does not have its hash", async () => {
    const engram = engramBytes("legacy");
    const at = engram.indexOf("Line 90 of a text");
    engram.write("LINE", at);
    const [{ leftOut }, files] = await takeOut(engram, manifestBytes("legacy"));
    expect(leftOut).toEqual([
      { path: "long/text.txt", reason: "its bytes from 4096 to 4690 do not have the stored hash" },
    ]);
    expect(files.size).toBe(contents.legacy.size - 1);
  });

  it("where the manifest moves a byte from one file to another", async () => {
    const [{ leftOut }, files] = await withManifest("legacy", (manifest) => {
      for (const [path, more] of [
        ["README.md", -1],
        ["changed.txt", 1],
      ] as const) {
        const file = manifest.files.filter((one) => one.path === path).at(-1) ?? never();
        file.size += more;
      }
    });
    expect(leftOut.map(({ path }) => path)).toEqual(["README.md", "changed.txt"]);
    expect(files.size).toBe(contents.legacy.size - 2);
  });

  it("where it is said to be of the other encoder", async () => {
    const asLegacy = await withManifest("holographic", (manifest) => void (manifest.holographic = false));
    expect([...asLegacy[1].keys()]).toEqual(["empty.txt"]);
    const asHolographic = await withManifest("legacy", (manifest) => void (manifest.holographic = true));
    // What is stored verbatim needs no decoder.
    expect([...asHolographic[1].keys()].sort()).toEqual(["README.md", "changed.txt", "empty.txt", "long/text.txt"]);
    for (const [path, data] of asHolographic[1]) expect(data).toEqual(contents.legacy.get(path));
  });

  it.each<[string, RegExp]>([
    ["", /^it has no name/],
    ["a\\b", /backslash/],
    ["a//b", /plain form/],
    ["./a", /plain form/],
    ["a/", /plain form/],
    ["\ud800", /not Unicode/],
    ["high.bin", /another file has its path/],
    ["long", /other files lie below its path/],
  ])("where it is called %j", async (path, reason) => {
    const [{ leftOut }, files] = await withManifest("legacy", (manifest) => {
      named(manifest, "zeros.bin").path = path;
    });
    expect(leftOut).toHaveLength(1);
    expect(leftOut[0]?.reason).toMatch(reason);
    expect(files.size).toBe(contents.legacy.size - 1);
  });

  it("and git's own files as ingest does, without a word each", async () => {
    const [source, files] = await withManifest("legacy", (manifest) => {
      named(manifest, "README.md").path = ".git/config";
      named(manifest, "one.txt").path = "a/.GIT/hooks/post-checkout";
    });
    expect(source).toMatchObject({ leftOut: [], gitFiles: 2 });
    expect(files.size).toBe(contents.legacy.size - 2);
  });
});

describe("paths that lead elsewhere refuse the whole import", () => {
  it.each(["../a", "a/../../b", "/etc/passwd", "\\a", "..\\a", "C:\\a", "c:a", "a/..", "a\0b", "../.git/config"])(
    "%j",
    async (path) => {
      const taken = withManifest("legacy", (manifest) => void (named(manifest, "README.md").path = path));
      await expect(taken).rejects.toMatchObject({ name: "AssistantError", code: "import-escape" });
    },
  );
});

describe("a manifest", () => {
  it("may lack what older programs did not write", async () => {
    const [, files] = await withManifest("legacy", (manifest) => {
      delete manifest.chunk_size;
      delete manifest.holographic;
      for (const file of manifest.files) if (file.deleted === false) delete file.deleted;
    });
    expect(files).toEqual(contents.legacy);
  });

  it.each<[string, (manifest: ManifestJson) => unknown, RegExp]>([
    ["no list of files", (manifest) => ({ ...manifest, files: 3 }), /files: /],
    ["another program's", () => ({ format: "engram-manifest", version: 1, files: [] }), /no sound manifest/],
    ["an unknown key", (manifest) => ({ ...manifest, holografic: true }), /holografic/],
    ["chunks of no size", (manifest) => ({ ...manifest, chunk_size: 0 }), /chunk_size/],
    ["chunks of a terabyte", (manifest) => ({ ...manifest, chunk_size: 2 ** 40 }), /chunk_size/],
    ["a negative size", (manifest) => void (named(manifest, "one.txt").size = -1), /size/],
    ["a size with too few chunks", (manifest) => void (named(manifest, "one.txt").size = 9_000), /not those of 9000 b/],
    ["chunks in another order", (manifest) => void named(manifest, "long/text.txt").chunks.reverse(), /in their order/],
    ["a chunk of another file", (manifest) => void named(manifest, "one.txt").chunks.splice(0, 1, 0), /in their order/],
    ["a file less", (manifest) => void manifest.files.shift(), /in their order/],
    ["a last file less", (manifest) => void manifest.files.pop(), /names 11 chunks and counts 12/],
    [
      "a last file less, counted",
      (manifest) => void (manifest.files.pop(), (manifest.total_chunks = 11)),
      /not of this engram: it names 11 chunks of 12/,
    ],
    [
      "another size",
      (manifest) => void (named(manifest, "one.txt").size = 2),
      /files have 6333 bytes, .* made of 6332/,
    ],
  ])("is refused with %s", async (_name, change, message) => {
    const taken = takeOut(
      engramBytes("legacy"),
      changedManifest("legacy", (m) => change(m) ?? m),
    );
    await expect(taken).rejects.toThrow(message);
    await expect(taken).rejects.toBeInstanceOf(AssistantError);
  });

  it("is refused where it is of another engram, or no JSON", async () => {
    await expect(takeOut(engramBytes("legacy"), manifestBytes("holographic"))).rejects.toThrow(/not of this engram/);
    const cut = manifestBytes("legacy");
    for (let length = 0; length < cut.length; length += 37) {
      await expect(takeOut(engramBytes("legacy"), cut.subarray(0, length))).rejects.toThrow(/it is not JSON/);
    }
  });

  it("cannot ask for more bytes than can be in the engram", async () => {
    const bytes = 17 * tinyEngram(0).length;
    const manifest = (size: number) =>
      Buffer.from(
        JSON.stringify({
          files: [{ path: "a", is_text: true, size, chunks: [0] }],
          total_chunks: 1,
          chunk_size: 4_096,
        }),
      );
    await expect(takeOut(tinyEngram(bytes), manifest(bytes))).rejects.toThrow(/cannot come out of/);
    // As many as fit are let through, and fail by their hash.
    const fitting = 15 * tinyEngram(0).length;
    const [{ leftOut }] = await takeOut(tinyEngram(fitting), manifest(fitting));
    expect(leftOut).toHaveLength(1);
  });
});

describe("damage", () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 });

  it.each(encoders)("to the engram gives an error or the right bytes, never others: %s", async (encoder) => {
    const sound = engramBytes(encoder);
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const files = await whatComesOut(flipped(sound, changes), manifestBytes(encoder));
        for (const [path, data] of files) expect(data).toEqual(contents[encoder].get(path));
      }),
      { numRuns: 150 },
    );
  });

  it.each(encoders)("to the manifest gives an error or the right bytes, never others: %s", async (encoder) => {
    const sound = manifestBytes(encoder);
    const right = new Set([...contents[encoder].values()].map((data) => blobId(data)));
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const files = await whatComesOut(engramBytes(encoder), flipped(sound, changes));
        // A name has no checksum; the bytes under it do.
        for (const data of files.values()) expect(right).toContain(blobId(data));
      }),
      { numRuns: 150 },
    );
  });

  async function whatComesOut(engram: Buffer, manifest: Buffer): Promise<Map<string, Buffer>> {
    try {
      return (await takeOut(engram, manifest))[1];
    } catch (error) {
      expect(error).toBeInstanceOf(AssistantError);
      return new Map();
    }
  }
});

/** One chunk with an empty vector that needs no correction, and a claim about the bytes that it was made of. */
function tinyEngram(originalBytes: number): Buffer {
  const data = Buffer.alloc(16 + 8 + 24 + 8 + 32 + 32);
  for (const tableLength of [16, 48]) data.writeBigUInt64LE(1n, tableLength);
  data.writeBigUInt64LE(BigInt(originalBytes), data.length - 24);
  data.writeBigUInt64LE(1n, data.length - 16);
  return data;
}

function flipped(sound: Buffer, changes: readonly [number, number][]): Buffer {
  const data = Buffer.from(sound);
  for (const [at, mask] of changes) data[at % data.length] = (data[at % data.length] as number) ^ mask;
  return data;
}

function never(): never {
  throw new Error("it should be there");
}
