import type { HunkLines } from "../history/past-changes.ts";
import type { PastPulls } from "../history/past-pulls.ts";
import { limits } from "../shared/limits.ts";
import type { Association, Tracker } from "../tracker/tracker.ts";
import type { Evidence } from "./evidence.ts";
import { openReviewIndex, type ReviewHit, type ReviewIndex } from "./review-index.ts";
import { type ReviewOutcome, reviewOutcomes } from "./review-outcome.ts";
import { readReviewThreads, type ReviewThread, type ReviewThreadOptions } from "./review-threads.ts";

export interface PastReview extends ReviewThread {
  /** Index of the hunk that was asked about. */
  hunk: number;
  /** 0..1. */
  likeness: number;
  /** Whether the commented lines were changed afterwards. */
  outcome: ReviewOutcome;
  evidence: Evidence;
}

export interface PastReviewOptions {
  gitDir: string;
  /** Where the final states of pull requests are known; else `refs/pull/N/head` is asked. */
  pulls: PastPulls | null;
  k?: number;
  /** The pull request that is being reviewed: its own comments are no past. */
  exceptPull?: number | undefined;
  /** As in `openPastReviews`: what was changed later is then not told. */
  at?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** The remarks of people on past pull requests, by the lines that they were made on. */
export function openPastReviews(tracker: Tracker, options: ReviewThreadOptions = {}): ReviewIndex {
  return openReviewIndex(readReviewThreads(tracker, options));
}

/** Comments that people made on lines like those of these hunks, most alike first, each once. One git process. */
export async function findPastReviews(
  hunks: readonly HunkLines[],
  index: ReviewIndex,
  { gitDir, pulls, k = limits.pastReviews, exceptPull, at, signal }: PastReviewOptions,
): Promise<PastReview[]> {
  const best = new Map<number, ReviewHit & { hunk: number }>();
  for (const [hunk, lines] of largest(hunks)) {
    for (const hit of index.search(lines, { k, exceptPull })) {
      const { id } = hit.thread.comment;
      if ((best.get(id)?.likeness ?? 0) < hit.likeness) best.set(id, { ...hit, hunk });
    }
  }
  const hits = [...best.values()].sort((a, b) => b.likeness - a.likeness).slice(0, k);
  const comments = hits.map(({ thread }) => thread.comment);
  const outcomes = await reviewOutcomes(gitDir, comments, { pulls, at, signal });
  return hits.flatMap(({ thread, likeness, hunk }) => {
    const outcome = outcomes.get(thread.comment.id) ?? "unknown";
    const evidence = describe(thread, likeness, outcome);
    return evidence === null ? [] : [{ ...thread, hunk, likeness, outcome, evidence }];
  });
}

function largest(hunks: readonly HunkLines[]): [number, HunkLines][] {
  const sizeOf = ({ removed, added }: HunkLines): number => removed.length + added.length;
  return [...hunks.entries()].sort(([, a], [, b]) => sizeOf(b) - sizeOf(a)).slice(0, limits.pastReviewHunks);
}

function describe({ comment, replies }: ReviewThread, likeness: number, outcome: ReviewOutcome): Evidence | null {
  const { id, pull, path, author, body } = comment;
  const text = openingOf(body);
  if (text === "") return null;
  const answers = replies.length === 0 ? [] : [`${replies.length} ${replies.length === 1 ? "reply" : "replies"}`];
  const made = `${WHO[author.association]} on similar lines of ${path} (likeness ${likeness.toFixed(2)})`;
  return {
    kind: "past-review",
    citation: { kind: "comment", number: pull, on: "lines", id, author: author.login },
    score: likeness,
    why: [made, ...OUTCOME[outcome], ...answers].join("; "),
    text,
  };
}

const WHO: Record<Association, string> = {
  OWNER: "said by the owner",
  MEMBER: "said by a member",
  COLLABORATOR: "said by a collaborator",
  CONTRIBUTOR: "said by a contributor",
  FIRST_TIME_CONTRIBUTOR: "said by a first-time contributor",
  FIRST_TIMER: "said by a first-timer",
  MANNEQUIN: "said by an imported account",
  NONE: "said by somebody from outside",
  UNKNOWN: "said",
};

const OUTCOME: Record<ReviewOutcome, string[]> = {
  changed: ["the code was changed afterwards"],
  unchanged: ["the code was left as it was"],
  unknown: [],
};

/** The first lines, letter for letter, cut between letters and not within one. */
function openingOf(body: string): string {
  const start = body.search(/\S/);
  if (start < 0) return "";
  const lines = body.slice(start, start + limits.quotedCommentCharacters).split("\n");
  const text = lines.slice(0, limits.quotedCommentLines).join("\n");
  return text.replace(/[\uD800-\uDBFF]$/, "").trimEnd();
}
