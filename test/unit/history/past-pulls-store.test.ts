import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PastPull, PastPulls, PastPullsStore } from "../../../src/history/past-pulls.ts";
import { createSqlitePastPullsStore } from "../../../src/history/sqlite-past-pulls-store.ts";
import { limits } from "../../../src/shared/limits.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
let directory: string;
let store: PastPullsStore;

beforeEach(() => {
  repository = createRepository();
  directory = mkdtempSync(join(tmpdir(), "pulls-"));
  store = createSqlitePastPullsStore({ directory });
  repository.write("a.txt", lines(20));
  repository.write("b.txt", "b\n");
  repository.commit("Begin");
});

afterEach(() => {
  store.close();
  repository.dispose();
  rmSync(directory, { recursive: true, force: true });
});

function lines(count: number, changed: Record<number, string> = {}): string {
  return Array.from({ length: count }, (_, index) => `${changed[index + 1] ?? `line ${index + 1}`}\n`).join("");
}

function head(ref = "HEAD"): string {
  return repository.git("rev-parse", ref);
}

/** Works on a branch of its own and leaves the repository on main, as it was. */
function pull(number: number, work: () => void, from = "main"): string {
  repository.git("checkout", "--quiet", "-B", `topic-${number}`, from);
  work();
  repository.git("update-ref", `refs/pull/${number}/head`, "HEAD");
  repository.git("checkout", "--quiet", "main");
  return head(`refs/pull/${number}/head`);
}

function commitFile(path: string, text: string, message: string): string {
  repository.write(path, text);
  return repository.commit(message);
}

function mergePull(number: number, message = `Merge pull request #${number} from ada/topic`): string {
  repository.git("merge", "--quiet", "--no-ff", "-m", message, `refs/pull/${number}/head`);
  return head();
}

async function read(gitDir = repository.dir, commit = head("main")): Promise<{ pulls: PastPulls; read: number }> {
  const { pulls, report } = await store.update("host/owner/name", gitDir, commit);
  return { pulls, read: report.read };
}

async function only(gitDir?: string, commit?: string): Promise<PastPull> {
  const { pulls } = await read(gitDir, commit);
  expect(pulls.pulls).toHaveLength(1);
  return pulls.pulls[0] as PastPull;
}

describe("past pull requests", () => {
  it("reads one that a merge commit brought in, against what the branch was before", async () => {
    const base = head();
    let first = "";
    const last = pull(7, () => {
      first = commitFile("a.txt", lines(20, { 3: "changed" }), "Change a");
      commitFile("c.txt", "new\n", "Add c");
    });
    commitFile("b.txt", "b2\n", "Meanwhile");
    const mergedAs = mergePull(7, "Merge pull request #7 from ada/topic\n\nChange a and add c");
    commitFile("b.txt", "b3\n", "Later");
    expect(await only()).toEqual({
      number: 7,
      head: last,
      base,
      finalBase: base,
      commits: [first, last],
      mergedAs,
      subject: "Change a and add c",
      author: "Ada Tester",
      time: Number(repository.git("log", "-1", "--format=%ct", last)),
      files: [
        { path: "a.txt", newPath: "a.txt", ranges: [[3, 3]] },
        { path: "c.txt", newPath: "c.txt", ranges: [] },
      ],
    });
  });

  it("finds the squash commit by its subject", async () => {
    const base = head();
    const last = pull(12, () => {
      commitFile("a.txt", lines(20, { 3: "x" }), "One");
      commitFile("a.txt", lines(20, { 3: "x", 9: "y" }), "Two");
    });
    const mergedAs = commitFile("a.txt", lines(20, { 3: "x", 9: "y" }), "Change a (#12)");
    commitFile("b.txt", "b2\n", 'Revert "Change a (#12)" (#13)');
    const found = await only();
    expect(found).toMatchObject({ head: last, base, mergedAs, subject: "Change a (#12)" });
    expect(found.files[0]?.ranges).toEqual([
      [3, 3],
      [9, 9],
    ]);
  });

  it("does not take an older commit that happens to name the number for its merge", async () => {
    commitFile("b.txt", "imported\n", "Imported from elsewhere (#3)");
    pull(3, () => repository.commit("Own", { date: "2024-03-01T00:00:00Z" }));
    expect((await only()).mergedAs).toBeNull();
  });

  it("reads a closed one and one that was rebased into the branch as not merged", async () => {
    const base = head();
    pull(1, () => commitFile("a.txt", lines(20, { 1: "closed" }), "Closed"));
    pull(2, () => {
      commitFile("b.txt", "one\n", "One");
      commitFile("b.txt", "two\n", "Two");
    });
    commitFile("README", "x\n", "Meanwhile");
    repository.git("cherry-pick", `${base}..refs/pull/2/head`);
    const { pulls } = await read();
    expect(pulls.pulls.map(({ number, mergedAs, subject, base: from }) => [number, mergedAs, subject, from])).toEqual([
      [2, null, "One", base],
      [1, null, "Closed", base],
    ]);
  });

  it("does not count as its own what was merged into it from the default branch", async () => {
    const base = head();
    let first = "";
    let merged = "";
    const last = pull(5, () => {
      first = commitFile("a.txt", lines(20, { 2: "own" }), "Own");
      repository.git("checkout", "--quiet", "main");
      merged = commitFile("b.txt", "default\n", "Default");
      repository.git("checkout", "--quiet", "topic-5");
      repository.git("merge", "--quiet", "--no-ff", "-m", "Merge main", "main");
      commitFile("a.txt", lines(20, { 2: "own", 4: "more" }), "More");
    });
    mergePull(5);
    const found = await only();
    expect(found).toMatchObject({ base, finalBase: merged, commits: [first, last] });
    expect(found.files.map(({ path }) => path)).toEqual(["a.txt"]);
  });

  it("begins at the newest default commit where that was merged before the first own one", async () => {
    let merged = "";
    pull(5, () => {
      repository.git("checkout", "--quiet", "main");
      merged = commitFile("b.txt", "default\n", "Default");
      repository.git("checkout", "--quiet", "topic-5");
      repository.git("merge", "--quiet", "--no-ff", "-m", "Merge main", "main");
      commitFile("a.txt", lines(20, { 4: "own" }), "Own");
    });
    expect(await only()).toMatchObject({ base: merged, finalBase: merged });
  });

  it("tells own commits where a pull request was merged into another one's branch", async () => {
    const outer = head();
    repository.git("checkout", "--quiet", "-b", "outer");
    const base = commitFile("b.txt", "outer\n", "Outer");
    repository.git("checkout", "--quiet", "main");
    const last = pull(8, () => commitFile("a.txt", lines(20, { 4: "inner" }), "Inner"), "outer");
    repository.git("checkout", "--quiet", "outer");
    const inner = mergePull(8);
    repository.git("update-ref", "refs/pull/9/head", "HEAD");
    repository.git("checkout", "--quiet", "main");
    const mergedAs = mergePull(9);
    const { pulls } = await read();
    expect(pulls.pulls).toMatchObject([
      { number: 9, base: outer, commits: [base], mergedAs },
      { number: 8, base, commits: [last], mergedAs: inner },
    ]);
  });

  it("reads again only what moved, and follows a forced push and a merge", async () => {
    pull(1, () => commitFile("a.txt", lines(20, { 1: "x" }), "First"));
    pull(2, () => commitFile("b.txt", "x\n", "Second"));
    expect((await read()).read).toBe(2);
    expect((await read()).read).toBe(0);

    const forced = pull(2, () => commitFile("c.txt", "y\n", "Second, again"));
    const again = await read();
    expect(again.read).toBe(1);
    expect(again.pulls.pulls).toMatchObject([{ number: 2, head: forced, subject: "Second, again" }, { number: 1 }]);

    const mergedAs = mergePull(1);
    const merged = await read();
    expect(merged.read).toBe(0); // what it touches is known
    expect(merged.pulls.pulls[1]).toMatchObject({ number: 1, mergedAs, files: [{ path: "a.txt", ranges: [[1, 1]] }] });

    repository.git("update-ref", "-d", "refs/pull/2/head");
    expect((await read()).pulls.pulls.map(({ number }) => number)).toEqual([1]);
  });

  it("gives the same from a new process, from a damaged file, and after the default branch was forced elsewhere", async () => {
    pull(1, () => commitFile("a.txt", lines(20, { 1: "x" }), "First"));
    commitFile("b.txt", "gone\n", "To be forced away");
    const before = await read();
    store.close();
    store = createSqlitePastPullsStore({ directory });
    expect(await read()).toEqual({ ...before, read: 0 });

    store.close();
    const file = join(directory, "host/owner/name.pulls");
    for (const name of readdirSync(join(directory, "host/owner"))) rmSync(join(directory, "host/owner", name));
    writeFileSync(file, "no database at all, but long enough to be looked at as one ".repeat(20));
    store = createSqlitePastPullsStore({ directory });
    expect(await read()).toEqual(before);
    store.close();
    const db = new Database(file);
    db.prepare("UPDATE pull SET record = ?").run([Buffer.from([0xff, 0xfe, 0x7b])]);
    db.close();
    expect(await read()).toEqual(before);

    repository.git("reset", "--quiet", "--hard", "HEAD~1");
    repository.git("reflog", "expire", "--expire=now", "--all");
    repository.git("gc", "--quiet", "--prune=now");
    expect((await read()).pulls.pulls).toMatchObject([{ number: 1, base: head() }]);
  });

  it("counts what it cannot use, and says why", async () => {
    pull(1, () => commitFile("a.txt", lines(20, { 1: "x" }), "Usable"));
    repository.git("update-ref", "refs/pull/2/head", "main~0");
    repository.git("checkout", "--quiet", "--orphan", "unrelated");
    repository.commit("Unrelated");
    repository.git("update-ref", "refs/pull/3/head", "HEAD");
    repository.git("checkout", "--quiet", "--force", "main");
    repository.git("update-ref", "refs/pull/4/head", repository.git("rev-parse", "main:a.txt"));
    const { pulls } = await read();
    expect(pulls.pulls.map(({ number }) => number)).toEqual([1]);
    expect(pulls.leftOut).toEqual({ "no-own-commits": 1, "no-common-base": 1, unreadable: 1 });
    expect((await read()).pulls).toEqual(pulls);
  });

  it("leaves out those against a maintenance branch", async () => {
    pull(1, () => commitFile("a.txt", lines(20, { 1: "x" }), "Fix"));
    commitFile("a.txt", lines(20, { 1: "x" }), "Fix (#1)");
    repository.git("checkout", "--quiet", "-b", "v1", "main~1");
    commitFile("a.txt", lines(20, { 1: "x" }), "Fix (#1)");
    pull(2, () => commitFile("b.txt", "backport\n", "Own"), "v1");
    const { pulls } = await read();
    expect(pulls.pulls.map(({ number }) => number)).toEqual([1]);
    expect(pulls.leftOut).toEqual({ "another-branch": 1 });
  });

  it("says that a clone was cut off where it cannot tell", async () => {
    pull(1, () => commitFile("a.txt", lines(20, { 1: "x" }), "Old"));
    for (const text of ["1\n", "2\n", "3\n"]) commitFile("b.txt", text, "Default");
    const fresh = pull(2, () => commitFile("a.txt", lines(20, { 1: "y" }), "Fresh"));
    const clone = join(directory, "shallow");
    const url = `file://${repository.dir}`;
    repository.git("init", "--quiet", "--bare", clone);
    repository.git(
      "-C",
      clone,
      "fetch",
      "--quiet",
      "--depth=2",
      url,
      "main:refs/heads/main",
      "refs/pull/*:refs/pull/*",
    );
    const { pulls } = await read(clone);
    expect(pulls.pulls).toMatchObject([{ number: 2, head: fresh, base: head("main") }]);
    expect(pulls.leftOut).toEqual({ shallow: 1 });
  });

  it("knows the refs of people's clones", async () => {
    const last = pull(4, () => commitFile("a.txt", lines(20, { 1: "x" }), "Work"));
    repository.git("update-ref", "refs/remotes/origin/pr/5", last);
    repository.git("update-ref", "refs/remotes/upstream/pull/6/head", last);
    repository.git("update-ref", "refs/remotes/origin/pr/4", "main");
    repository.git("update-ref", "refs/pull/9/merge", last);
    repository.git("update-ref", "refs/remotes/origin/pr/next", last);
    const { pulls } = await read();
    expect(pulls.pulls.map(({ number, head: at }) => [number, at])).toEqual([
      [6, last],
      [5, last],
      [4, last],
    ]);
  });

  it("names files by both sides, and lines by the old one", async () => {
    pull(1, () => {
      repository.git("mv", "a.txt", "moved.txt");
      repository.write("moved.txt", lines(20, { 10: "ten\nand more", 11: "eleven" }) + "end\n");
      repository.remove("b.txt");
      repository.write('odd "name" ü.txt', "--- a/b.txt\n@@ -1 +1 @@\n");
      repository.commit("Work");
    });
    expect((await only()).files).toEqual([
      { path: "b.txt", newPath: "b.txt", ranges: [[1, 1]] },
      {
        path: "a.txt",
        newPath: "moved.txt",
        ranges: [
          [10, 11],
          [20, 21],
        ],
      },
      { path: 'odd "name" ü.txt', newPath: 'odd "name" ü.txt', ranges: [] },
    ]);
  });

  it("keeps the files of what git cannot read in full, and reads its lines when a partial clone has them", async () => {
    repository.git("config", "remote.origin.promisor", "true");
    pull(1, () => commitFile("a.txt", lines(20, { 1: "x" }), "Readable"));
    pull(2, () => commitFile("a.txt", lines(20, { 2: "y" }), "Lacks a file"));
    pull(3, () => commitFile("a.txt", lines(20, { 3: "z" }), "Readable too"));
    const oid = repository.git("rev-parse", "refs/pull/2/head:a.txt");
    const blob = join(repository.dir, ".git/objects", oid.slice(0, 2), oid.slice(2));
    renameSync(blob, join(directory, "blob"));
    const ranges = (pulls: PastPulls) => pulls.pulls.map(({ files }) => files.map((file) => file.ranges));
    expect(ranges((await read()).pulls)).toEqual([[[[3, 3]]], [[]], [[[1, 1]]]]);

    renameSync(join(directory, "blob"), blob);
    commitFile("b.txt", "later\n", "Later");
    const again = await read();
    expect(again.read).toBe(1);
    expect(ranges(again.pulls)[1]).toEqual([[[2, 2]]]);
  });

  it("leaves out a branch that was kept for long", async () => {
    const commits = Array.from({ length: limits.pullCommits + 1 }, (_, index) => {
      const from = index === 0 ? `from ${head()}\n` : "";
      return `commit refs/heads/long\ncommitter A <a@b.c> ${1_704_100_000 + index} +0000\ndata 1\nx\n${from}`;
    });
    execFileSync("git", ["-C", repository.dir, "fast-import", "--quiet"], { input: commits.join("\n") + "\n" });
    repository.git("update-ref", "refs/pull/1/head", "long");
    repository.git("update-ref", "refs/pull/2/head", "long~1");
    const { pulls } = await read();
    expect(pulls.pulls.map(({ number, commits: own }) => [number, own.length])).toEqual([[2, limits.pullCommits]]);
    expect(pulls.leftOut).toEqual({ "too-many-commits": 1 });
  });
});
