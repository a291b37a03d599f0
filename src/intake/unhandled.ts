import { createHash } from "node:crypto";
import type { RepositoryConfig } from "../config/repository-config.ts";
import type { Job } from "../jobs/job.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey } from "../shared/repository.ts";
import type { PullNotes } from "./pull-notes.ts";
import { whyNotUnasked } from "./review-filter.ts";

/** A repository that the app is installed on. */
export interface Place extends Pick<Job, "repository" | "installationId"> {
  /** When the app was installed, epoch ms. */
  installedAt: number;
}

/** A job, and what it is made of: the same state is taken once, as with webhooks. */
export interface FoundWork {
  id: string;
  job: Job;
}

/** A pull request as GitHub lists it; all of its text is untrusted. */
export interface ListedPull {
  number: number;
  state: string;
  title: string;
  draft?: boolean | undefined;
  user: { login: string; type?: string | undefined } | null;
  labels: readonly { name?: string | undefined }[];
  created_at: string;
  head: { sha: string };
  base: { ref: string };
}

/** The same of an issue; GitHub lists pull requests among them. */
export interface ListedIssue {
  number: number;
  state: string;
  title: string;
  body?: string | null | undefined;
  created_at: string;
  pull_request?: unknown;
}

/**
 * Reviews of open pull requests that were opened since the installation and whose newest state was not reviewed, though the
 * repository's filters let it.
 */
export function unhandledPulls(
  pulls: readonly ListedPull[],
  { installedAt, ...origin }: Place,
  config: RepositoryConfig,
  notes: Pick<PullNotes, "read">,
): FoundWork[] {
  const repository = repositoryKey(origin.repository);
  if (!config.review.enabled) return [];
  return pulls.flatMap((pull): FoundWork[] => {
    const { number, state, head, base } = pull;
    if (state !== "open" || Date.parse(pull.created_at) < installedAt) return [];
    if (whyNotUnasked(filtered(pull), config) !== null) return [];
    const { paused, reviewed } = notes.read({ repository, number });
    if (paused || reviewed === `${head.sha} ${base.ref}`) return [];
    const job: Job = { kind: "review", ...origin, number, head: head.sha, command: null, unreadOnly: true };
    return [{ id: `found ${repository} #${number} ${head.sha} ${base.ref}`, job }];
  });
}

/** The same of issues, which the triage itself knows to have answered as they are: the newest of limits.reconcileIssueDays. */
export function unhandledIssues(
  issues: readonly ListedIssue[],
  { installedAt, ...origin }: Place,
  config: RepositoryConfig,
): FoundWork[] {
  const repository = repositoryKey(origin.repository);
  if (!config.triage.enabled) return [];
  const since = Math.max(installedAt, Date.now() - limits.reconcileIssueDays * 24 * 60 * 60_000);
  return issues.flatMap(({ number, title, body, state, created_at, pull_request }): FoundWork[] => {
    if (state !== "open" || pull_request || Date.parse(created_at) < since) return [];
    const digest = createHash("sha256")
      .update(JSON.stringify([title, body ?? ""]))
      .digest("hex");
    const job: Job = { kind: "triage", ...origin, number, command: null, onlyIfChanged: true };
    return [{ id: `found ${repository} #${number} ${digest}`, job }];
  });
}

function filtered({ draft, title, labels, user, base }: ListedPull) {
  return {
    draft: draft ?? false,
    title,
    labels: labels.flatMap(({ name }) => (name === undefined ? [] : [name])),
    author: { login: user?.login ?? "", isBot: user?.type === "Bot" },
    targetBranch: base.ref,
  };
}
