import type { IndexableIssue } from "../../retrieval/issue-index.ts";
import { wilsonLower } from "../../shared/wilson.ts";
import type { ReplayedIssue } from "./replay-issues.ts";
import { voteForLabels } from "./label-votes.ts";

export interface LabelledIssue extends IndexableIssue {
  labels: readonly string[];
}

/** From which vote on a label was right often enough in the repository's own past. */
export interface LabelCutOff {
  /** Least share of the vote, 0..1. */
  least: number;
  /** Lower bound of the share that was right from there on, 0..1. */
  precision: number;
  /** How often it would have been suggested, and was right. */
  shown: number;
  right: number;
}

/** By the label's name in lower case; labels that were not right often enough, or too seldom seen, are not in it. */
export type LabelCutOffs = ReadonlyMap<string, LabelCutOff>;

/**
 * What the past teaches: each issue is given labels by those before it, and held against the labels that people gave it.
 * A label's cut-off is the lowest one, in steps of 5 % from 35 % on, from which on the lower bound of its precision (Wilson, one-sided,
 * 90 %) reaches `precision`; for 0.9 that takes at least 15 right answers.
 */
export function labelCutOffsOf(
  replayed: readonly (ReplayedIssue<LabelledIssue> & { likelihoods: ReadonlyMap<string, number> })[],
  precision: number,
): LabelCutOffs {
  const answers = new Map<string, { share: number; right: boolean }[]>();
  for (const { issue, hits, likelihoods } of replayed) {
    // Nobody has sorted it yet: that is no answer.
    if (issue.labels.length === 0) continue;
    const own = new Set(issue.labels.map((label) => label.toLowerCase()));
    for (const { key, share } of voteForLabels(hits, likelihoods)) {
      const known = answers.get(key) ?? [];
      known.push({ share, right: own.has(key) });
      answers.set(key, known);
    }
  }
  return new Map(
    Array.from(answers, ([key, given]) => [key, lowestCutOff(given, precision)] as const).flatMap(([key, cutOff]) =>
      cutOff === null ? [] : [[key, cutOff] as const],
    ),
  );
}

const STEPS = 20;
/** What fewer neighbours speak for was right by chance: because everybody reported the same just then. */
const FIRST_STEP = 7;

function lowestCutOff(given: readonly { share: number; right: boolean }[], precision: number): LabelCutOff | null {
  for (let step = FIRST_STEP; step <= STEPS; step++) {
    const least = step / STEPS;
    const shown = given.filter(({ share }) => share >= least);
    const right = shown.filter((one) => one.right).length;
    const bound = wilsonLower(right, shown.length);
    if (bound >= precision) return { least, precision: bound, shown: shown.length, right };
  }
  return null;
}
