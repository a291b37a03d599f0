/** PORT of the publish stage: the only code that may write. */
import type { Outcome } from "./outcome.ts";

/** What a publication changed. Counts are of inline comments, except `summary`. */
export interface Receipt {
  /** New comments on lines. */
  posted: number;
  /** Comments of earlier pushes whose finding no longer holds, marked "addressed in SHA" now. */
  addressed: number;
  /** Threads of these that were resolved as well; absent where none was: nobody replied there, and the app may. */
  resolved?: number;
  /** Findings that already stood there: left alone, or, where they had been marked as addressed, restored. */
  standing: number;
  /** What became of the check run, where one is wanted. The review stands without it. */
  check?: "updated" | "unchanged" | "not-permitted";
  summary: "created" | "updated" | "unchanged" | "none";
}

export interface Publisher {
  /**
   * Writes the outcome so that calling it again with the same outcome changes nothing (hidden markers, author checked).
   * Errors: AssistantError `stale-head` when the pull request moved on, `github-limited` and
   * `github-unavailable` (transient), `not-permitted`.
   */
  publish(outcome: Outcome, signal?: AbortSignal): Promise<Receipt>;
}
