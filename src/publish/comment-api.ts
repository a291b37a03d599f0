/**
 * What publishing needs of GitHub, and no more: read the comments that stand there, write our own. Implemented over
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

  /** The comments of the conversation, of pull requests as of issues. */
  issueComments(number: number): Promise<StoredComment[]>;
  createIssueComment(number: number, body: string): Promise<void>;
  updateIssueComment(id: number, body: string): Promise<void>;
}

/** The body of "create a review": COMMENT neither approves nor blocks. All comments come as one notification. */
export function reviewRequest(head: string, comments: NewReviewComment[]) {
  return { commit_id: head, event: "COMMENT" as const, body: "", comments };
}
