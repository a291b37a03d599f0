import { isEarlier, rankEarlier } from "../../src/commands/earlier-issues.ts";
import { openIssueIndex } from "../../src/retrieval/issue-index.ts";
import type { IssueMeanings } from "../../src/retrieval/issue-meanings.ts";
import type { ExportedTracker } from "../../src/tracker/exported-tracker.ts";
import type { TrackedIssue } from "../../src/tracker/tracker.ts";
import { createIssueRanker } from "../peers/issue-rankers.ts";
import { spread } from "../statistics.ts";
import { hitScore, type HitScore, meanHits, placesRanked } from "./scores.ts";

export const duplicateMethods = ["tfidf", "bm25", "ours"] as const;
export type DuplicateMethod = (typeof duplicateMethods)[number];

export interface DuplicateReport {
  /** Issues that were asked: those with a known duplicate before them. */
  queries: number;
  /** Null where nothing was asked. */
  scores: Record<DuplicateMethod, HitScore> | null;
  /** Of each query, oldest first: what each method scored. */
  each: { number: number; scores: Record<DuplicateMethod, HitScore> }[];
  /** Milliseconds of each of our rankings. */
  rankMs: number[];
}

/**
 * Every issue that repeats an earlier one is asked for it, among the issues created before it: is one of them found? Who
 * repeats the same issue, also by a chain, is in one group, and any earlier one of the group is an answer.
 * @param most queries, evenly spread over the time
 * @param meanings of all issues, where there is an encoder
 */
export async function rankDuplicates(
  { tracker, exported }: ExportedTracker,
  { most, meanings }: { most: number; meanings: IssueMeanings | null },
): Promise<DuplicateReport> {
  const issues = exported.map(({ issue }) => issue).sort((a, b) => (isEarlier(a, b) ? -1 : 1));
  const answersOf = earlierDuplicates(issues, exported);
  const asked = new Set(spread([...answersOf.keys()], most));
  const index = openIssueIndex<TrackedIssue>(tracker.issues());
  const peers = createIssueRanker();
  const report: DuplicateReport = { queries: asked.size, scores: null, each: [], rankMs: [] };
  for (const issue of issues) {
    const answers = answersOf.get(issue.number);
    if (answers && asked.has(issue.number)) {
      const started = performance.now();
      const ours = rankEarlier(issue, index, placesRanked, meanings?.of(issue.number) ?? null);
      report.rankMs.push(performance.now() - started);
      const scores = {
        tfidf: hitScore(peers.rank("tfidf", issue, placesRanked), answers),
        bm25: hitScore(peers.rank("bm25", issue, placesRanked), answers),
        ours: hitScore(
          ours.map(({ number }) => number),
          answers,
        ),
      };
      report.each.push({ number: issue.number, scores });
    }
    peers.add(issue);
  }
  if (report.each.length > 0) {
    const of = (method: DuplicateMethod): HitScore => meanHits(report.each.map(({ scores }) => scores[method]));
    report.scores = { tfidf: of("tfidf"), bm25: of("bm25"), ours: of("ours") };
  }
  return report;
}

/** By the number of an issue: those of its group that were created before it. Issues without any are left out. */
function earlierDuplicates(
  issues: readonly TrackedIssue[],
  exported: ExportedTracker["exported"],
): Map<number, ReadonlySet<number>> {
  const known = new Set(issues.map(({ number }) => number));
  const parents = new Map<number, number>();
  const rootOf = (number: number): number => {
    let root = number;
    while ((parents.get(root) ?? root) !== root) root = parents.get(root) as number;
    return root;
  };
  for (const { issue, duplicates } of exported) {
    for (const other of duplicates) if (known.has(other)) parents.set(rootOf(issue.number), rootOf(other));
  }
  const members = new Map<number, number[]>();
  const answers = new Map<number, ReadonlySet<number>>();
  for (const { number } of issues) {
    const root = rootOf(number);
    const before = members.get(root) ?? [];
    if (before.length > 0) answers.set(number, new Set(before));
    members.set(root, [...before, number]);
  }
  return answers;
}
