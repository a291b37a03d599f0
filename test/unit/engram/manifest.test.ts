import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engram } from "../../../src/engram/engram.ts";
import {
  buildManifest,
  checkManifest,
  compareManifest,
  formatManifest,
  type Manifest,
  manifestFileOf,
  readManifest,
  writeManifest,
} from "../../../src/engram/manifest.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { createRepository } from "../../helpers/git-repository.ts";

const folder = mkdtempSync(join(tmpdir(), "manifest-"));
const repository = createRepository(join(folder, "repository"));
let engram: Engram;
let manifest: Manifest;

beforeAll(async () => {
  repository.write("src/a.ts", "export const a = 1;\n".repeat(100));
  repository.write("logo.png", Buffer.from([0, 1]));
  repository.write("ü.md", "# Ü\n");
  engram = await engramOf(repository.commit("Files"));
  manifest = buildManifest(engram, { repository: "github.com/acme/shop", ref: "main", commit: "c" });
});

afterAll(() => rmSync(folder, { recursive: true }));

async function engramOf(commit: string): Promise<Engram> {
  return (await createMemoryEngramStore().update("a/b/c", repository.dir, commit)).engram;
}

describe("buildManifest and formatManifest", () => {
  it("name every file with its id, size, chunks, and why it is not searched", () => {
    expect(manifest).toMatchObject({
      format: "engram-manifest",
      version: 1,
      revision: repository.git("rev-parse", "HEAD"),
      source: { repository: "github.com/acme/shop", ref: "main", commit: "c" },
    });
    expect(manifest.files).toEqual([
      // The memory store keeps the bytes of what is searched alone.
      { path: "logo.png", mode: "100644", blob: id("logo.png"), bytes: null, skipped: "binary", chunks: [] },
      { path: "src/a.ts", mode: "100644", blob: id("src/a.ts"), bytes: 2_000, chunks: expect.any(Array) },
      { path: "ü.md", mode: "100644", blob: id("ü.md"), bytes: 5, chunks: [[1, 1]] },
    ]);
    expect(manifest.files[1]?.chunks.flat()).toEqual(
      engram.chunks("src/a.ts").flatMap(({ startLine, endLine }) => [startLine, endLine]),
    );
  });

  it("give the same bytes for the same tree, whatever was there before", async () => {
    const store = createMemoryEngramStore();
    repository.write("b.ts", "export const b = 1;\n");
    const other = repository.commit("More");
    await store.update("a/b/c", repository.dir, other);
    const { engram: updated } = await store.update("a/b/c", repository.dir, manifest.revision);

    expect(formatManifest(buildManifest(updated, manifest.source))).toBe(formatManifest(manifest));
  });

  it("stand on one line for each file, in a file that reads back the same", () => {
    const file = join(folder, "x-manifest.json");
    writeManifest(file, manifest);

    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(8 + 3 + 5);
    expect(readManifest(file)).toEqual(manifest);
    expect(readdirSync(folder).filter((name) => name.includes(".tmp"))).toEqual([]);

    writeManifest(file, { ...manifest, files: [], source: null });
    expect(readManifest(file)).toMatchObject({ files: [], source: null });
  });

  it("lie beside the engram", () => {
    expect(manifestFileOf("a/shop.engram")).toBe("a/shop-manifest.json");
    expect(manifestFileOf("a/shop")).toBe("a/shop-manifest.json");
  });
});

describe("readManifest", () => {
  it.each<[string, string, string]>([
    ["no JSON", "no JSON", "manifest-foreign"],
    ["a list", "[]", "manifest-foreign"],
    ["the original's", '{"files": [], "total_chunks": 3, "chunk_size": 4096}', "manifest-foreign"],
    ["a file without a path", '{"format": "engram-manifest", "version": 1, "files": [{}]}', "manifest-foreign"],
    ["a newer one", '{"format": "engram-manifest", "version": 7}', "manifest-newer"],
  ])("refuses %s, and says what it is", (_name, text, code) => {
    const file = join(folder, "bad.json");
    writeFileSync(file, text);

    expect(() => readManifest(file)).toThrow(expect.objectContaining({ code, remedy: expect.stringContaining("-m") }));
  });

  it("says where none is", () => {
    expect(() => readManifest(join(folder, "none"))).toThrow(expect.objectContaining({ code: "manifest-unreadable" }));
    expect(() => writeManifest(join(folder, "no/where"), manifest)).toThrow(
      expect.objectContaining({ code: "manifest-unwritable" }),
    );
  });
});

describe("compareManifest and checkManifest", () => {
  it("agree with the engram that it was made of, sizes that one of them does not know left aside", () => {
    const [logo, ...others] = manifest.files as [File, ...File[]];

    expect(compareManifest(manifest, engram)).toEqual([]);
    expect(compareManifest({ ...manifest, files: [{ ...logo, bytes: 2 }, ...others] }, engram)).toEqual([]);
    expect(() => checkManifest("m", manifest, engram)).not.toThrow();
  });

  it("name every difference by path", () => {
    const [logo, source, umlaut] = manifest.files as [File, File, File];
    const other: Manifest = {
      ...manifest,
      seed: 7,
      files: [
        { ...logo, path: "z.png" },
        { ...source, bytes: 1_999, chunks: [[1, 2]] },
        { ...umlaut, blob: "9", bytes: 9, chunks: [] },
      ],
    };

    const differences = compareManifest(other, engram);

    expect(differences).toEqual([
      "seed: the manifest says 7, the engram 0",
      '"logo.png" is in the engram and not in the manifest',
      expect.stringMatching(/^"src\/a\.ts": bytes is 1999 in the manifest and 2000 in the engram$/),
      '"src/a.ts": chunks is 1-2 in the manifest and 1-40 in the engram',
      '"z.png" is in the manifest and not in the engram',
      `"ü.md": blob is 9 in the manifest and ${umlaut.blob} in the engram`,
    ]);
  });

  it.each<[string, (manifest: Manifest) => Manifest, RegExp]>([
    ["revision", (one) => ({ ...one, revision: "tree-1" }), /it is of revision tree-1/],
    ["file too few", (one) => ({ ...one, files: one.files.slice(1) }), /they differ in "logo\.png"/],
    [
      "file too many",
      (one) => ({ ...one, files: [...one.files, { ...(one.files[0] as File), path: "z" }] }),
      /they differ in "z"/,
    ],
    [
      "other bytes",
      (one) => ({ ...one, files: one.files.map((file) => ({ ...file, blob: "0" })) }),
      /they differ in "logo\.png"/,
    ],
  ])("refuse one with another %s", (_name, change, message) => {
    expect(() => checkManifest("m", change(manifest), engram)).toThrow(message);
  });
});

type File = Manifest["files"][number];

function id(path: string): string {
  return repository.git("rev-parse", `HEAD:${path}`);
}
