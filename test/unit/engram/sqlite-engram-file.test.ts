import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compactEngramFile, openEngramFile, updateEngramFile } from "../../../src/engram/sqlite-engram-store.ts";
import { verifyEngramFile } from "../../../src/engram/verify.ts";
import { limits } from "../../../src/shared/limits.ts";
import { textFile, type Tree, treeOf, treeSource } from "../../conformance/engram-store-history.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "engrams-"));
  file = join(directory, "folder/one.engram");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("one file by its name", () => {
  const tree = treeOf({
    "a.ts": "const a = 1;\n",
    "image.bin": "bits\0",
    link: { mode: "120000", data: Buffer.from("a.ts") },
    vendored: { mode: "160000", data: Buffer.from("cd".repeat(20)) },
    "large.txt": "large\n".repeat(limits.indexedFileBytes / 5),
  });

  it("keeps the bytes of every file where it is told to", async () => {
    const { engram } = await updateEngramFile(file, treeSource(tree), { keep: "all" });

    expect(engram.keep).toBe("all");
    for (const path of ["a.ts", "image.bin", "link", "large.txt"]) {
      expect(engram.bytes(path)?.equals(tree.get(path)?.data ?? Buffer.alloc(0))).toBe(true);
    }
    expect(engram.bytes("vendored")).toBeNull();
    expect(engram.file("large.txt")?.skipped).toBe("large");
    expect(engram.text("image.bin")).toBeNull();
    engram.close();
    expect(await verifyEngramFile(file)).toEqual({ ok: true, problems: [], files: 5, chunks: 1 });
  });

  it("keeps the bytes of indexed files else, and keeps to what it was made with", async () => {
    (await updateEngramFile(file, treeSource(tree))).engram.close();

    const { engram } = await updateEngramFile(
      file,
      treeSource(treeOf({ "a.ts": "const a = 2;\n", "image.bin": "bits\0" })),
    );

    expect(engram.keep).toBe("indexed");
    expect([engram.bytes("a.ts")?.toString(), engram.bytes("image.bin")]).toEqual(["const a = 2;\n", null]);
  });

  it("is built again where other bytes shall be kept", async () => {
    const { engram: before } = await updateEngramFile(file, treeSource(tree));

    const { engram, report } = await updateEngramFile(file, treeSource(tree), { keep: "all" });

    expect(report).toMatchObject({ from: null, added: 5 });
    expect(engram.bytes("image.bin")).toEqual(Buffer.from("bits\0"));
    expect(engram.dump()).toBe(before.dump());
    expect(before.bytes("image.bin")).toBeNull();
  });

  it("lists a file over the limit of what is kept, without its bytes", async () => {
    const source = treeSource(tree);
    const huge = tree.get("image.bin")?.data.length ?? 0;
    const sizes = async (oids: readonly string[]) =>
      new Map(
        [...(await source.sizes(oids))].map(([oid, size]) => [oid, size === huge ? limits.storedFileBytes + 1 : size]),
      );

    const { engram } = await updateEngramFile(file, { ...source, sizes }, { keep: "all" });

    expect(engram.file("image.bin")?.skipped).toBe("large");
    expect(engram.bytes("image.bin")).toBeNull();
    expect(engram.bytes("a.ts")).not.toBeNull();
    engram.close();
    expect(await verifyEngramFile(file)).toMatchObject({ problems: [] });
  });

  it("says whose bytes are not there", async () => {
    const source = { ...treeSource(tree), sizes: async () => new Map<string, number>() };

    await expect(updateEngramFile(file, source)).rejects.toMatchObject({
      code: "missing-bytes",
      message: expect.stringContaining("a.ts"),
    });
  });

  it("names an engram that is not there, makes none by opening, and none of an update that failed", async () => {
    await expect(openEngramFile(file)).rejects.toMatchObject({ code: "engram-missing" });
    await expect(verifyEngramFile(file)).rejects.toMatchObject({ code: "engram-missing" });
    await expect(compactEngramFile(file)).rejects.toMatchObject({ code: "engram-missing" });
    expect(existsSync(file)).toBe(false);

    await expect(updateEngramFile(file, treeSource(tree), { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    await expect(openEngramFile(file)).rejects.toMatchObject({ code: "engram-missing" });
  });

  it("can be built again, but never in place of a file that is something else", async () => {
    (await updateEngramFile(file, treeSource(tree))).engram.close();
    writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, 20_000), Buffer.alloc(20_000)]));
    const notes = join(directory, "notes.txt");
    writeFileSync(notes, "notes ".repeat(1_000));

    const { engram } = await updateEngramFile(file, treeSource(tree), { rebuild: true });

    expect(engram.info().files).toBe(5);
    await expect(updateEngramFile(notes, treeSource(tree), { rebuild: true })).rejects.toMatchObject({
      code: "engram-corrupt",
    });
    expect(readFileSync(notes, "utf8")).toBe("notes ".repeat(1_000));
  });

  it("becomes smaller by compacting, and stays the same engram", async () => {
    const text = (i: number) =>
      textFile(Array.from({ length: 200 }, (_, line) => `word${i * line} other${line}`).join("\n"));
    const full: Tree = new Map(Array.from({ length: 60 }, (_, i) => [`src/file${i}.txt`, text(i)]));
    (await updateEngramFile(file, treeSource(full), { keep: "all" })).engram.close();
    const few: Tree = new Map([...full].slice(0, 40));
    const { engram } = await updateEngramFile(file, treeSource(few));
    const dump = engram.dump();
    engram.close();

    const { bytesBefore, bytesAfter } = await compactEngramFile(file);

    expect(bytesAfter).toBeLessThan(bytesBefore);
    expect(statSync(file).size).toBe(bytesAfter);
    const compacted = await openEngramFile(file);
    expect(compacted.dump()).toBe(dump);
    compacted.close();
    expect(await verifyEngramFile(file)).toMatchObject({ problems: [] });
  });

  it("lets others have their turn while it encodes", async () => {
    const many: Tree = new Map(
      Array.from({ length: 50 }, (_, i) => [`file${i}.txt`, textFile(`word ${i}\n`.repeat(200))]),
    );
    let turns = 0;
    const another = (): void => void ((turns += 1), (waiting = setImmediate(another)));
    let waiting = setImmediate(another);

    (await updateEngramFile(file, treeSource(many))).engram.close();
    clearImmediate(waiting);

    expect(turns).toBeGreaterThanOrEqual(50);
  });
});
