import { describe, expect, it } from "vitest";
import { type BranchedPull, ofOtherBranches } from "../../../src/history/other-branches.ts";

function pull(number: number, commits: string[], mergedAs: string | null = null): BranchedPull {
  return { number, commits, head: commits.at(-1) ?? "", mergedAs };
}

/** Commits are called by their subjects. */
function others(...pulls: BranchedPull[]): number[] {
  return [...ofOtherBranches(pulls, (commit) => commit)];
}

describe("ofOtherBranches", () => {
  it("finds those that begin with another one's squash commit", () => {
    expect(others(pull(1, ["Fix"]), pull(2, ["Fix (#1)", "Own"]), pull(3, ["Own (#3)", "More"]))).toEqual([2]);
    expect(others(pull(2, ["Fix (#1)", "Own"]))).toEqual([]); // an issue, since there is no such pull request
  });

  it("finds those that bring such commits in", () => {
    const [a, b] = [pull(1, ["a"], "m"), pull(2, ["b"], "m")];
    expect(others(a, b, pull(3, ["begin", "a (#1)", "b (#2)"], "m"))).toEqual([3]);
    expect(others(a, b, pull(3, ["begin", "a (#1)", "own"], "m"))).toEqual([]);
  });

  it("takes one commit that came in for what it is, whatever it names", () => {
    expect(others(pull(1, ["Fix"]), pull(2, ["Follow-up (#1)"], "m"), pull(3, ["Backport (#1)"]))).toEqual([3]);
  });

  it("finds a branch that three left at their own commits", () => {
    const left = [pull(1, ["x", "a"]), pull(2, ["x", "y", "b"]), pull(3, ["x", "y", "c"])];
    expect(others(...left)).toEqual([1, 2, 3]);
    expect(others(...left.slice(1))).toEqual([]);
  });

  it("leaves alone those that stand on each other", () => {
    const stack = [pull(1, ["x"]), pull(2, ["x", "y"]), pull(3, ["x", "y", "z"]), pull(4, ["x", "y", "z", "w"])];
    expect(others(...stack)).toEqual([]);
  });
});
