import type { LabelSuggestion } from "../../publish/outcome.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import type { IssueHit, IssueIndex } from "../../retrieval/issue-index.ts";
import type { PastIssue } from "../../retrieval/similar-issues.ts";
import { limits } from "../../shared/limits.ts";
import type { LabelCutOffs, LabelledIssue } from "./label-cut-offs.ts";
import type { Label } from "./label-prompt.ts";
import { type LabelVote, voteForLabels } from "./label-votes.ts";
import { leastCosine } from "./replay-issues.ts";

/** How a repository wants its issues to be labelled. */
export interface LabelRules {
  /** That suggestions must have had in the repository's past, 0..1. */
  precision: number;
  /** Whether labels are put on the issue; else they are only named. */
  apply: boolean;
  /** Labels that the repository has now; others are never named. Absent: as the neighbours spell them. */
  inRepository?: readonly Label[] | undefined;
  /** Labels that are on the issue, or that somebody took off it: these are not named again. */
  settled?: readonly string[] | undefined;
}

type Neighbour = PastIssue & LabelledIssue;

export interface ChosenLabels {
  /** Above each label's own cut-off; surest first. */
  chosen: LabelSuggestion[];
  /** Labels that neighbours have and that are not sure enough: a model may choose one of them. Most votes first. */
  others: LabelSuggestion[];
}

interface LearntLabels {
  cutOffs: LabelCutOffs;
  /** Of the issue's labels (label-classifier.ts). */
  likelihoods: ReadonlyMap<string, number>;
}

/** Labels that the nearest earlier issues speak for. */
export function chooseLabels(
  { title, body, number }: { number: number | null; title: string; body: string },
  index: IssueIndex<Neighbour>,
  { cutOffs, likelihoods, apply, inRepository, settled = [] }: Omit<LabelRules, "precision"> & LearntLabels,
): ChosenLabels {
  const bounds = { except: number ?? undefined, before: number ?? undefined };
  const hits = index.search({ title, body, ...bounds, k: limits.labelNeighbours, floor: leastCosine });
  const done = new Set(settled.map((name) => name.toLowerCase()));
  const spelt = inRepository && new Map(inRepository.map(({ name }) => [name.toLowerCase(), name]));
  const suggestions = voteForLabels(hits, likelihoods).flatMap((vote) => {
    const name = spelt === undefined ? vote.name : spelt.get(vote.key);
    if (name === undefined || done.has(vote.key)) return [];
    const cutOff = cutOffs.get(vote.key);
    const confidence = cutOff !== undefined && vote.share >= cutOff.least ? cutOff.precision : null;
    return [{ name, confidence, apply: apply && confidence !== null, evidence: votersOf(vote, name) }];
  });
  const chosen = suggestions
    .filter(({ confidence }) => confidence !== null)
    .sort((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0))
    .slice(0, limits.labelsNamed);
  return { chosen, others: suggestions.filter(({ confidence }) => confidence === null) };
}

function votersOf({ voters }: LabelVote<Neighbour>, label: string): Evidence[] {
  return voters.slice(0, limits.labelEvidence).map((hit) => cite(hit, label));
}

function cite({ issue, cosine }: IssueHit<Neighbour>, label: string): Evidence {
  const { number, title, state } = issue;
  return {
    kind: "similar-issue",
    citation: { kind: "issue", number, title, state },
    score: cosine,
    why: `labelled ${label}; similarity ${cosine.toFixed(2)}`,
    text: title,
  };
}
