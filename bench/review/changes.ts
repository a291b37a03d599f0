import type { PastPull } from "../../src/history/past-pulls.ts";
import { gitText } from "../../src/shared/git.ts";
import { readMergedChanges } from "./merged-changes.ts";

/** A past change as a pull request. */
export interface ReplayedChange {
  /** Of the pull request, where it was one. */
  number: number | null;
  title: string;
  base: string;
  head: string;
}

/**
 * The newest changes of a repository, oldest first: its pull requests where their heads are there, else what its default branch took in,
 * merges and plain commits alike.
 */
export async function newestChanges(
  gitDir: string,
  tip: string,
  pulls: readonly PastPull[],
  count: number,
): Promise<{ changes: ReplayedChange[]; from: "pull requests" | "merges and commits" }> {
  if (pulls.length > 0) {
    // As the product by default: nobody is told of what a program proposes.
    const changes = pulls
      .filter(({ author }) => !isBot(author))
      .slice(0, count)
      .map(({ number, subject, finalBase, head }) => {
        return { number, title: subject, base: finalBase, head };
      });
    return { changes: changes.toReversed(), from: "pull requests" };
  }
  const merged = (await readMergedChanges(gitDir, tip, count * 2)).slice(0, count);
  const changes = merged.map(({ commit, parent, subject }) => {
    return { number: null, title: subject, base: parent, head: commit };
  });
  return { changes: changes.toReversed(), from: "merges and commits" };
}

function isBot(author: string): boolean {
  return /\[bot\]|\b(?:dependabot|renovate|greenkeeper)\b/i.test(author);
}

export async function lineCount(gitDir: string, base: string, head: string): Promise<number> {
  const stat = await gitText(gitDir, ["diff", "--numstat", base, head]);
  return stat.split("\n").reduce((sum, line) => {
    const [added = "0", removed = "0"] = line.split("\t");
    return sum + (Number(added) || 0) + (Number(removed) || 0);
  }, 0);
}
