import { pullNumberOf } from "./past-commit.ts";

export interface BranchedPull {
  number: number;
  head: string;
  /** What brought it into the default branch, or null. */
  mergedAs: string | null;
  /** Own commits, oldest first. */
  commits: readonly string[];
}

/** So many pull requests that begin with the same commit, and of which none goes on from another, left one branch. */
const tipsOfBranch = 3;

/**
 * Numbers of the pull requests whose own commits are not theirs: those against another branch than the default one (a
 * maintenance branch), and those that bring such a branch in. git has no word for what a pull request was meant for, but
 * their commits came with other pull requests, as their subjects say, or several pull requests have them.
 * @param subjectOf the subject of a commit
 */
export function ofOtherBranches(pulls: readonly BranchedPull[], subjectOf: (commit: string) => string): Set<number> {
  const numbers = new Set(pulls.map(({ number }) => number));
  const owners = new Map<string, number>();
  for (const { commits } of pulls) for (const commit of commits) owners.set(commit, (owners.get(commit) ?? 0) + 1);
  const tips = new Map<string, Set<string>>();
  for (const { head, commits } of pulls) {
    const [first = head] = commits;
    // What another one goes on from is no end: pull requests that stand on each other have one.
    if ((owners.get(commits.at(-1) ?? head) ?? 0) < 2) tips.set(first, (tips.get(first) ?? new Set()).add(head));
  }
  const isForeign = (commit: string, own: number): boolean => {
    const named = pullNumberOf(subjectOf(commit));
    return named !== null && named !== own && numbers.has(named);
  };
  return new Set(
    pulls.flatMap(({ number, head, commits, mergedAs }) => {
      const [first = head] = commits;
      // One commit that came in may well name what it follows.
      if (mergedAs !== null && commits.length === 1) return [];
      const foreign = commits.filter((commit) => isForeign(commit, number)).length;
      const isOther = isForeign(first, number) || foreign > commits.length / 2;
      return isOther || (tips.get(first)?.size ?? 0) >= tipsOfBranch ? [number] : [];
    }),
  );
}
