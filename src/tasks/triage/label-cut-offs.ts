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
}

/** By the label's name in lower case; labels that were not right often enough, or too seldom seen, are not in it. */
export type LabelCutOffs = ReadonlyMap<string, LabelCutOff>;

/**
 * What the past teaches: each issue is given labels by those before it, and held against the labels that people gave it.
 * A label's cut-off is the lowest one, in steps of 5 % from 35 % on, from which on the lower bound of its precision (Wilson, one-sided,
 * 90 %) reaches `precision`; for 0.9 that takes at least 15 right answers. What is longer ago counts less.
 */
export function labelCutOffsOf(
  replayed: readonly (ReplayedIssue<LabelledIssue> & { likelihoods: ReadonlyMap<string, number> })[],
  precision: number,
): LabelCutOffs {
  const answers = new Map<string, Answer[]>();
  // What nobody has sorted yet is no answer.
  const labelled = replayed.filter(({ issue }) => issue.labels.length > 0);
  for (const [at, { issue, hits, likelihoods }] of labelled.entries()) {
    const own = new Set(issue.labels.map((label) => label.toLowerCase()));
    const weight = 0.5 ** ((labelled.length - 1 - at) / HALF_LIFE);
    for (const { key, share } of voteForLabels(hits, likelihoods)) {
      const known = answers.get(key) ?? [];
      known.push({ share, right: own.has(key), weight });
      answers.set(key, known);
    }
  }
  return new Map(
    Array.from(answers, ([key, given]) => [key, lowestCutOff(given, precision)] as const).flatMap(([key, cutOff]) =>
      cutOff === null ? [] : [[key, cutOff] as const],
    ),
  );
}

interface Answer {
  share: number;
  right: boolean;
  weight: number;
}

const STEPS = 20;
/** What fewer neighbours speak for was right by chance: because everybody reported the same just then. */
const FIRST_STEP = 7;
/**
 * Labelled issues after which an answer counts half: labels change their meaning, and who gives them. Chosen on the older half
 * of the questions of six trackers, and better on the newer one (docs/benchmarks.md).
 */
const HALF_LIFE = 200;

function lowestCutOff(given: readonly Answer[], precision: number): LabelCutOff | null {
  for (let step = FIRST_STEP; step <= STEPS; step++) {
    const least = step / STEPS;
    const bound = boundOf(given.filter(({ share }) => share >= least));
    if (bound >= precision) return { least, precision: bound };
  }
  return null;
}

/** Answers of unequal weight tell as much as this many equal ones: the square of the weights' sum by the sum of their squares (Kish 1965). */
function boundOf(shown: readonly Answer[]): number {
  const sum = shown.reduce((total, { weight }) => total + weight, 0);
  const squares = shown.reduce((total, { weight }) => total + weight ** 2, 0);
  if (sum === 0) return 0;
  const right = shown.reduce((total, one) => total + (one.right ? one.weight : 0), 0);
  const number = sum ** 2 / squares;
  return wilsonLower((right / sum) * number, number);
}
