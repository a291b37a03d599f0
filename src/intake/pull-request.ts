import type { Job } from "../jobs/job.ts";
import { originOf, type WebhookPayload } from "./origin.ts";

export interface PullRequestPayload extends WebhookPayload {
  action: string;
  pull_request: { number: number; state: string; head: { sha: string } };
  /** On `edited`: the fields that changed. */
  changes?: object | undefined;
}

/**
 * A review of a pull request that was opened, reopened, pushed to or marked ready; and one in case that it was left alone
 * until now, where its title, labels or base branch changed: they may be what kept it from being reviewed.
 */
export function pullRequestJobs(payload: PullRequestPayload, host: string): Job[] {
  const origin = originOf(payload, host);
  const { action, pull_request, changes = {} } = payload;
  const { number, state, head } = pull_request;
  if (!origin || state !== "open") return [];
  if (action === "edited" && !("title" in changes) && !("base" in changes)) return [];
  const unreadOnly = ["edited", "labeled", "unlabeled"].includes(action);
  return [{ kind: "review", ...origin, number, head: head.sha, command: null, ...(unreadOnly && { unreadOnly }) }];
}

/** What is kept of a closed pull request may go after a while. */
export function closedPullJobs(payload: PullRequestPayload, host: string): Job[] {
  const origin = originOf(payload, host);
  return origin === null ? [] : [{ kind: "closed", ...origin, number: payload.pull_request.number }];
}
