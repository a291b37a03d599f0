import type { Job } from "../jobs/job.ts";
import { originOf, type WebhookPayload } from "./origin.ts";

export interface PushPayload extends WebhookPayload {
  repository: WebhookPayload["repository"] & { default_branch: string };
  sender?: { login: string; type?: string | undefined } | undefined;
  ref: string;
  before: string;
  after: string;
  deleted: boolean;
}

/**
 * A sync after a push to the default branch, and a look at what any push to a branch brought: whether it is reviewed is said
 * by the repository. The payload's list of commits is not read: it ends at 2,048 and is empty for forced pushes; git knows
 * better.
 */
export function pushJobs(payload: PushPayload, host: string): Job[] {
  const origin = originOf(payload, host);
  const { ref, before, after, repository, sender } = payload;
  const branch = /^refs\/heads\/(.+)$/s.exec(ref)?.[1];
  if (!origin || payload.deleted || branch === undefined) return [];
  const isDefault = branch === repository.default_branch;
  const sync: Job[] = isDefault ? [{ kind: "sync", ...origin, commit: after }] : [];
  if (branch.startsWith(mergeQueueBranches)) return sync;
  const pusher = { login: sender?.login ?? "", isBot: sender?.type === "Bot" };
  const since = /^0+$/.test(before) ? null : before;
  return [...sync, { kind: "push", ...origin, branch, before: since, head: after, pusher, command: null }];
}

/** GitHub's own, for groups of pull requests: it pushes there and takes them away again. */
const mergeQueueBranches = "gh-readonly-queue/";
