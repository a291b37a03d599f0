/**
 * What publishing needs of GitHub, and no more: read the comments that stand there, write our own, fold threads. Implemented over
 * Octokit (octokit-comment-api.ts) and in memory for the dry run (memory-comment-api.ts).
 */
import type { HunkRange, ReviewPosition } from "./anchors.ts";

export interface StoredComment {
  id: number;
  /** Login of whoever wrote it; empty where the account is gone. */
  author: string;
  body: string;
  /** Its page. */
  url: string;
}

export interface StoredReviewComment extends StoredComment {
  path: string;
  /** GitHub's global id, by which GraphQL names the same comment. */
  nodeId: string;
  /** Whether GitHub says that its lines have changed since; absent where that is not known. */
  outdated?: boolean;
  /** The comment that this one replies to: always the first of its thread; null for that one. */
  replyTo: number | null;
}

/** Comments on the same lines, under one first comment. */
export interface ReviewThread {
  id: string;
  /** `nodeId` of its first comment. */
  firstComment: string;
  resolved: boolean;
  /** Login of whoever resolved it, for an app without its `[bot]`; null where nobody did or GitHub does not say. */
  resolvedBy: string | null;
}

export interface NewReviewComment extends ReviewPosition {
  body: string;
}

/** Numbers are of the pull request or issue. Errors: as Publisher.publish. */
export interface CommentApi {
  /** Full object id of the pull request's head. */
  pullHead(number: number): Promise<string>;
  /** The hunks of the pull request by path; a file without a text diff has none. */
  changedHunks(number: number): Promise<Map<string, HunkRange[]>>;

  reviewComments(number: number): Promise<StoredReviewComment[]>;
  /** Deletes our own review that was begun and never submitted: GitHub allows one, and refuses the next. */
  clearPendingReview(number: number, login: string): Promise<void>;
  /** One review with all the comments; false when GitHub refuses it (422), and then none of them stands there. */
  createReview(number: number, head: string, comments: NewReviewComment[]): Promise<boolean>;
  updateReviewComment(id: number, body: string): Promise<void>;
  /** An answer in a thread; `first` is its first comment, GitHub takes no other. */
  replyToReviewComment(number: number, first: number, body: string): Promise<void>;
  /** Empty where we may not see them. */
  reviewThreads(number: number): Promise<ReviewThread[]>;
  /** Folds a thread or opens it again; false where that is not permitted, or the thread is gone. */
  setThreadResolved(id: string, resolved: boolean): Promise<boolean>;

  /** The comments of the conversation, of pull requests as of issues. */
  issueComments(number: number): Promise<StoredComment[]>;
  createIssueComment(number: number, body: string): Promise<void>;
  updateIssueComment(id: number, body: string): Promise<void>;
}

/** The body of "create a review": COMMENT neither approves nor blocks. All comments come as one notification. */
export function reviewRequest(head: string, comments: NewReviewComment[]) {
  return { commit_id: head, event: "COMMENT" as const, body: "", comments };
}
