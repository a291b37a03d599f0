import type { Job } from "../jobs/job.ts";
import { originOf, type WebhookPayload } from "./origin.ts";

export interface MergeGroupPayload extends Pick<WebhookPayload, "installation"> {
  repository?: WebhookPayload["repository"] | undefined;
  /** `base_ref` is a full ref. */
  merge_group: { head_sha: string; base_ref: string };
}

/** A merge queue asks for the checks of a group; it waits for those that rules require, and drops the group after an hour. */
export function mergeGroupJobs(payload: MergeGroupPayload, host: string): Job[] {
  const { repository, installation, merge_group } = payload;
  const origin = repository ? originOf({ repository, installation }, host) : null;
  if (!origin) return [];
  const { head_sha: head, base_ref } = merge_group;
  return [{ kind: "merge-group", ...origin, head, targetBranch: base_ref.replace(/^refs\/heads\//, "") }];
}
