import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findDocuments, readDocuments } from "../../../src/knowledge/read-files.ts";
import { makeDocx, makePdf } from "../../helpers/documents.ts";

const folder = mkdtempSync(join(tmpdir(), "files-"));

beforeAll(() => {
  const files: Record<string, string | Buffer> = {
    "docs/b.md": "# B\n",
    "docs/a/z.txt": "z\n",
    "docs/empty.md": "",
    "docs/scan.pdf": makePdf([[]]),
    "docs/paper.pdf": makePdf([["x"]]),
    "docs/broken.docx": makeDocx([]).subarray(0, 100),
    "docs/picture.png": Buffer.from([1, 0, 0]),
    "docs/part#2.md": "x\n",
    "docs/.hidden/c.md": "c\n",
    "docs/node_modules/d.md": "d\n",
    "other/b.md": "# Other\n",
  };
  for (const [name, data] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), data);
  }
  symlinkSync(folder, join(folder, "docs/loop"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("documents of a folder", () => {
  it("are read with the ones that cannot be listed one by one", async () => {
    const found = await findDocuments([join(folder, "docs")]);
    const names: string[] = [];
    const failures: string[] = [];
    for await (const read of readDocuments(found)) {
      if ("document" in read) names.push(read.document.name);
      else failures.push(`${read.failure.code}: ${read.failure.message.split(" ")[0]}`);
    }
    expect(names).toEqual(["a/z.txt", "b.md", "paper.pdf"]);
    expect(failures).toEqual([
      "document-damaged: broken.docx",
      "document-empty: empty.md",
      'document-name: "part#2.md"',
      "document-not-text: picture.png",
      "document-scanned: scan.pdf",
    ]);
  });

  it("end with the signal", async () => {
    const files = await findDocuments([join(folder, "docs")]);
    await expect(readDocuments(files, AbortSignal.abort()).next()).rejects.toThrow("abort");
  });

  it("of the same name are refused, the same file twice is not", async () => {
    const twice = findDocuments([join(folder, "docs"), join(folder, "other")]);
    await expect(twice).rejects.toMatchObject({ code: "same-document-twice" });
    expect(await findDocuments([join(folder, "other"), join(folder, "other/b.md")])).toHaveLength(1);
  });

  it.each([["gone"], ["docs/.hidden/none"]])("%s: a path that is not there", async (path) => {
    await expect(findDocuments([join(folder, path)])).rejects.toMatchObject({ code: "unreadable-file" });
  });

  it("a folder without files", async () => {
    mkdirSync(join(folder, "nothing"));
    await expect(findDocuments([join(folder, "nothing")])).rejects.toMatchObject({ code: "no-document" });
  });
});
