import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blobId } from "../../../src/engram/blob-id.ts";
import { directorySource } from "../../../src/engram/directory-source.ts";
import { gitSource } from "../../../src/engram/git-source.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import type { TreeSource } from "../../../src/engram/tree-source.ts";
import { limits } from "../../../src/shared/limits.ts";
import { createRepository } from "../../helpers/git-repository.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "folders-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, data: string | Buffer = path): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, data);
  return file;
}

async function pathsOf(source: TreeSource): Promise<string[]> {
  return (await source.entries()).map(({ path }) => path).sort();
}

async function readAll(source: TreeSource): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const { path, oid } of await source.entries()) {
    for await (const { data } of source.blobs([oid])) texts.set(path, data.toString("latin1"));
  }
  return texts;
}

describe("a folder as a tree", () => {
  it("is the tree that git makes of it, with the same ids and modes", async () => {
    const repository = createRepository(join(root, "work"));
    repository.write("src/a.ts", "const a = 1;\r\n");
    repository.write("image.bin", Buffer.from([0, 1, 255]));
    repository.write("empty", "");
    repository.write("large.txt", "line\n".repeat(limits.indexedFileBytes / 4));
    repository.write("Übersicht \u{1F4BE}.txt", "names");
    repository.write("run.sh", "echo run");
    chmodSync(join(root, "work/run.sh"), 0o755);
    symlinkSync("src/a.ts", join(root, "work/link"));
    symlinkSync("/nowhere", join(root, "work/dangling"));
    const commit = repository.commit("all");

    const source = await directorySource([join(root, "work")]);

    const fromGit = await gitSource(repository.dir, commit);
    const byPath = (entries: Awaited<ReturnType<TreeSource["entries"]>>) =>
      entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    expect(byPath(await source.entries())).toEqual(byPath(await fromGit.entries()));
    const oids = (await source.entries()).map(({ oid }) => oid);
    expect(await source.sizes(oids)).toEqual(await fromGit.sizes(oids));
    expect(await readAll(source)).toEqual(await readAll(fromGit));
    const store = createMemoryEngramStore();
    const ours = (await store.updateFrom("folder", source)).engram.dump();
    const theirs = (await store.updateFrom("git", fromGit)).engram.dump();
    expect(ours.replace(source.revision, commit)).toBe(theirs);
  });

  it("leaves `.git` folders out and nothing else", async () => {
    write(".git/config");
    write("sub/.git/HEAD");
    write("linked/.git", "gitdir: ../elsewhere");
    write(".gitignore", "*.log");
    write("debug.log");
    write("node_modules/x/index.js");
    write(".hidden/file");

    const source = await directorySource([root]);

    expect(await pathsOf(source)).toEqual([
      ".gitignore",
      ".hidden/file",
      "debug.log",
      "linked/.git",
      "node_modules/x/index.js",
    ]);
  });

  it("follows no links, neither of files nor of folders", async () => {
    write("real/file.txt", "text");
    symlinkSync("real", join(root, "folder-link"));
    symlinkSync("real/file.txt", join(root, "file-link"));

    const source = await directorySource([root]);

    expect(await readAll(source)).toEqual(
      new Map([
        ["file-link", "real/file.txt"],
        ["folder-link", "real"],
        ["real/file.txt", "text"],
      ]),
    );
  });

  it("puts several folders under their names, made unique", async () => {
    write("one/docs/a.md");
    write("two/docs/a.md");
    write("three/docs/a.md");
    write("notes/b.md");

    const source = await directorySource(
      ["one/docs", "two/docs/", "notes", "three/docs"].map((path) => join(root, path)),
    );

    expect(await pathsOf(source)).toEqual(["docs/a.md", "docs_2/a.md", "docs_3/a.md", "notes/b.md"]);
  });

  it("names what has no bytes, and names that are not UTF-8", async () => {
    write("file.txt");
    execFileSync("mkfifo", [join(root, "pipe")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/odd-`), Buffer.from([0xff])]), "x");

    const source = await directorySource([root]);
    server.close();

    expect(await pathsOf(source)).toEqual(["file.txt"]);
    expect(source.skipped.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: "odd-\uFFFD", reason: "its name is not UTF-8" },
      { path: "pipe", reason: "it is a named pipe" },
      { path: "socket", reason: "it is a socket" },
    ]);
  });

  it("leaves out what it is told to", async () => {
    write("file.txt");
    const engram = write("root.engram");
    write("root.engram-wal");
    write("root.engram-shm");

    expect(await pathsOf(await directorySource([root], undefined, [engram]))).toEqual(["file.txt"]);
  });

  it("has a revision that says paths, modes and bytes, not where the folder is", async () => {
    const one = write("one/a.txt", "a");
    write("two/a.txt", "a");
    const [first, same] = [await directorySource([join(root, "one")]), await directorySource([join(root, "two")])];
    chmodSync(one, 0o755);
    const executable = await directorySource([join(root, "one")]);
    renameSync(one, join(root, "one/b.txt"));
    const renamed = await directorySource([join(root, "one")]);

    expect(first.revision).toMatch(/^tree-[0-9a-f]{40}$/);
    expect(same.revision).toBe(first.revision);
    expect(new Set([first, executable, renamed].map(({ revision }) => revision)).size).toBe(3);
  });
});

describe("what stands in the way", () => {
  it.each([
    ["missing", "does not exist"],
    ["file.txt", "is not a folder"],
  ])("%s %s", async (name, reason) => {
    write("file.txt");

    await expect(directorySource([join(root, name)])).rejects.toMatchObject({
      code: "no-folder",
      message: expect.stringContaining(reason),
    });
  });

  // Root may read everything.
  it.skipIf(process.getuid?.() === 0)("a file that may not be read is named", async () => {
    chmodSync(write("secret.txt"), 0);

    await expect(directorySource([root])).rejects.toMatchObject({
      code: "unreadable-file",
      message: expect.stringContaining("secret.txt"),
    });
  });

  it.each<[string, (file: string) => void]>([
    ["changes", (file) => writeFileSync(file, "other")],
    ["is gone", (file) => rmSync(file)],
    ["becomes a link", (file) => (rmSync(file), symlinkSync("elsewhere", file))],
  ])("a file that %s before its bytes are read is refused", async (_, change) => {
    const file = write("file.txt", "first");
    const source = await directorySource([root]);
    change(file);

    const reading = readAll(source);

    await expect(reading).rejects.toMatchObject({
      code: "tree-changed",
      message: expect.stringContaining("file.txt"),
      transient: true,
    });
  });

  it.each<[string, (file: string) => void]>([
    ["grows", (file) => appendFileSync(file, "line\n")],
    ["is written over", (file) => writeFileSync(file, "line\n", { flag: "r+" })],
  ])("a file that %s all the time while it is read is refused", async (_, change) => {
    const file = write("busy.log", Buffer.alloc(8 * limits.indexedFileBytes));
    const writer = setInterval(() => change(file), 1);

    const reading = directorySource([root]).finally(() => clearInterval(writer));

    await expect(reading).rejects.toMatchObject({ code: "tree-changed", message: expect.stringContaining("busy.log") });
  });

  it("stops when it is told to", async () => {
    write("file.txt");

    await expect(directorySource([root], AbortSignal.abort())).rejects.toThrow(/abort/i);
  });

  it("knows the ids of its files only", async () => {
    const source = await directorySource([root]);

    expect(await source.sizes([blobId(Buffer.from("x"))])).toEqual(new Map());
    const blobs = source.blobs([blobId(Buffer.from("x"))]);
    await expect(blobs[Symbol.asyncIterator]().next()).rejects.toThrow(RangeError);
  });
});
