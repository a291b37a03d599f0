import type { Job } from "../jobs/job.ts";
import { originOf, type WebhookPayload } from "./origin.ts";

export interface IssuePayload extends WebhookPayload {
  issue: { number: number; state?: string | undefined; pull_request?: unknown };
  action: string;
  /** On `edited` the fields that changed; on `opened` where a transferred issue came from. */
  changes?: object | undefined;
}

/**
 * A triage of an issue that was opened or reopened, or whose title or body was edited; of these only, if what it says changed
 * since it was triaged last, which the run finds out.
 */
export function issueJobs(payload: IssuePayload, host: string): Job[] {
  const origin = originOf(payload, host);
  const { action, issue, changes = {} } = payload;
  if (!origin || issue.pull_request || issue.state === "closed") return [];
  if (action === "edited" && !("title" in changes) && !("body" in changes)) return [];
  const edited = action === "edited" && { onlyIfChanged: true };
  return [{ kind: "triage", ...origin, number: issue.number, command: null, ...edited }];
}

/** What is kept of a closed issue may go after a while. */
export function closedIssueJobs(payload: IssuePayload, host: string): Job[] {
  const origin = originOf(payload, host);
  return origin === null ? [] : [{ kind: "closed", ...origin, number: payload.issue.number }];
}
