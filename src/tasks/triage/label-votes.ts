import type { IssueHit } from "../../retrieval/issue-index.ts";

export interface LabelVote<T> {
  /** The label's name in lower case: GitHub holds names that differ in case for the same label. */
  key: string;
  name: string;
  /**
   * 0..1: squared cosines of the neighbours that have it, by those of all; where it is known how likely the words make it, the
   * mean of both.
   */
  share: number;
  /** Those that have it, nearest first. */
  voters: IssueHit<T>[];
}

/** Neighbours that have a say. */
const VOTERS = 15;
/** These say how an issue ended and not what it is about. */
const ENDINGS = new Set(["duplicate", "invalid", "wontfix", "won't fix", "stale", "needs-triage", "triage"]);

/**
 * What the nearest issues that people gave labels are labelled with; most votes first.
 * @param likelihoods of labels by lower-case names (label-classifier.ts)
 */
export function voteForLabels<T extends { labels: readonly string[] }>(
  hits: readonly IssueHit<T>[],
  likelihoods: ReadonlyMap<string, number>,
): LabelVote<T>[] {
  const voters = hits.filter(({ issue }) => issue.labels.length > 0).slice(0, VOTERS);
  const total = voters.reduce((sum, { cosine }) => sum + cosine ** 2, 0);
  const votes = new Map<string, LabelVote<T>>();
  for (const hit of voters) {
    for (const name of new Set(hit.issue.labels)) {
      const key = name.toLowerCase();
      if (ENDINGS.has(key)) continue;
      const vote = votes.get(key) ?? { key, name, share: 0, voters: [] };
      vote.share += hit.cosine ** 2 / total;
      vote.voters.push(hit);
      votes.set(key, vote);
    }
  }
  for (const vote of votes.values()) vote.share = (vote.share + (likelihoods.get(vote.key) ?? vote.share)) / 2;
  return [...votes.values()].sort((a, b) => b.share - a.share || (a.key < b.key ? -1 : 1));
}
