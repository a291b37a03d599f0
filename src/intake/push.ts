import type { Job } from "../jobs/job.ts";
import { originOf, type WebhookPayload } from "./origin.ts";

export interface PushPayload extends WebhookPayload {
  repository: WebhookPayload["repository"] & { default_branch: string };
  ref: string;
  after: string;
  deleted: boolean;
}

/**
 * A sync after a push to the default branch. The payload's list of commits is not read: it ends at 2,048 and is empty for
 * forced pushes; git knows better.
 */
export function pushJobs(payload: PushPayload, host: string): Job[] {
  const origin = originOf(payload, host);
  if (!origin || payload.deleted || payload.ref !== `refs/heads/${payload.repository.default_branch}`) return [];
  return [{ kind: "sync", ...origin, commit: payload.after }];
}
