import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { patchedSource } from "../../../src/engram/patched-source.ts";
import { type EngramFile, updateEngramFile } from "../../../src/engram/sqlite-engram-store.ts";
import { verifyEngramFile } from "../../../src/engram/verify.ts";
import { type TreeFile, treeOf, treeSource } from "../../conformance/engram-store-history.ts";

const before = treeOf({
  "a.ts": "const a = 1;\n",
  "b.ts": "const b = 1;\n",
  "run.sh": { mode: "100755", data: Buffer.from("echo run") },
  link: { mode: "120000", data: Buffer.from("a.ts") },
  "image.bin": "bits\0",
});

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "engrams-"));
  file = join(directory, "one.engram");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function ingest(tree = before, target = file, keep: "all" | "indexed" = "all"): Promise<EngramFile> {
  return (await updateEngramFile(target, treeSource(tree), { keep })).engram;
}

describe("an engram with some files replaced", () => {
  it("updates it to what a fresh ingest of that tree gives, reading only what changed", async () => {
    const changes = new Map<string, { mode: string; data: Buffer } | null>([
      ["a.ts", { mode: "100644", data: Buffer.from("const a = 2;\n") }],
      ["b.ts", null],
      ["new.ts", { mode: "100644", data: Buffer.from("const b = 1;\n") }],
      ["never.ts", null],
    ]);
    const after = new Map<string, TreeFile>([...before, ...(changes as Map<string, TreeFile>)]);
    for (const [path, change] of changes) if (change === null) after.delete(path);
    const engram = await ingest();

    const { engram: updated, report } = await updateEngramFile(file, patchedSource(engram, changes));

    const fresh = await ingest(after, join(directory, "fresh.engram"));
    expect(report).toMatchObject({ added: 2, removed: 2, read: 2 });
    expect(updated.dump()).toBe(fresh.dump());
    expect(updated.bytes("image.bin")).toEqual(Buffer.from("bits\0"));
    for (const open of [engram, updated, fresh]) open.close();
    expect(await verifyEngramFile(file)).toMatchObject({ problems: [] });
  });

  it("is the same tree where nothing is changed", async () => {
    const engram = await ingest();

    const source = patchedSource(engram, new Map());

    expect(source.revision).toBe(treeSource(before).revision);
    expect((await updateEngramFile(file, source)).report).toMatchObject({ added: 0, removed: 0, read: 0 });
  });

  it("can be built again as a whole where all bytes are kept", async () => {
    const engram = await ingest();

    const { engram: rebuilt, report } = await updateEngramFile(file, patchedSource(engram, new Map()), {
      rebuild: true,
    });

    expect(report).toMatchObject({ from: null, added: 5, read: 5 });
    expect(rebuilt.dump()).toBe(engram.dump());
  });

  it("says which bytes the engram has not kept", async () => {
    const engram = await ingest(before, file, "indexed");
    const source = patchedSource(engram, new Map());
    const image = engram.file("image.bin")?.oid ?? "";

    expect(await source.sizes([image])).toEqual(new Map());
    await expect(source.blobs([image])[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "bytes-not-kept",
      message: expect.stringContaining("image.bin"),
    });
  });
});
