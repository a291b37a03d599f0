import type { Job } from "../jobs/job.ts";
import { originOf, type WebhookPayload } from "./origin.ts";

export interface PullRequestPayload extends WebhookPayload {
  pull_request: { number: number; state: string; draft?: boolean | undefined; head: { sha: string } };
}

/** A review of a pull request that was opened, reopened, pushed to or marked ready. Drafts wait until they are ready. */
export function pullRequestJobs(payload: PullRequestPayload, host: string): Job[] {
  const origin = originOf(payload, host);
  const { number, state, draft, head } = payload.pull_request;
  if (!origin || state !== "open" || draft) return [];
  return [{ kind: "review", ...origin, number, head: head.sha, command: null }];
}
