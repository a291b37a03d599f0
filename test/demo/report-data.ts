import type { ModelReport, Withheld } from "../../src/publish/outcome.ts";
import type { RepositoryId } from "../../src/shared/repository.ts";
import type { FileDiff } from "../../src/workspace/diff.ts";

/** Everything the page shows, as the GitHub server received it. Times are ISO 8601; commits are full object ids. */
export interface ReportData {
  /** The links in the assistant's comments lead to this host and repository. */
  repository: RepositoryId;
  pull: ReportPull;
  /** In the order of the pushes; at least one. */
  pushes: ReportPush[];
  reviewComments: ReportReviewComment[];
  /** On the pull request and on the issue. */
  issueComments: ReportIssueComment[];
  issue: ReportIssue;
  withheld: Withheld[];
  model: ModelReport;
  recommendations: ReportRecommendation[];
  kernel: { name: string; reason: string };
  past: ReportPast;
  /** Whether each planted problem was named by a comment. */
  planted: { nearCopy: boolean; danglingReference: boolean; forgottenFile: boolean };
  /** Of the whole demo. */
  seconds: number;
  /** The one command that does the same on the visitor's own clone. */
  command: string;
  /** The cited files by `citationKey(commit, path)`. A link to a file or line that is not here shows as unresolved. */
  citations: ReadonlyMap<string, string>;
}

/** How often each kind of finding proved right in the repository's past pull requests, and where it stands for that. */
export interface ReportPast {
  pulls: number;
  rows: {
    kind: string;
    band: string;
    right: number;
    warnings: number;
    /** 0..1, or null where nothing is like it. */
    chance: number | null;
    /** Lower bound of the precision, 0..1. */
    lower: number;
    stands: string;
  }[];
}

export interface ReportPull {
  number: number;
  title: string;
  /** GitHub Markdown, as all bodies. */
  body: string;
  /** GitHub login, as all authors. */
  author: string;
  openedAt: string;
  baseBranch: string;
  headBranch: string;
}

export interface ReportPush {
  label: string;
  head: string;
  at: string;
  /** Inline comments that this push brought, that it marked as addressed, and that stood already. */
  posted: number;
  addressed: number;
  standing: number;
  /** From the push to the first comment that was posted or updated; null where nothing was. */
  secondsToFirstComment: number | null;
  /** The diff from the merge base to this head. */
  files: FileDiff[];
}

export interface ReportReviewComment {
  id: number;
  author: string;
  /** As it stands at the end. */
  body: string;
  createdAt: string;
  updatedAt: string;
  /** Where it was written: the head of one of the pushes, and lines of that diff (1-based, inclusive). */
  commit: string;
  path: string;
  side: "LEFT" | "RIGHT";
  /** Null for a comment on one line. */
  startLine: number | null;
  line: number;
}

export interface ReportIssueComment {
  id: number;
  /** Number of the issue or pull request. */
  subject: number;
  author: string;
  body: string;
  createdAt: string;
  updatedAt: string;
}

export interface ReportIssue {
  number: number;
  title: string;
  body: string;
  author: string;
  labels: string[];
  openedAt: string;
}

export interface ReportRecommendation {
  model: string;
  /** What it would do: "coding", "research", or both. */
  role: string;
  /** Whether it fits into this machine's memory. */
  fits: boolean;
  minutesPerPull: number;
  recommended: boolean;
}

export function citationKey(commit: string, path: string): string {
  return `${commit}:${path}`;
}
