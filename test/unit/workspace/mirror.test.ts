import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gitText } from "../../../src/shared/git.ts";
import { fetchPast } from "../../../src/workspace/open-pull.ts";
import { openMirror } from "../../../src/workspace/mirror.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "mirror-"));
  repository = createRepository();
  repository.git("config", "uploadpack.allowFilter", "true");
  repository.git("config", "uploadpack.allowAnySHA1InWant", "true");
  for (const version of ["one", "two", "three"]) {
    repository.write("a.txt", `a ${version}\n`);
    repository.write("b.txt", `b ${version}\n`);
    repository.commit(version);
  }
});

afterEach(() => {
  repository.dispose();
  rmSync(home, { recursive: true, force: true });
});

const refs = ["+refs/heads/main:refs/heads/main"];

async function missing(gitDir: string): Promise<number> {
  const listing = await gitText(gitDir, ["rev-list", "--objects", "--missing=print", "--all"]);
  return listing.split("\n").filter((line) => line.startsWith("?")).length;
}

describe("openMirror", () => {
  it("fetches commits first and blobs in batches, only those asked for", async () => {
    const remote = { url: `file://${repository.dir}`, token: null };
    const mirror = await openMirror(join(home, "m"), remote, refs);
    expect(await missing(mirror.gitDir)).toBe(6);

    await mirror.prefetchTrees(["refs/heads/main"], ["b.txt", "none.txt"]);
    expect(await missing(mirror.gitDir)).toBe(5);

    await mirror.prefetchTrees(["refs/heads/main", "refs/heads/main"]);
    expect(await missing(mirror.gitDir)).toBe(4);

    await mirror.prefetchHistory("refs/heads/main", ["a.txt"]);
    expect(await missing(mirror.gitDir)).toBe(2);
  });

  it("brings the heads of all pull requests, with every file", async () => {
    repository.git("switch", "-q", "-c", "topic", "HEAD~1");
    repository.write("c.txt", "c\n");
    const head = repository.commit("topic");
    repository.git("update-ref", "refs/pull/7/head", head);
    repository.git("switch", "-q", "main");

    const { workspace, commit } = await fetchPast(
      join(home, "m"),
      { url: `file://${repository.dir}`, token: null },
      "main",
    );

    await workspace.prefetchAll();

    expect(commit).toBe(repository.git("rev-parse", "main"));
    expect(await gitText(workspace.gitDir, ["rev-parse", "refs/pull/7/head"])).toBe(head);
    expect(await missing(workspace.gitDir)).toBe(0);
  });

  it("follows a forced push", async () => {
    const remote = { url: `file://${repository.dir}`, token: null };
    await openMirror(join(home, "m"), remote, refs);
    repository.git("reset", "-q", "--hard", "HEAD~1");
    repository.write("a.txt", "rewritten\n");
    const commit = repository.commit("another history");

    const mirror = await openMirror(join(home, "m"), remote, refs);

    expect(await gitText(mirror.gitDir, ["rev-parse", "refs/heads/main"])).toBe(commit);
  });

  it("is not stopped by locks that a killed git left behind", async () => {
    const dir = join(home, "left");
    mkdirSync(join(dir, "refs", "heads"), { recursive: true });
    execFileSync("git", ["init", "-q", "--bare", dir]);
    for (const lock of ["config.lock", "packed-refs.lock", "refs/heads/main.lock"]) writeFileSync(join(dir, lock), "");

    const mirror = await openMirror(dir, { url: `file://${repository.dir}`, token: null }, refs);

    expect(await gitText(mirror.gitDir, ["rev-parse", "refs/heads/main"])).toBe(repository.git("rev-parse", "main"));
  });

  it("says what failed when the remote is not there, and may be tried again", async () => {
    const remote = { url: `file://${home}/nowhere`, token: null };
    await expect(openMirror(join(home, "m"), remote, refs)).rejects.toMatchObject({
      code: "fetch-failed",
      transient: true,
    });
  });

  it("never writes the token to disk", async () => {
    const token = "ghs_notForDisk";
    await openMirror(join(home, "m"), { url: `file://${repository.dir}`, token }, refs);
    const written = readdirSync(join(home, "m"), { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
    expect(written.filter((text) => text.includes("notForDisk"))).toEqual([]);
  });
});
