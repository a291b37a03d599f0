import type { Job } from "../jobs/job.ts";
import { originOf, type WebhookPayload } from "./origin.ts";

export interface DeletedIssuePayload extends WebhookPayload {
  issue: { number: number };
}

export interface DeletedCommentPayload extends WebhookPayload {
  comment: { id: number };
}

/** GitHub's lists never say what is gone: these webhooks alone do. A transferred issue is gone from here. */
export function deletedIssueJobs(payload: DeletedIssuePayload, host: string): Job[] {
  return forget(payload, host, "issue", payload.issue.number);
}

export function deletedCommentJobs(payload: DeletedCommentPayload, host: string): Job[] {
  return forget(payload, host, "comment", payload.comment.id);
}

export function deletedReviewCommentJobs(payload: DeletedCommentPayload, host: string): Job[] {
  return forget(payload, host, "review-comment", payload.comment.id);
}

function forget(
  payload: WebhookPayload,
  host: string,
  what: "issue" | "comment" | "review-comment",
  id: number,
): Job[] {
  const origin = originOf(payload, host);
  return origin === null ? [] : [{ kind: "forget", ...origin, what, id }];
}
