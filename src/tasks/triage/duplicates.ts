import { limits } from "../../shared/limits.ts";
import { wilsonLower } from "../../shared/wilson.ts";
import type { Tracker } from "../../tracker/tracker.ts";
import type { IndexableIssue } from "../../retrieval/issue-index.ts";
import { isTrusted } from "./grade-similar.ts";
import type { ReplayedIssue } from "./replay-issues.ts";

/** Issue and the one that it repeats, as people said. */
export type DuplicatePair = readonly [issue: number, target: number];

/** Duplicates that somebody of the project named in a comment (`Duplicate of #12`, GitHub's own words for it). */
export function knownDuplicates(tracker: Tracker): DuplicatePair[] {
  const pairs: DuplicatePair[] = [];
  for (const { number, pull, state } of tracker.issues()) {
    if (pull || state !== "closed") continue;
    for (const { author, body } of tracker.comments(number)) {
      const target = Number(
        /^[ \t]*duplicates? of #(\d{1,9})\b/im.exec(body.slice(0, limits.duplicateCharacters))?.[1],
      );
      if (!isTrusted(author) || !target || target === number) continue;
      if (tracker.issue(target)?.pull === false) pairs.push([number, target]);
    }
  }
  return pairs;
}

/** From which cosine on the first answers were right often enough to be called duplicates. */
export interface DuplicateFloor {
  cosine: number;
  /** Lower bound of the share that was right, 0..1. */
  precision: number;
  shown: number;
  right: number;
}

/** Of those that are called duplicates, so many must be so: whoever is wrongly told to look elsewhere leaves. */
const PRECISION = 0.9;
const STEP = 0.05;

/**
 * The lowest cosine, in steps of 0.05, from which on answers were known duplicates of the issue that was asked about, with
 * duplicates as rare among the questions as they are; null where there is none, or where too few duplicates are known.
 */
export function duplicateFloorOf(
  replayed: readonly ReplayedIssue<IndexableIssue>[],
  pairs: readonly DuplicatePair[],
): DuplicateFloor | null {
  const groupOf = groups(pairs);
  const answers = replayed.flatMap(({ issue, hits }) =>
    hits.slice(0, limits.similarIssues).map((hit) => ({
      cosine: hit.cosine,
      right: groupOf.has(issue.number) && groupOf.get(issue.number) === groupOf.get(hit.issue.number),
    })),
  );
  for (let step = 1; step <= Math.round(1 / STEP); step++) {
    const cosine = step * STEP;
    const shown = answers.filter((answer) => answer.cosine >= cosine);
    const right = shown.filter((answer) => answer.right).length;
    const precision = wilsonLower(right, shown.length);
    if (precision >= PRECISION) return { cosine, precision, shown: shown.length, right };
  }
  return null;
}

/** Whoever repeats the same issue, also by a chain, is in one group. */
function groups(pairs: readonly DuplicatePair[]): Map<number, number> {
  const parents = new Map<number, number>();
  const rootOf = (number: number): number => {
    let root = number;
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root)) root = next;
    return root;
  };
  for (const [one, other] of pairs) {
    const [first, second] = [rootOf(one), rootOf(other)];
    parents.set(Math.max(first, second), Math.min(first, second));
    for (const number of [one, other]) if (!parents.has(number)) parents.set(number, rootOf(number));
  }
  return new Map(Array.from(parents.keys(), (number) => [number, rootOf(number)]));
}
