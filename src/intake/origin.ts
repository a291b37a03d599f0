import type { Job } from "../jobs/job.ts";

/** What every webhook that we take has in common; the rest of a payload is described where it is read. */
export interface WebhookPayload {
  repository: { id?: number | undefined; name: string; owner: { login: string } | null };
  /** Absent when the webhook was configured by hand on a repository and not by installing the app. */
  installation?: { id: number } | null | undefined;
}

/** Where a payload comes from, or null where no installation sent it: nothing could be written back. */
export function originOf(payload: WebhookPayload, host: string): Pick<Job, "repository" | "installationId"> | null {
  const { id, name, owner } = payload.repository;
  if (!payload.installation || !owner) return null;
  return { repository: { host, owner: owner.login, name, id }, installationId: payload.installation.id };
}
