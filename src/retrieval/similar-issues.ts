import type { TrackedIssue } from "../tracker/tracker.ts";
import type { Evidence } from "./evidence.ts";
import type { IssueBounds, IssueHit, IssueIndex } from "./issue-index.ts";
import type { QueryMeaning } from "./issue-meanings.ts";
import { queryWords } from "./words.ts";

/** An issue of the repository, as GitHub lists it; one of the tracker says more. */
export interface PastIssue {
  number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  stateReason?: TrackedIssue["stateReason"];
  pull?: boolean;
  author?: TrackedIssue["author"];
  createdAt?: string;
  closedAt?: string | null;
}

export interface SimilarPastIssue<T extends PastIssue> {
  issue: T;
  /** The score is the cosine of the words, or its mean with that of the meanings; `why` says how the issue ended. */
  evidence: Evidence;
  /** Of their words, 0..1. */
  cosine: number;
  /** Shared words that say something, the most telling first. */
  words: string[];
}

export interface SimilarIssueOptions extends IssueBounds {
  k: number;
  /** What the text means, where there is an encoder. */
  meaning?: QueryMeaning | null;
  /** When the text was written (`IssueQuery`). */
  written?: string | undefined;
}

/** Below this, issues share a template or one common word. Not a threshold for "duplicate": ranges overlap. */
const MIN_COSINE = 0.2;
/** With meanings, which are never far from zero within one repository: as many issues get an answer as by words alone. */
const MIN_JOINT = 0.4;
/**
 * With meanings: what is so much less like it than the best answer is there for want of others. On the older halves of two
 * trackers' known duplicates no right answer was lost by it, and on the newer ones none; by words alone some were.
 */
const SHARE_OF_BEST = 0.7;
const SHOWN_WORDS = 4;

/** Issues whose words and meaning are most like this one's, best first, with their state as of `at`, else as it is known now. */
export function findSimilarIssues<T extends PastIssue>(
  issue: { title: string; body: string; number?: number | null },
  index: IssueIndex<T>,
  { k, before, at, meaning = null, written }: SimilarIssueOptions,
): SimilarPastIssue<T>[] {
  const { title, body, number } = issue;
  const floor = meaning === null ? MIN_COSINE : MIN_JOINT;
  const hits = index.search({ title, body, except: number ?? undefined, before, at, k, floor, meaning, written });
  const best = hits.reduce((most, { score }) => Math.max(most, score), 0);
  const near = meaning === null ? hits : hits.filter(({ score }) => score >= SHARE_OF_BEST * best);
  return near.flatMap((hit) => describe(hit, at));
}

/** Nothing where there is no title to cite, or where only words are shared that say nothing, and the meaning does not. */
function describe<T extends PastIssue>(
  { issue, score, cosine, meaning, words }: IssueHit<T>,
  at?: string,
): SimilarPastIssue<T>[] {
  const { number, title } = issue;
  const { state, how } = endOf(issue, at);
  const telling = words.filter((word) => queryWords(word).size > 0);
  const shown = telling.slice(0, SHOWN_WORDS);
  if (title === "" || (shown.length === 0 && meaning === null)) return [];
  const shared = shown.length === 0 ? "said in other words" : `shared words: ${shown.join(", ")}`;
  const evidence: Evidence = {
    kind: "similar-issue",
    citation: { kind: "issue", number, title, state },
    score,
    why: [`similarity ${score.toFixed(2)}`, shared, ...how].join("; "),
    text: title,
  };
  return [{ issue, evidence, cosine, words: telling }];
}

const REASONS = {
  completed: "closed as completed",
  not_planned: "closed as not planned",
  duplicate: "closed as a duplicate",
} as const;

/** What was closed after `at` was still open then. Earlier closings of what is open again are not known. */
function endOf(
  { state, stateReason, closedAt }: PastIssue,
  at: string | undefined,
): { state: "open" | "closed"; how: string[] } {
  if (state === "open") return { state, how: stateReason === "reopened" && at === undefined ? ["open again"] : [] };
  if (at !== undefined && closedAt && Date.parse(closedAt) > Date.parse(at)) return { state: "open", how: [] };
  const reason = stateReason === "reopened" ? null : stateReason;
  return { state, how: reason ? [REASONS[reason]] : [] };
}
