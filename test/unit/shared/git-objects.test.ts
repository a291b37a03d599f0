import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeObjectReaders } from "../../../src/shared/git-object-reader.ts";
import { listTree } from "../../../src/shared/git-objects.ts";
import { limits } from "../../../src/shared/limits.ts";

const folder = mkdtempSync(join(tmpdir(), "trees-"));
const git = (dir: string, args: string[], input?: string) =>
  execFileSync("git", ["-C", dir, ...args], { input, encoding: "utf8" });

beforeAll(() => {
  for (const format of ["sha1", "sha256"]) {
    git(folder, ["init", "--quiet", "--bare", `--object-format=${format}`, format]);
    git(join(folder, format), ["fast-import", "--quiet"], history());
  }
});
afterAll(() => {
  closeObjectReaders();
  rmSync(folder, { recursive: true, force: true });
});

/** Two commits: folders in folders, names that sort otherwise than their paths; then one file moves. */
function history(): string {
  const files = ["a.b/x", "a/b/c/d", "a/b/e", "a0", "ä/ö ü", "z/run", "deep/er/and/er/file"];
  const commit = ["commit refs/heads/main", "committer Ada <ada@example.com> 0 +0000", "data 1", "x"];
  const inline = (mode: string, path: string) => [`M ${mode} inline ${path}`, `data ${Buffer.byteLength(path)}`, path];
  const first = [...commit, ...files.flatMap((path) => inline(path === "z/run" ? "100755" : "100644", path))];
  const link = ["M 120000 inline link", "data 2", "a0"];
  const second = [...commit, "D a/b/e", ...inline("100644", "a/f")];
  return [...first, ...link, ...second, ""].join("\n");
}

/** As git itself lists it. */
function listed(dir: string, commit: string) {
  const records = git(dir, ["ls-tree", "-r", "-z", "--full-tree", commit]).split("\0").slice(0, -1);
  return records.map((record) => {
    const [, mode, oid, path] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(record) ?? [];
    return { path, mode, oid };
  });
}

describe("the list of a tree", () => {
  it.each(["sha1", "sha256"])("is git's own, at each commit, in a repository of %s", async (format) => {
    const dir = join(folder, format);
    for (const commit of ["main~1", "main", "main~1"]) {
      const entries = await listTree(dir, commit);
      expect(entries).toEqual(listed(dir, commit));
      expect(entries.length).toBeGreaterThan(7);
    }
  });

  it("is git's own where there are too many folders to ask for one by one", async () => {
    const dir = join(folder, "sha1");
    const many = Array.from({ length: limits.objectsOfOneReader + 1 }, (_, i) => `f${i}/g`);
    const files = many.flatMap((path) => [`M 100644 inline ${path}`, `data ${path.length}`, path]);
    const input = ["commit refs/heads/many", "committer Ada <ada@example.com> 0 +0000", "data 1", "x", ...files, ""];
    git(dir, ["fast-import", "--quiet"], input.join("\n"));

    expect(await listTree(dir, "many")).toEqual(listed(dir, "many"));
  });

  it("is an error where there is no such commit", async () => {
    await expect(listTree(join(folder, "sha1"), "1".repeat(40))).rejects.toThrow("no tree");
  });
});
