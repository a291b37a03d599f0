/** PORT of the tracker stage: issues, their comments and links, and review comments, as GitHub told them, kept between runs. */

/** GitHub's `author_association`: what the repository's owners have said about a person, not what the person says. */
export type Association =
  | "OWNER"
  | "MEMBER"
  | "COLLABORATOR"
  | "CONTRIBUTOR"
  | "FIRST_TIME_CONTRIBUTOR"
  | "FIRST_TIMER"
  | "MANNEQUIN"
  | "NONE"
  /** Of an exported tracker, which does not say. */
  | "UNKNOWN";

export interface TrackedAuthor {
  /** `ghost` where the account was deleted, as GitHub shows it. */
  login: string;
  association: Association;
  bot: boolean;
}

/** Text is GitHub's and untrusted; times are ISO 8601 in UTC, as GitHub writes them. */
export interface TrackedIssue {
  number: number;
  /** Pull requests are issues too, and are kept, because issues are fixed by them. */
  pull: boolean;
  title: string;
  body: string;
  author: TrackedAuthor;
  state: "open" | "closed";
  /** Why it was closed: GitHub's `state_reason`. */
  stateReason: "completed" | "not_planned" | "duplicate" | "reopened" | null;
  labels: string[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  /** Pull requests only. */
  mergedAt: string | null;
}

export interface TrackedComment {
  id: number;
  /** Issue or pull request. */
  issue: number;
  body: string;
  author: TrackedAuthor;
  createdAt: string;
  updatedAt: string;
}

/** What GitHub's timeline says about an issue: who closed it, who named it. */
export interface TrackedLink {
  issue: number;
  /** `closed`: this closed the issue. `mentioned`: this names it. */
  kind: "closed" | "mentioned";
  /** Number of a pull request of the same repository, or null. */
  pull: number | null;
  /** Full commit id, or null. */
  commit: string | null;
}

/** A comment that somebody made on lines of a pull request. */
export interface TrackedReviewComment {
  id: number;
  pull: number;
  path: string;
  /** GitHub's `diff_hunk`: the hunk down to the line that the comment is on. */
  hunk: string;
  /** The commit that it was made on (`original_commit_id`), and the lines there. Null where GitHub names none (a file comment). */
  commit: string;
  startLine: number | null;
  line: number | null;
  side: "LEFT" | "RIGHT";
  body: string;
  author: TrackedAuthor;
  createdAt: string;
  updatedAt: string;
  /** The first comment of its thread, or null where it is that. */
  inReplyTo: number | null;
}

/** What is known about one repository. */
export interface Tracker {
  /** By number, ascending. */
  issues(): Iterable<TrackedIssue>;
  issue(number: number): TrackedIssue | null;
  comments(issue: number): TrackedComment[];
  links(issue: number): TrackedLink[];
  /** In the order of their ids. */
  reviewComments(): Iterable<TrackedReviewComment>;
  /** Newest `updatedAt` that was read of each kind, or null where none was: what is newer is not known here. */
  readTo(): { issues: string | null; comments: string | null; reviewComments: string | null };
}

export interface SyncReport {
  issues: number;
  comments: number;
  links: number;
  reviewComments: number;
  /** False where a limit or an abort ended it early: the next sync goes on from there. */
  complete: boolean;
  ms: number;
}

/** One page of something, oldest change first. */
export interface TrackerSource {
  /** Issues and pull requests changed at or after `since`, by `updatedAt`, ascending, page by page. */
  issues(since: string | null, signal?: AbortSignal): AsyncIterable<TrackedIssue[]>;
  comments(since: string | null, signal?: AbortSignal): AsyncIterable<TrackedComment[]>;
  reviewComments(since: string | null, signal?: AbortSignal): AsyncIterable<TrackedReviewComment[]>;
  /** The timeline of one issue, reduced to links. */
  links(issue: number, signal?: AbortSignal): Promise<TrackedLink[]>;
}

export interface TrackerStore {
  /** Reads what changed since the last sync. Safe to repeat and to interrupt; an edited text replaces the old one. */
  sync(key: string, source: TrackerSource, options?: { signal?: AbortSignal }): Promise<SyncReport>;
  /** What is known so far, or null where nothing was ever read. */
  open(key: string): Tracker | null;
  /** Forgets a repository: it was removed from the installation. */
  purge(key: string): void;
  close(): void;
}
