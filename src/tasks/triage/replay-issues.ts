import { setImmediate as breathe } from "node:timers/promises";
import type { IndexableIssue, IssueHit, IssueIndex } from "../../retrieval/issue-index.ts";
import { limits } from "../../shared/limits.ts";

/** An issue of the past, and the issues before it that are most like it, as they could be found then. */
export interface ReplayedIssue<T> {
  issue: T;
  /** Best first. */
  hits: IssueHit<T>[];
  /** All of these have smaller numbers. */
  before: number;
}

/** Of those who have a say. Below it two issues share a few common words. */
export const leastCosine = 0.1;
/** The issues before a part of the past stand for those before each issue of that part: weighing words anew for each is slow. */
const PARTS = 4;

/** The newest issues of the past, oldest first, each with the issues most like it of those from before its part. */
export async function replayIssues<T extends IndexableIssue>(
  issues: Iterable<T>,
  index: IssueIndex<T>,
): Promise<ReplayedIssue<T>[]> {
  const all = Array.from(issues)
    .filter(({ pull }) => pull !== true)
    .sort((a, b) => a.number - b.number);
  // The first half has too little before it.
  const probes = all.slice(Math.max(Math.floor(all.length / 2), all.length - limits.replayedIssues));
  const perPart = Math.max(1, Math.ceil(probes.length / PARTS));
  const replayed: ReplayedIssue<T>[] = [];
  for (const [at, issue] of probes.entries()) {
    const before = (probes[at - (at % perPart)] as T).number;
    const { title, body, number } = issue;
    const query = { title, body, except: number, before, k: limits.labelNeighbours, floor: leastCosine };
    replayed.push({ issue, hits: index.search(query), before });
    // Webhooks are answered meanwhile.
    if (at % 20 === 0) await breathe();
  }
  return replayed;
}
