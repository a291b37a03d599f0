import type { TrackedComment, TrackedIssue, TrackedLink, TrackedReviewComment, Tracker } from "./tracker.ts";

export type RecordKind = "issues" | "comments" | "reviewComments";

/** What one page of a list held. */
export type TrackerPage =
  | { kind: "issues"; records: TrackedIssue[] }
  | { kind: "comments"; records: TrackedComment[] }
  | { kind: "reviewComments"; records: TrackedReviewComment[] };

/** What a back end keeps of one repository. The rules of reading are not here, but in sync-tracker.ts, for all of them. */
export interface TrackerRows {
  tracker: Tracker;
  /**
   * Saves a page and moves its kind's mark to the newest `updatedAt` in it, all or nothing. What is older than the version
   * kept, or was forgotten, is left out. Gives how many records are new or different now.
   */
  save(page: TrackerPage): number;
  /**
   * Closed issues whose timeline was not read since they last changed: those never read before those that were, the newest
   * first, because they are asked about most.
   * Pull requests are none of them: their links say nothing about a fix.
   */
  linksDue(most: number): { issue: number; updatedAt: string }[];
  /** Replaces an issue's links, as read when it had this `updatedAt`. Gives whether they are different now. */
  saveLinks(issue: number, updatedAt: string, links: TrackedLink[]): boolean;
  /** Drops what changed longest ago beyond this many of a kind; an issue goes with its comments and links. */
  trim(kind: RecordKind, most: number): void;
  /** Drops one record for ever; an issue goes with its comments, review comments and links. */
  forget(kind: RecordKind, id: number): void;
}

export function idOf(record: TrackedIssue | TrackedComment | TrackedReviewComment): number {
  return "id" in record ? record.id : record.number;
}

/** The issue or pull request that a record belongs to. */
export function subjectOf(record: TrackedIssue | TrackedComment | TrackedReviewComment): number {
  if ("number" in record) return record.number;
  return "issue" in record ? record.issue : record.pull;
}

/** Whether the timeline of an issue is of use. */
export function wantsLinks(record: TrackedIssue | TrackedComment | TrackedReviewComment): boolean {
  return "number" in record && record.state === "closed" && !record.pull;
}

/** Newest `updatedAt` of a page, or null for an empty one. GitHub's times compare as text: they are all in UTC. */
export function newestOf(records: readonly { updatedAt: string }[]): string | null {
  return records.reduce<string | null>(
    (newest, { updatedAt }) => (newest === null || updatedAt > newest ? updatedAt : newest),
    null,
  );
}

/** Whether nothing was ever read. */
export function isEmpty(tracker: Tracker): boolean {
  return Object.values(tracker.readTo()).every((mark) => mark === null);
}
