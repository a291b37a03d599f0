import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { limits } from "../../../src/shared/limits.ts";
import { findMergeBase, readChange } from "../../../src/workspace/read-change.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
afterEach(() => repository.dispose());

describe("readChange", () => {
  it("shows what the branch did, not what the target gained meanwhile", async () => {
    repository = createRepository();
    repository.write("a.txt", "one\ntwo\nthree\n");
    repository.commit("first");
    repository.git("switch", "-q", "-c", "feature");
    repository.write("a.txt", "one\n2\nthree\n");
    const head = repository.commit("change two");
    repository.git("switch", "-q", "main");
    repository.write("b.txt", "elsewhere\n");
    const target = repository.commit("target moves on");

    const base = await findMergeBase(repository.dir, target, head);
    const change = await readChange(repository.dir, base, head);

    expect(change.files.map((file) => [file.path, file.status])).toEqual([["a.txt", "modified"]]);
    expect(change.files[0]?.hunks[0]?.lines).toEqual([
      { kind: " ", oldLine: 1, newLine: 1, text: "one" },
      { kind: "-", oldLine: 2, newLine: null, text: "two" },
      { kind: "+", oldLine: null, newLine: 2, text: "2" },
      { kind: " ", oldLine: 3, newLine: 3, text: "three" },
    ]);
  });

  it("tells additions, deletions, renames, mode changes, binary files, links and odd names apart", async () => {
    repository = createRepository();
    const long = Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n");
    repository.write("gone.txt", "bye\n");
    repository.write("old name.ts", `${long}\n`);
    repository.write("run.sh", "echo\n");
    repository.write("kind", "a file\n");
    const base = repository.commit("first");
    repository.remove("gone.txt");
    repository.git("mv", "old name.ts", "nêw name.ts");
    chmodSync(join(repository.dir, "run.sh"), 0o755);
    repository.write("pixel.png", "\u0000\u0001\u0002");
    repository.write('qu"ote.txt', "no end of line");
    const head = repository.commit("everything");

    const { files } = await readChange(repository.dir, base, head);
    const seen = Object.fromEntries(files.map((file) => [file.path, [file.status, file.binary, file.hunks.length]]));

    expect(seen).toEqual({
      "gone.txt": ["deleted", false, 1],
      "nêw name.ts": ["renamed", false, 0],
      "pixel.png": ["added", true, 0],
      'qu"ote.txt': ["added", false, 1],
      "run.sh": ["mode-changed", false, 0],
    });
    expect(files.find((file) => file.path === "nêw name.ts")?.oldPath).toBe("old name.ts");
  });

  it("keeps lines that look like patch syntax, and carriage returns", async () => {
    repository = createRepository();
    repository.write("a.md", "-- x\r\n++ y\r\n");
    const base = repository.commit("first");
    repository.write("a.md", "-- x\r\n@@ -1 +1 @@\r\ndiff --git a/b b/b\r\n++ y\r\n");
    const head = repository.commit("second");

    const { files } = await readChange(repository.dir, base, head);

    expect(files).toHaveLength(1);
    expect(files[0]?.hunks[0]?.lines.filter((line) => line.kind === "+").map((line) => line.text)).toEqual([
      "@@ -1 +1 @@\r",
      "diff --git a/b b/b\r",
    ]);
  });

  it("takes no line of code and no name for git's own words", async () => {
    repository = createRepository();
    repository.write("a.ts", "one\n\ntwo\n");
    const base = repository.commit("first");
    const hostile = ["x\rdiff --git a/b b/b", "x\u2028@@ -1 +1 @@", "x\rBinary files a and b differ", "-- a", "++ b"];
    repository.write("a.ts", `one\n\n${hostile.join("\n")}\ntwo\n`);
    repository.write("b\nBinary files x and y differ", "text\n");
    repository.write("c\u2028Binary files x and y differ", "text\n");
    repository.write("d\n@@ -1 +1 @@", "text\n");
    const head = repository.commit("second");
    repository.git("config", "diff.suppressBlankEmpty", "true");

    const { files } = await readChange(repository.dir, base, head);

    expect(files.map(({ path, binary, hunks }) => [path, binary, hunks.length])).toEqual([
      ["a.ts", false, 1],
      ["b\nBinary files x and y differ", false, 1],
      ["c\u2028Binary files x and y differ", false, 1],
      ["d\n@@ -1 +1 @@", false, 1],
    ]);
    const lines = files[0]?.hunks[0]?.lines ?? [];
    expect(lines.filter(({ kind }) => kind === "+").map(({ text }) => text)).toEqual(hostile);
    expect(lines.find(({ newLine }) => newLine === 2)).toEqual({ kind: " ", oldLine: 2, newLine: 2, text: "" });
  });

  it("reads a renamed file's changed lines under both names, and a copy as a new file", async () => {
    repository = createRepository();
    const lines = Array.from({ length: 30 }, (_, i) => `line ${i}`);
    repository.write("before.ts", `${lines.join("\n")}\n`);
    const base = repository.commit("first");
    repository.remove("before.ts");
    repository.write("after.ts", `${lines.with(9, "changed").join("\n")}\n`);
    const head = repository.commit("second");
    repository.git("config", "diff.renames", "false");

    const { files } = await readChange(repository.dir, base, head);

    expect(files).toMatchObject([{ path: "after.ts", oldPath: "before.ts", status: "renamed" }]);
    const changed = files[0]?.hunks[0]?.lines.filter(({ kind }) => kind !== " ") ?? [];
    expect(changed.map(({ kind, oldLine, newLine }) => [kind, oldLine, newLine])).toEqual([
      ["-", 10, null],
      ["+", null, 10],
    ]);
  });

  it("tells which commits a submodule is moved between, and takes neither it nor a link for a file", async () => {
    repository = createRepository();
    const [before, after] = ["a".repeat(40), "b".repeat(40)] as const;
    const point = (to: string): unknown =>
      repository.git("update-index", "--add", "--cacheinfo", `160000,${to},libs/zlib`);
    const commitIndex = (message: string): string => {
      repository.git("commit", "-q", "-m", message);
      return repository.git("rev-parse", "HEAD");
    };
    repository.write("file", "text\n");
    repository.write("z.ts", "1\n");
    repository.write(".gitmodules", '[submodule "zlib"]\n\tpath = libs/zlib\n\turl = ../zlib\n\tignore = all\n');
    repository.git("add", "-A");
    point(before);
    const base = commitIndex("first");
    point(after);
    repository.remove("file");
    symlinkSync("z.ts", join(repository.dir, "file"));
    repository.write("z.ts", "2\n");
    repository.git("add", "file", "z.ts");
    const head = commitIndex("second");
    repository.git("config", "submodule.zlib.ignore", "all");

    const { files } = await readChange(repository.dir, base, head);

    expect(files).toMatchObject([
      { path: "file", status: "modified", newBlob: null, link: true },
      { path: "libs/zlib", oldBlob: null, newBlob: null, hunks: [], submodule: { before, after } },
      // What follows a file printed twice has its own lines.
      { path: "z.ts", hunks: [{ lines: [{ text: "1" }, { text: "2" }] }] },
    ]);
  });

  it("reads a change of 500 files and one of 5,000 lines in full", async () => {
    repository = createRepository();
    repository.write("long.ts", "start\n");
    const base = repository.commit("first");
    for (let i = 0; i < 500; i++) repository.write(`many/${String(i).padStart(3, "0")}.ts`, `export const n = ${i};\n`);
    repository.write("long.ts", Array.from({ length: 5_000 }, (_, i) => `line ${i}\n`).join(""));
    const { files, unread } = await readChange(repository.dir, base, repository.commit("second"));
    expect(unread).toEqual([]);
    expect(files).toHaveLength(501);
    expect(files.flatMap(({ hunks }) => hunks.flatMap(({ lines }) => lines))).toHaveLength(5_501);
    expect(files.at(-1)).toMatchObject({
      path: "many/499.ts",
      hunks: [{ lines: [{ text: "export const n = 499;" }] }],
    });
  });

  it("leaves out and names the largest files of a change over the limits", async () => {
    repository = createRepository();
    repository.write("old.ts", "1\n");
    const base = repository.commit("first");
    repository.write("[a-z]*.ts", "text\n");
    repository.write("fits.ts", "line\n".repeat(limits.diffLines - 1));
    repository.write("too much.ts", "line\n".repeat(limits.diffLines));
    const { files, unread } = await readChange(repository.dir, base, repository.commit("second"));
    expect(files.map(({ path, hunks }) => [path, hunks[0]?.lines.length])).toEqual([
      ["[a-z]*.ts", 1],
      ["fits.ts", limits.diffLines - 1],
    ]);
    expect(unread).toEqual([{ path: "too much.ts", reason: `the change has over ${limits.diffLines} lines` }]);
  });

  it("reads no lines of a file that is too large for code, and says so", async () => {
    repository = createRepository();
    repository.write("data.ts", "x".repeat(limits.diffFileBytes + 1));
    repository.write("logo.png", "\0png");
    const base = repository.commit("first");
    repository.write("data.ts", "y".repeat(limits.diffFileBytes + 1));
    repository.write("logo.png", "\0gif");
    const { files } = await readChange(repository.dir, base, repository.commit("second"));
    expect(files.map(({ path, binary, oversized, hunks }) => [path, binary, oversized, hunks.length])).toEqual([
      ["data.ts", true, true, 0],
      ["logo.png", true, undefined, 0],
    ]);
  });

  it("says what the base calls generated, vendored or binary, whatever the change says itself", async () => {
    repository = createRepository();
    repository.write(".gitattributes", "*.gen.ts linguist-generated\nlibs/** linguist-vendored\n*.dat binary\n");
    repository.write("dist/.gitattributes", "*.js -linguist-generated\n");
    repository.write("made.ts", "// Code generated by a tool. DO NOT EDIT.\n\n1\n");
    repository.write("plain.ts", "one\n");
    const base = repository.commit("first");
    repository.write(".gitattributes", "*.ts linguist-generated -diff\n");
    for (const path of ["a.gen.ts", "libs/b.ts", "c.dat", "dist/d.js"]) repository.write(path, "text\n");
    repository.write("made.ts", "2\n");
    repository.write("new.py", "#!/usr/bin/env python\n# This file was automatically generated.\n");
    repository.write("plain.ts", "// @generated\ntwo\n");
    const head = repository.commit("second");

    const { files } = await readChange(join(repository.dir, ".git"), base, head);

    expect(files.map(({ path, said, binary }) => [path, said?.what, said?.by, binary])).toEqual([
      [".gitattributes", undefined, undefined, false],
      ["a.gen.ts", "generated", ".gitattributes", false],
      ["c.dat", "binary", ".gitattributes", false],
      ["dist/d.js", "hand-written", ".gitattributes", false],
      ["libs/b.ts", "vendored", ".gitattributes", false],
      ["made.ts", "generated", "its first lines", false],
      ["new.py", "generated", "its first lines", false],
      ["plain.ts", undefined, undefined, false],
    ]);
  });

  it("says what to do when there is no common commit", async () => {
    repository = createRepository();
    repository.write("a", "1\n");
    const base = repository.commit("first");
    repository.git("switch", "-q", "--orphan", "other");
    repository.write("b", "2\n");
    const head = repository.commit("unrelated");

    await expect(findMergeBase(repository.dir, base, head)).rejects.toMatchObject({ code: "no-merge-base" });
  });
});
