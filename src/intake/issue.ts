import type { Job } from "../jobs/job.ts";
import { originOf, type WebhookPayload } from "./origin.ts";

export interface IssuePayload extends WebhookPayload {
  issue: { number: number; state?: string | undefined; pull_request?: unknown };
  /** On `edited` only: the fields that changed. */
  changes?: { title?: unknown; body?: unknown } | undefined;
}

/** A triage of an issue that was opened or reopened, or whose title or body was edited. */
export function issueJobs(payload: IssuePayload, host: string): Job[] {
  const origin = originOf(payload, host);
  const { issue, changes } = payload;
  if (!origin || issue.pull_request || issue.state === "closed") return [];
  if (changes && !changes.title && !changes.body) return [];
  return [{ kind: "triage", ...origin, number: issue.number, command: null }];
}
