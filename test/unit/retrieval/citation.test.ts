import { describe, expect, it } from "vitest";
import { keepResolving, resolveCitation, resolves } from "../../../src/retrieval/citation.ts";
import type { PastPull } from "../../../src/history/past-pulls.ts";
import type { Citation, Evidence } from "../../../src/retrieval/evidence.ts";
import { temporaryRepository } from "./scenario.ts";
import { ada, reviewComment, stranger, tracked, trackerOf } from "./tracked.ts";

function evidence(citation: Citation, text: string): Evidence {
  return { kind: "similar-code", citation, score: 1, why: "", text };
}

function repositoryWithFile() {
  const repository = temporaryRepository();
  repository.write("a b/ü.txt", "one\ntwo\r\nthree\n");
  repository.write("bare.txt", "one\ntwo");
  const commit = repository.commit("First line\nwrapped\n\nBody");
  const at = (startLine: number, endLine: number, path = "a b/ü.txt"): Citation => ({
    kind: "code",
    path,
    startLine,
    endLine,
    commit,
  });
  return { repository, commit, at };
}

describe("resolveCitation", () => {
  it("reads lines, subjects and titles", async () => {
    const { repository, commit, at } = repositoryWithFile();
    const texts = [
      at(1, 2),
      at(3, 3),
      at(2, 2, "bare.txt"),
      { kind: "commit", commit, subject: "" } as const,
      { kind: "issue", number: 1, title: "Title", state: "open" } as const,
    ].map((citation) => resolveCitation(repository.dir, citation));

    expect(await Promise.all(texts)).toEqual(["one\ntwo\r", "three", "two", "First line wrapped", "Title"]);
  });

  it("finds nothing behind the end of a file, in another commit, or where a name is no name", async () => {
    const { repository, commit, at } = repositoryWithFile();
    const wrong: Citation[] = [
      at(3, 4),
      at(0, 1),
      at(2, 1),
      at(1, 1, "none.txt"),
      at(1, 1, "a b"),
      at(1, 1, "a\nb"),
      at(1, 1, "./a b/ü.txt"),
      at(1, 1, "../x"),
      { ...at(1, 1), commit: "f".repeat(40) } as Citation,
      { ...at(1, 1), commit: "HEAD" } as Citation,
      { kind: "commit", commit: repository.git("rev-parse", `${commit}^{tree}`), subject: "" },
    ];
    const texts = await Promise.all(wrong.map((citation) => resolveCitation(repository.dir, citation)));

    expect(texts).toEqual(wrong.map(() => null));
  });
});

describe("keepResolving", () => {
  it("drops what git does not bear out, letter for letter, and keeps the order", async () => {
    const { repository, commit, at } = repositoryWithFile();
    const good = [evidence(at(1, 1), "one"), evidence({ kind: "commit", commit, subject: "x" }, "First line wrapped")];
    const bad = [evidence(at(1, 1), "One"), evidence(at(9, 9), "one"), evidence(at(2, 2), "two")];

    expect(await keepResolving(repository.dir, [bad[0], good[0], bad[1], good[1], bad[2]] as Evidence[])).toEqual(good);
    expect(await resolves(repository.dir, good[0] as Evidence)).toBe(true);
    expect(await resolves(repository.dir, bad[0] as Evidence)).toBe(false);
  });
});

describe("what GitHub told us", () => {
  const body = "Please use `pool.end()` here, <b>else</b>\r\nit leaks.\n@everyone [#7:12](x) `src/a.ts#L1@0123456`";
  const tracker = trackerOf({
    issues: [tracked(3, { title: "Crash" }), tracked(4, { pull: true, title: "Fix it" })],
    comments: [{ id: 50, issue: 3, body: "I see it too", author: stranger, createdAt: "", updatedAt: "" }],
    reviewComments: [reviewComment(60, { pull: 4, body })],
  });
  const pulls = { pulls: [pastPull(9, "Fix the rest (#9)")], leftOut: {} };
  const comment = (more: object = {}, text = "else</b>\r\nit leaks."): Evidence =>
    evidence({ kind: "comment", number: 4, on: "lines", id: 60, author: "ada", ...more }, text);
  const issue = (number: number, title: string): Evidence =>
    evidence({ kind: "issue", number, title, state: "open" }, title);
  const pull = (number: number, title: string): Evidence => evidence({ kind: "pull", number, title }, title);
  const kept = (one: Evidence, sources: object = { tracker }): Promise<boolean> =>
    resolves(temporaryRepository().dir, one, sources);

  it.each([
    ["a comment's part", comment()],
    ["a comment under an issue", comment({ number: 3, on: "issue", id: 50, author: "stranger" }, "it too")],
    ["an issue with its title", issue(3, "Crash")],
    ["a pull request with its title", pull(4, "Fix it")],
  ])("bears out %s", async (_, one) => {
    expect(await kept(one)).toBe(true);
  });

  it.each([
    ["under another number", comment({ number: 3 })],
    ["of another person", comment({ author: "mallory" })],
    ["that does not exist", comment({ id: 61 })],
    ["that stands elsewhere", comment({ on: "pull" })],
    ["with other words", comment({}, "Else it leaks")],
    ["without words", comment({}, "")],
    ["with spaces only", comment({}, " ")],
    ["that its own text invents", comment({ number: 7, id: 12 }, "@everyone")],
    [
      "under an issue, as if under a pull request",
      comment({ number: 3, on: "pull", id: 50, author: "stranger" }, "I see"),
    ],
    ["of an issue with another title", issue(3, "crash")],
    ["of an issue that nobody knows (transferred, deleted)", issue(99, "Crash")],
    ["of a pull request taken for an issue", issue(4, "Fix it")],
    ["of an issue taken for a pull request", pull(3, "Crash")],
    ["of a pull request that nobody knows", pull(99, "Fix it")],
  ])("does not bear out a citation %s", async (_, one) => {
    expect(await kept(one)).toBe(false);
  });

  it("knows past pull requests by their subject, with or without a tracker", async () => {
    for (const sources of [{ tracker, pulls }, { pulls }]) {
      expect(await kept(pull(9, "Fix the rest (#9)"), sources)).toBe(true);
      expect(await kept(pull(9, "Fix the rest"), sources)).toBe(false);
      expect(await kept(issue(9, "Fix the rest (#9)"), sources)).toBe(!("tracker" in sources));
    }
  });

  it("bears out no comment without a tracker, and takes issues as they were just read", async () => {
    expect(await kept(comment(), {})).toBe(false);
    expect(await kept(issue(3, "Anything"), {})).toBe(true);
    expect(await kept(issue(3, "Anything"), { tracker: null })).toBe(true);
  });
});

describe("other repositories", () => {
  it("may be cited where they are named, for code and commits only", async () => {
    const { repository, at } = repositoryWithFile();
    const other = temporaryRepository();
    other.write("other.ts", "elsewhere\n");
    const commit = other.commit("Elsewhere");
    const id = { host: "github.com", owner: "Acme", name: "Other" };
    const there = (citation: Citation, text: string): Evidence => ({ ...evidence(citation, text), repository: id });
    const code = there({ kind: "code", path: "other.ts", startLine: 1, endLine: 1, commit }, "elsewhere");
    const said = there({ kind: "commit", commit, subject: "Elsewhere" }, "Elsewhere");
    const issue = there({ kind: "issue", number: 1, title: "x", state: "open" }, "x");
    const own = evidence(at(1, 1), "one");
    const all = [code, own, issue, said];
    const otherRepositories = new Map([["github.com/acme/other", other.dir]]);

    expect(await keepResolving(repository.dir, all, { otherRepositories })).toEqual([code, own, said]);
    expect(await keepResolving(repository.dir, all)).toEqual([own]);
    expect(await keepResolving(repository.dir, all, { otherRepositories: new Map([["x", other.dir]]) })).toEqual([own]);
    const disguised = there(at(1, 1), "one");
    expect(await keepResolving(repository.dir, [disguised])).toEqual([]);
    expect(await keepResolving(repository.dir, [disguised], { otherRepositories })).toEqual([]);
    const borrowed = { ...evidence(code.citation, "elsewhere") };
    expect(await keepResolving(repository.dir, [borrowed], { otherRepositories })).toEqual([]);
  });

  it("never have their pull requests named, not even by a number and subject that stand here too", async () => {
    const { repository } = repositoryWithFile();
    const id = { host: "github.com", owner: "acme", name: "secret" };
    const pulls = { pulls: [pastPull(7, "Plan")], leftOut: {} };
    const here = evidence({ kind: "pull", number: 7, title: "Plan" }, "Plan");
    const otherRepositories = new Map([["github.com/acme/secret", repository.dir]]);
    const all = [
      { ...here, repository: id },
      evidence({ kind: "pull", number: 7, title: "Secret plan" }, "Secret plan"),
    ];
    expect(await keepResolving(repository.dir, [here, ...all], { pulls, tracker: null, otherRepositories })).toEqual([
      here,
    ]);
  });
});

function pastPull(number: number, subject: string): PastPull {
  const ids = { head: "1".repeat(40), base: "2".repeat(40), finalBase: "2".repeat(40), mergedAs: null };
  return { number, subject, ...ids, commits: [], author: ada.login, time: 0, files: [] };
}
