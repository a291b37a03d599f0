import type { Association, TrackedAuthor, Tracker } from "../../tracker/tracker.ts";
import { limits } from "../../shared/limits.ts";
import type { SimilarPastIssue, PastIssue } from "../../retrieval/similar-issues.ts";
import type { DuplicateFloor } from "./duplicates.ts";

/** Texts that share nearly all of their words say the same, whatever a repository's past teaches. */
export const sameWords = 0.9;
/** A title of two words is soon the same. */
const LEAST_WORDS = 5;

export interface Grade {
  grade: "duplicate" | "related";
  /** Whether it says the same, however it ended. */
  alike: boolean;
  /** Whether somebody of the project wrote it or answered there, or a change of the project fixed it. */
  confirmed: boolean;
  /** What a reader has to know of the earlier issue beside how it ended; one clause each. */
  remarks: string[];
}

/** The same report, or one that is worth knowing; and what is to be said of who wrote it. */
export function gradeSimilar<T extends PastIssue>(
  { issue, cosine, words }: Pick<SimilarPastIssue<T>, "issue" | "cosine" | "words">,
  asked: { number: number | null; asOf: number },
  { floor, tracker, fixed }: { floor: DuplicateFloor | null; tracker: Tracker | null; fixed: boolean },
): Grade {
  const alike = cosine >= Math.min(sameWords, floor?.cosine ?? sameWords) && words.length >= LEAST_WORDS;
  const why = whyNoTarget(issue, asked);
  const back = alike && why === "fixed" ? [`closed ${daysAgo(issue, asked.asOf)} days ago, so it may be back`] : [];
  const confirmed = fixed || isConfirmed(issue, tracker);
  return {
    grade: alike && why === null ? "duplicate" : "related",
    alike,
    confirmed,
    remarks: [...back, ...(confirmed || tracker === null ? [] : trustRemarks(issue))],
  };
}

type Target = Pick<PastIssue, "number" | "state" | "stateReason" | "closedAt">;

/**
 * Why an issue cannot be what another one repeats, however alike they are; null where it can. What was closed is news again
 * where it comes back: then the fix is what matters, and closing the newer issue would hide it.
 */
function whyNoTarget(
  target: Target,
  { number, asOf }: { number: number | null; asOf: number },
): "newer" | "flagged" | "fixed" | null {
  if (number !== null && target.number >= number) return "newer";
  if (target.state === "open") return null;
  if (target.stateReason === "duplicate") return "flagged";
  if (target.stateReason === "not_planned") return null;
  return asOf - closedTime(target) > limits.fixIsNewsMs ? "fixed" : null;
}

function closedTime({ closedAt }: Pick<PastIssue, "closedAt">): number {
  return closedAt ? Date.parse(closedAt) : 0;
}

function daysAgo(issue: Pick<PastIssue, "closedAt">, asOf: number): number {
  return Math.round((asOf - closedTime(issue)) / (24 * 60 * 60_000));
}

/** People whose word counts for the project. */
const TRUSTED: ReadonlySet<Association> = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

export function isTrusted({ association, bot }: TrackedAuthor): boolean {
  return TRUSTED.has(association) && !bot;
}

function isConfirmed({ number, author }: Pick<PastIssue, "number" | "author">, tracker: Tracker | null): boolean {
  if (author !== undefined && isTrusted(author)) return true;
  return tracker?.comments(number).some((comment) => isTrusted(comment.author)) ?? false;
}

/** Anybody can write an issue, also one that is meant to be found: that nobody has confirmed it belongs to it. */
function trustRemarks({ author }: Pick<PastIssue, "author">): string[] {
  if (author === undefined || author.association === "UNKNOWN") return [];
  return [`opened ${author.bot ? "by a bot" : "from outside"}, and nobody of the project has answered there`];
}
