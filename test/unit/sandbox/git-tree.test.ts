import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { gitTree } from "../../../src/sandbox/git-tree.ts";
import { makeFolder } from "../../../src/sandbox/make-folder.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
let folder: string;
let outside: string;
beforeEach(() => {
  repository = createRepository();
  folder = mkdtempSync(join(tmpdir(), "tree-"));
  outside = mkdtempSync(join(tmpdir(), "outside-"));
});
afterEach(() => {
  repository.dispose();
  for (const path of [folder, outside]) rmSync(path, { recursive: true, force: true });
});

const gitDir = () => join(repository.dir, ".git");

it("writes the files of a commit, whatever the work tree has now", async () => {
  repository.write("a.txt", "one\n");
  repository.write("bin/run.sh", "#!/bin/sh\n");
  chmodSync(join(repository.dir, "bin/run.sh"), 0o755);
  symlinkSync("a.txt", join(repository.dir, "link"));
  const commit = repository.commit("first");
  repository.write("a.txt", "changed\n");
  await gitTree({ gitDir: gitDir(), commit }).writeTo(folder);
  expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("one\n");
  expect(lstatSync(join(folder, "bin/run.sh")).mode & 0o111).not.toBe(0);
  expect(readlinkSync(join(folder, "link"))).toBe("a.txt");
  expect(existsSync(join(folder, ".git"))).toBe(false);
  expect(repository.git("status", "--porcelain")).toBe("M a.txt".padStart(8));
});

it("lays edited files over it: changed, new in new folders, deleted; what may be executed stays so", async () => {
  repository.write("run.sh", "old\n");
  repository.write("gone/x.txt", "x\n");
  chmodSync(join(repository.dir, "run.sh"), 0o755);
  const commit = repository.commit("first");
  const edited = [
    { path: "run.sh", before: "old\n", after: "new\n" },
    { path: "deep/er/new.txt", before: null, after: "n\n" },
    { path: "gone/x.txt", before: "x\n", after: null },
    { path: "never/was.txt", before: null, after: null },
  ];
  await gitTree({ gitDir: gitDir(), commit, edited }).writeTo(folder);
  expect(readFileSync(join(folder, "run.sh"), "utf8")).toBe("new\n");
  expect(lstatSync(join(folder, "run.sh")).mode & 0o111).not.toBe(0);
  expect(readFileSync(join(folder, "deep/er/new.txt"), "utf8")).toBe("n\n");
  expect(existsSync(join(folder, "gone/x.txt"))).toBe(false);
});

it("follows no link of the commit when it writes or deletes", async () => {
  writeFileSync(join(outside, "kept.txt"), "kept\n");
  symlinkSync(outside, join(repository.dir, "dir"));
  symlinkSync(join(outside, "kept.txt"), join(repository.dir, "file"));
  symlinkSync(outside, join(repository.dir, "other"));
  const commit = repository.commit("links");
  const edited = [
    { path: "dir/new.txt", before: null, after: "n\n" },
    { path: "file", before: null, after: "over\n" },
    { path: "other/kept.txt", before: null, after: null },
  ];
  await gitTree({ gitDir: gitDir(), commit, edited }).writeTo(folder);
  expect(readdirSync(outside)).toEqual(["kept.txt"]);
  expect(readFileSync(join(outside, "kept.txt"), "utf8")).toBe("kept\n");
  expect(readFileSync(join(folder, "dir/new.txt"), "utf8")).toBe("n\n");
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("over\n");
});

it.each(["../x", "/etc/x", "a/../../x", "a//b", "./a", "a\0b"])("refuses the path %j", async (path) => {
  repository.write("a", "a");
  const commit = repository.commit("first");
  const tree = gitTree({ gitDir: gitDir(), commit, edited: [{ path, before: null, after: "x" }] });
  await expect(tree.writeTo(folder)).rejects.toThrow(/not a path inside/);
});

it("asks no filter, hook or attribute of the clone", async () => {
  repository.write(".gitattributes", "* filter=evil\nhidden.txt export-ignore\n");
  repository.write("hidden.txt", "$Format:%H$\n");
  const commit = repository.commit("first");
  const touch = `touch ${outside}/ran`;
  repository.git("config", "filter.evil.smudge", `${touch}; cat`);
  repository.git("config", "filter.evil.required", "true");
  mkdirSync(join(gitDir(), "hooks"), { recursive: true });
  for (const hook of ["post-checkout", "post-index-change"])
    writeFileSync(join(gitDir(), "hooks", hook), `#!/bin/sh\n${touch}\n`, { mode: 0o755 });
  await gitTree({ gitDir: gitDir(), commit }).writeTo(folder);
  expect(readFileSync(join(folder, "hidden.txt"), "utf8")).toBe("$Format:%H$\n");
  expect(readdirSync(outside)).toEqual([]);
});

it("ends with the signal's reason", async () => {
  repository.write("a", "a");
  const commit = repository.commit("first");
  const stopped = AbortSignal.abort(new Error("stopped"));
  await expect(gitTree({ gitDir: gitDir(), commit }).writeTo(folder, stopped)).rejects.toThrow();
});

it("makes a folder where a link or a file is in the way", async () => {
  symlinkSync(outside, join(folder, "a"));
  await makeFolder(folder, ["a", "b"]);
  expect(lstatSync(join(folder, "a")).isDirectory()).toBe(true);
  expect(readdirSync(outside)).toEqual([]);
  await makeFolder(folder, ["a", "b"]);
});
