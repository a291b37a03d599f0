import type { PastPull } from "../history/past-pulls.ts";
import { judgeCompanions } from "./judge-companions.ts";
import { judgeCopies } from "./judge-copies.ts";
import { judgeDangling } from "./judge-dangling.ts";
import { judgeUndone } from "./judge-undone.ts";
import type { JudgedWarning } from "./judged-warning.ts";
import { type JudgeSources, replayPull } from "./replay.ts";

/** Raised when finders, bands or rules change so that a judgement would come out otherwise. */
const judgementVersion = 5;

/** Own commits that a pull request needs: with one, nobody came to anything; with more, it is a branch. */
const fewestCommits = 2;
const mostCommits = 60;

export function isUsable({ commits }: PastPull): boolean {
  return commits.length >= fewestCommits && commits.length <= mostCommits;
}

/** All that a judgement depends on: what was judged once under this key need not be judged again. */
export function judgementKey({ number, base, finalBase, head }: PastPull): string {
  return `${judgementVersion}:${number}:${base}:${finalBase}:${head}`;
}

/** The number of the pull request that a key is about. */
export function pullOfKey(key: string): number {
  return Number(key.split(":")[1]);
}

/**
 * What the product would have warned about at the first own commit of a pull request, in every band, each judged by what
 * the pull request became. Errors: GitError where git lacks a file.
 */
export async function judgePull(pull: PastPull, sources: JudgeSources): Promise<JudgedWarning[]> {
  return replayPull(pull, sources, async (replay) => [
    ...judgeCompanions(replay),
    ...(await judgeCopies(replay)),
    ...(await judgeDangling(replay)),
    ...(await judgeUndone(replay)),
  ]);
}
