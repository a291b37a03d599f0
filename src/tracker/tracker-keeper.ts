/** PORT of the tracker stage, what goes beyond reading: why a sync ended, and what webhooks say is gone. */
import type { IssueVectors } from "./issue-vectors.ts";
import type { SyncReport, TrackerStore } from "./tracker.ts";

export type TrackerKind = "issues" | "comments" | "reviewComments" | "links";

export interface TrackerSyncReport extends SyncReport {
  /** Whether all issues and comments that GitHub shows were read: the links of a large repository take many syncs more. */
  textsComplete: boolean;
  /** Kinds that GitHub does not show us, each with the reason and what would mend it. They do not make a sync incomplete. */
  skipped: { kind: TrackerKind; reason: string; remedy: string }[];
  /** What ended the sync early, as Octokit threw it (a rate limit, a failure of GitHub's), or null. */
  endedBy: unknown;
}

/**
 * GitHub lists what changed, never what was deleted: only webhooks tell. What is forgotten by its number or id stays
 * forgotten, also where a sync under way had read it before. Forgetting something unknown is fine.
 */
export interface KeptTrackerStore extends TrackerStore {
  sync(
    key: string,
    source: Parameters<TrackerStore["sync"]>[1],
    options?: { signal?: AbortSignal },
  ): Promise<TrackerSyncReport>;
  /** What the issues of a repository mean. Empty where nothing was ever read. */
  vectors(key: string): IssueVectors;
  /** `issues.deleted` and `issues.transferred`: the issue with its comments and links. GitHub never gives its number again. */
  forgetIssue(key: string, number: number): void;
  /** `issue_comment.deleted`. */
  forgetComment(key: string, id: number): void;
  /** `pull_request_review_comment.deleted`. */
  forgetReviewComment(key: string, id: number): void;
}
