import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { directorySource } from "../../../src/engram/directory-source.ts";
import { checkDocumentName, divideText, partName, partOf } from "../../../src/knowledge/document-parts.ts";
import { documentSource } from "../../../src/knowledge/document-source.ts";
import type { TextDocument } from "../../../src/knowledge/text-document.ts";
import { limits } from "../../../src/shared/limits.ts";

const folder = mkdtempSync(join(tmpdir(), "documents-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const document = (name: string, text: string): TextDocument => ({ name, text, kind: "text", pages: null, notes: [] });

describe("documentSource", () => {
  it("is the tree that a folder with the same files is", async () => {
    const texts: [string, string][] = [
      ["b.md", "# B\n"],
      ["a/z.txt", "z\n"],
      ["a.txt", "a\n"],
      ["ä/\u{1f600}.md", "é\n"],
      ["ä/\uff5e.md", "tilde\n"],
    ];
    for (const [name, text] of texts) {
      mkdirSync(join(folder, name, ".."), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const source = documentSource(texts.map(([name, text]) => document(name, text)));
    const other = await directorySource([folder]);
    expect(source.revision).toBe(other.revision);
    const byPath = (entries: { path: string }[]) => new Map(entries.map((entry) => [entry.path, entry]));
    expect(byPath(await source.entries())).toEqual(byPath(await other.entries()));
  });

  it("reads new texts and kept files, and names what is gone", async () => {
    const [old] = await documentSource([document("old.md", "old\n")]).entries();
    const [gone] = await documentSource([document("gone.md", "gone\n")]).entries();
    const source = documentSource([document("new.md", "new\n")], {
      entries: [old!, gone!],
      bytes: (path) => (path === "old.md" ? Buffer.from("old\n") : null),
    });
    const entries = await source.entries();
    expect(entries.map(({ path }) => path)).toEqual(["gone.md", "new.md", "old.md"]);
    const oids = entries.slice(1).map(({ oid }) => oid);
    expect(await source.sizes(entries.map(({ oid }) => oid))).toEqual(new Map(oids.map((oid) => [oid, 4])));
    const read: string[] = [];
    for await (const { data } of source.blobs(oids)) read.push(data.toString());
    expect(read).toEqual(["new\n", "old\n"]);
    await expect(source.blobs([gone!.oid])[Symbol.asyncIterator]().next()).rejects.toThrow("gone.md");
  });

  it("divides a text that one file of an engram cannot hold", async () => {
    const text = Array.from({ length: 30_000 }, (_, i) => `line ${i} of a long book\n`).join("");
    const source = documentSource([document("a.v2/book.pdf", text)]);
    const entries = await source.entries();
    expect(entries.map(({ path }) => path).sort()).toEqual(["a.v2/book#2.pdf", "a.v2/book.pdf"]);
    expect(
      [...(await source.sizes(entries.map(({ oid }) => oid))).values()].every(
        (size) => size <= limits.indexedFileBytes,
      ),
    ).toBe(true);
  });
});

describe("parts", () => {
  it("are the text when they are put together, and begin with a page or a heading where one is near", () => {
    const text = Array.from({ length: 40 }, (_, i) => `<!-- page ${i + 1} -->\nsome text\n# heading?\nüber\n`).join("");
    const parts = divideText(text, 300);
    expect(parts.join("")).toBe(text);
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts) {
      expect(part).toMatch(/^<!-- page/);
      expect(Buffer.byteLength(part)).toBeLessThanOrEqual(300);
    }
    expect(divideText("## a\nx\ny\n## b\nz\n", 12)).toEqual(["## a\nx\ny\n", "## b\nz\n"]);
  });

  it.each(["book.pdf", "a/b/c", "x.tar.gz", ".env", "a.b/c"])(
    "%s is found again from the names of its parts",
    (name) => {
      for (const part of [1, 2, 13]) expect(partOf(partName(name, part))).toEqual({ document: name, part });
    },
  );

  it("names that would be taken for a part or lead elsewhere are refused", () => {
    for (const name of ["a#2.pdf", "a#3", "../a", "a//b", "/a", "a\nb", "a\u009bb", ""]) {
      expect(() => checkDocumentName(name), name).toThrow("is no name for a document");
    }
    for (const name of ["C#.md", "a#b.md", "issue #12 notes.md"]) checkDocumentName(name);
  });
});
