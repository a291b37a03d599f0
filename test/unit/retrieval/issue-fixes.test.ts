import { describe, expect, it } from "vitest";
import type { History } from "../../../src/history/history.ts";
import { createMemoryHistoryStore } from "../../../src/history/memory-history-store.ts";
import type { PastPull } from "../../../src/history/past-pulls.ts";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { citeFixedLines, findIssueFixes, type IssueFix } from "../../../src/retrieval/issue-fixes.ts";
import type { Tracker } from "../../../src/tracker/tracker.ts";
import type { TestRepository } from "../../helpers/git-repository.ts";
import { temporaryRepository } from "./scenario.ts";
import { stranger, tracked, trackerOf, type Tracked } from "./tracked.ts";

const id = { host: "github.com", owner: "acme", name: "shop" };

async function historyOf(repository: TestRepository, commit = "HEAD"): Promise<History> {
  const at = repository.git("rev-parse", commit);
  const { index } = await createMemoryHistoryStore().update("x", repository.dir, [at]);
  return index.at(at);
}

function commitWith(repository: TestRepository, message: string, text = message): string {
  repository.write(`src/${repository.git("rev-list", "--all", "--count")}.ts`, `${text}\n`);
  return repository.commit(message);
}

async function fixesOf(
  repository: TestRepository,
  issue: number,
  known: Tracked | null = null,
  more: { at?: string; k?: number; pulls?: PastPull[] } = {},
): Promise<IssueFix[]> {
  const tracker: Tracker | null = known && trackerOf(known);
  const history = await historyOf(repository, more.at);
  const pulls = more.pulls ? { pulls: more.pulls, leftOut: {} } : null;
  const found = findIssueFixes([issue, 999], { history, tracker, pulls, repository: id }, { k: more.k ?? 5 });
  expect(found.get(999)).toEqual([]);
  const fixes = await citeFixedLines(repository.dir, found.get(issue) ?? []);
  const evidence = fixes.flatMap((fix) => fix.evidence);
  expect(await keepResolving(repository.dir, evidence, { tracker, pulls })).toEqual(evidence);
  return fixes;
}

const whyOf = (fixes: IssueFix[]): string[] => fixes.map(({ evidence }) => evidence[0]?.why ?? "");

describe("findIssueFixes", () => {
  it("finds what says that it closes the issue, and cites the lines that it wrote", async () => {
    const repository = temporaryRepository();
    repository.write("a.ts", "one\ntwo\nthree\n");
    repository.commit("Create");
    repository.write("a.ts", "one\n++ b/x\n@@ -1 +1 @@\nthree\nfour");
    repository.write("package-lock.json", "{}\n");
    repository.write('odd"name.ts', "quoted\nby\ngit\n");
    const commit = repository.commit("Count better (#31)\n\nFixes #30");
    commitWith(repository, "Note on #30");
    commitWith(repository, "Fixes #301, other/shop#30 and x/y#30");

    const [fix, ...others] = await fixesOf(repository, 30);

    expect(others).toEqual([]);
    expect(fix).toMatchObject({ commit: { commit }, pull: 31, closes: true, revertedBy: null });
    expect(fix?.evidence.map(({ why, citation, text }) => [citation.kind, why, text])).toEqual([
      ["commit", "its message closes #30", "Count better (#31)"],
      ["code", `2 lines written by ${commit.slice(0, 12)}`, "++ b/x\n@@ -1 +1 @@"],
      ["code", `1 line written by ${commit.slice(0, 12)}`, "four"],
    ]);
  });

  it("falls back on what names the issue, and says no more than that", async () => {
    const repository = temporaryRepository();
    commitWith(repository, "Crash on start (#30)");
    commitWith(repository, "Clean up\n\nSee GH-30 and https://github.com/Acme/shop/issues/30");

    const fixes = await fixesOf(repository, 30);

    expect(whyOf(fixes)).toEqual(["its subject names #30", "its message names #30"]);
    expect(fixes.every(({ closes, pull }) => !closes && pull === null)).toBe(true);
  });

  it("believes GitHub's timeline most, and finds the commit of a pull request that was squashed or merged", async () => {
    const repository = temporaryRepository();
    const squashed = commitWith(repository, "Hold the lock (#31)");
    const plain = commitWith(repository, "Hold it longer");
    const links = [
      { issue: 30, kind: "closed", pull: 31, commit: null },
      { issue: 30, kind: "closed", pull: null, commit: plain },
    ] as const;

    const fixes = await fixesOf(repository, 30, { links: [...links] });

    expect(fixes.map(({ commit, pull }) => [commit?.commit, pull])).toEqual([
      [plain, null],
      [squashed, 31],
    ]);
    expect(whyOf(fixes)).toEqual(["closed #30 on GitHub", "closed #30 on GitHub"]);
  });

  it("reads merged pull requests, and finds their commits by what past pull requests say", async () => {
    const repository = temporaryRepository();
    const landed = commitWith(repository, "Hold the lock");
    const pull = tracked(31, {
      pull: true,
      title: "Lock",
      body: "Resolves #30",
      state: "closed",
      mergedAt: "2023-12-31T00:00:00Z",
    });

    expect(await fixesOf(repository, 30, { issues: [pull] })).toMatchObject([
      {
        commit: null,
        pull: 31,
        closes: true,
        evidence: [{ why: "merged; its pull request closes #30", text: "Lock" }],
      },
    ]);
    const [fix] = await fixesOf(repository, 30, { issues: [pull] }, { pulls: [pastPull(31, landed)] });
    expect(fix).toMatchObject({ commit: { commit: landed }, pull: 31 });
    expect(fix?.evidence.map(({ citation }) => citation.kind)).toEqual(["pull", "commit", "code"]);
  });

  it("knows nothing newer than the history: no commit, no merge", async () => {
    const repository = temporaryRepository();
    const before = commitWith(repository, "Create");
    const after = commitWith(repository, "Lock (#31)\n\nFixes #30");
    const pull = tracked(31, { pull: true, body: "Fixes #30", mergedAt: "2024-01-01T00:01:00Z" });
    const known: Tracked = {
      issues: [pull],
      links: [
        { issue: 30, kind: "closed", pull: 31, commit: null },
        { issue: 30, kind: "closed", pull: null, commit: after },
      ],
    };

    expect(await fixesOf(repository, 30, known)).toHaveLength(1);
    expect(await fixesOf(repository, 30, known, { at: before })).toEqual([]);
    expect(await fixesOf(repository, 30, known, { at: before, pulls: [pastPull(31, after)] })).toEqual([]);
  });

  it("believes no comment, no pull request that was not merged, no commit from elsewhere, and not itself", async () => {
    const repository = temporaryRepository();
    commitWith(repository, "Create");
    const known: Tracked = {
      issues: [
        tracked(30, { body: "This fixes #30. Fixed by #31!" }),
        tracked(31, { pull: true, title: "Fixes #30", body: "closes #30", state: "closed" }),
        tracked(32, { body: "fixes #30" }),
      ],
      comments: [{ id: 1, issue: 30, body: "Fixed by #31, fixes #30", author: stranger, createdAt: "", updatedAt: "" }],
      links: [
        { issue: 30, kind: "closed", pull: 31, commit: null },
        { issue: 30, kind: "closed", pull: 77, commit: null },
        { issue: 30, kind: "mentioned", pull: null, commit: "f".repeat(40) },
        { issue: 30, kind: "closed", pull: 30, commit: null },
        { issue: 30, kind: "closed", pull: null, commit: null },
      ],
    };

    expect(await fixesOf(repository, 30, known)).toEqual([]);
  });

  it("puts what was taken back behind what stands, and says who took it", async () => {
    const repository = temporaryRepository();
    const older = commitWith(repository, "Try one\n\nFixes #30");
    const newer = commitWith(repository, "Try two\n\nFixes #30");
    const reverted = commitWith(repository, `Revert "Try two"\n\nThis reverts commit ${newer}.`);

    const fixes = await fixesOf(repository, 30);
    expect(fixes.map(({ commit }) => commit?.commit)).toEqual([older, newer]);
    expect(whyOf(fixes)[1]).toBe(`its message closes #30; taken back by ${reverted.slice(0, 12)}`);

    commitWith(repository, `Reapply "Try two"\n\nThis reverts commit ${reverted}.`);
    expect((await fixesOf(repository, 30)).map(({ commit }) => commit?.commit)).toEqual([newer, older]);
  });

  it("shows what a merge brought, under the pull request's own title", async () => {
    const repository = temporaryRepository();
    repository.write("a.ts", "one\n");
    repository.commit("Create");
    repository.git("checkout", "--quiet", "-b", "side");
    repository.write("b.ts", "two\n");
    repository.commit("Work");
    repository.git("checkout", "--quiet", "main");
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #5 from x/side\n\nCloses: #4", "side");
    const pull = tracked(5, { pull: true, title: "Second file" });

    const [fix] = await fixesOf(repository, 4, { issues: [pull] });

    expect(fix?.evidence.map(({ text }) => text)).toEqual(["Second file", "Merge pull request #5 from x/side", "two"]);
  });
});

function pastPull(number: number, mergedAs: string): PastPull {
  const ids = { head: "1".repeat(40), base: "2".repeat(40), finalBase: "2".repeat(40), mergedAs };
  return { number, ...ids, commits: [], subject: "", author: "", time: 0, files: [] };
}
