import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { pullOfCommit } from "../../../src/retrieval/pull-of-commit.ts";
import { findShapingCommits } from "../../../src/retrieval/shaping-commits.ts";
import { readChange } from "../../../src/workspace/read-change.ts";
import { createRepository } from "../../helpers/git-repository.ts";
import { historyOf } from "../../helpers/history.ts";
import { temporaryRepository } from "./scenario.ts";

/** Two merged branches, the second made off the first before that was merged; then a squashed one. */
function mergedBranches() {
  const repository = temporaryRepository();
  const write = (path: string, message: string): string => {
    repository.write(path, `${message}\nsecond line\n`);
    return repository.commit(message);
  };
  const merge = (branch: string, message: string): string => {
    repository.git("merge", "--quiet", "--no-ff", "-m", message, branch);
    return repository.git("rev-parse", "HEAD");
  };
  const root = write("root.ts", "Root");
  repository.git("checkout", "--quiet", "-b", "one");
  const first = write("one.ts", "Work of one");
  repository.git("checkout", "--quiet", "-b", "two");
  const second = write("two.ts", "Work of two");
  repository.git("checkout", "--quiet", "main");
  const direct = write("direct.ts", "Pushed by hand");
  const mergeOne = merge("one", "Merge pull request #1 from x/one");
  const mergeTwo = merge("two", "Merge pull request #2 from x/two");
  const squashed = write("three.ts", "Work of three (#3)");
  return { repository, root, first, second, direct, mergeOne, mergeTwo, squashed };
}

describe("pullOfCommit", () => {
  it("follows a commit to the merge that brought it, or to its own subject", async () => {
    const { repository, ...commits } = mergedBranches();
    const history = await historyOf(repository);
    const numberOf = (commit: string) => pullOfCommit(history, commit)?.number ?? null;

    expect(Object.entries(commits).map(([name, commit]) => [name, numberOf(commit)])).toEqual([
      ["root", null],
      ["first", 1],
      ["second", 2],
      ["direct", null],
      ["mergeOne", 1],
      ["mergeTwo", 2],
      ["squashed", 3],
    ]);
    expect(pullOfCommit(history, commits.first)?.landed.commit).toBe(commits.mergeOne);
    expect(numberOf("0".repeat(40))).toBeNull();
  });

  it("knows nothing newer", async () => {
    const { repository, first, second, mergeOne } = mergedBranches();

    expect(pullOfCommit(await historyOf(repository, mergeOne), first)?.number).toBe(1);
    expect(pullOfCommit(await historyOf(repository, mergeOne), second)).toBeNull();
    expect(pullOfCommit(await historyOf(repository, first), first)).toBeNull();
  });
});

describe("findShapingCommits", () => {
  it("says which pull request brought the lines", async () => {
    const { repository } = mergedBranches();
    const base = repository.git("rev-parse", "HEAD");
    for (const path of ["one.ts", "three.ts"]) repository.write(path, "changed\nsecond line\n");
    const change = await readChange(repository.dir, base, repository.commit("Change"));
    const history = await historyOf(repository, base);

    const { commits: found } = await findShapingCommits(repository.dir, change, { history });
    const { commits: without } = await findShapingCommits(repository.dir, change);

    const told = found.map(({ pull, evidence }) => [pull, evidence.text, evidence.why]);
    expect(told.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
      [1, "Work of one", "last touched 1 of the 2 lines under this change; came with pull request #1"],
      [3, "Work of three (#3)", "last touched 1 of the 2 lines under this change"],
    ]);
    expect(new Set(without.map(({ pull }) => pull))).toEqual(new Set([3, null]));
  });

  it("does not take the oldest commit of a shallow clone for the one that wrote what is older", async () => {
    const { repository } = mergedBranches();
    repository.write("three.ts", "Work of three (#3)\nanother\n");
    const written = repository.commit("Another line (#4)");
    repository.write("three.ts", "changed\nas well\n");
    repository.commit("Change");
    const clone = createRepository(join(repository.dir, ".git", "shallow"));
    onTestFinished(() => clone.dispose());
    clone.git("fetch", "--quiet", "--depth=3", `file://${repository.dir}`, "main");
    clone.git("reset", "--quiet", "--hard", "FETCH_HEAD");
    const change = await readChange(clone.dir, written, clone.git("rev-parse", "HEAD"));

    const { commits } = await findShapingCommits(clone.dir, change, { history: await historyOf(clone, written) });

    const why = "last touched 1 of 1 lines looked up, of 2 under this change";
    expect(commits.map(({ evidence }) => [evidence.text, evidence.why])).toEqual([["Another line (#4)", why]]);
  });
});
