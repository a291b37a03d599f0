import type { Job } from "../jobs/job.ts";

interface NamedRepository {
  id: number;
  full_name: string;
}

export interface UninstalledPayload {
  installation: { id: number };
  /** Where the app was taken off an account, of all. */
  repositories?: readonly NamedRepository[] | undefined;
  /** Where it was taken off some repositories of it. */
  repositories_removed?: readonly NamedRepository[] | undefined;
}

/** What people said to the app goes with it. What was read from git and GitHub is a copy, and its owner's to delete. */
export function uninstalledJobs(payload: UninstalledPayload, host: string): Job[] {
  const repositories = payload.repositories_removed ?? payload.repositories ?? [];
  return repositories.flatMap(({ id, full_name }): Job[] => {
    const [owner, name] = full_name.split("/");
    if (!owner || !name) return [];
    const repository = { host, owner, name };
    return [{ kind: "forget", repository, installationId: payload.installation.id, what: "repository", id }];
  });
}
