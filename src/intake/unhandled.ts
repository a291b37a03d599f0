import { createHash } from "node:crypto";
import type { RepositoryConfig } from "../config/repository-config.ts";
import type { Job } from "../jobs/job.ts";
import { limits } from "../shared/limits.ts";
import { sanitize } from "../shared/sanitize.ts";
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
  /** Whether it was handled since it was found; to be asked once no job on its subject waits or runs. */
  isHandled?: () => boolean;
  /** When its subject was opened, epoch ms. */
  openedAt?: number;
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
  { installedAt, repository: where, installationId }: Place,
  config: RepositoryConfig,
  notes: Pick<PullNotes, "read">,
): FoundWork[] {
  const origin = { repository: where, installationId };
  const repository = repositoryKey(where);
  if (!config.review.enabled) return [];
  return pulls.flatMap((pull): FoundWork[] => {
    const { number, state, head, base } = pull;
    if (state !== "open" || Date.parse(pull.created_at) < installedAt) return [];
    if (whyNotUnasked(filtered(pull), config) !== null) return [];
    const isHandled = (): boolean => {
      const { paused, reviewed } = notes.read({ repository, number });
      return paused || reviewed === `${head.sha} ${base.ref}`;
    };
    const job: Job = { kind: "review", ...origin, number, head: head.sha, command: null, unreadOnly: true };
    const openedAt = Date.parse(pull.created_at);
    return [{ id: `found ${repository} #${number} ${head.sha} ${base.ref}`, job, isHandled, openedAt }];
  });
}

/**
 * The same of issues of the last limits.reconcileIssueDays, in each state that was not seen before; the triage itself knows
 * what it has answered.
 */
export function unhandledIssues(
  issues: readonly ListedIssue[],
  { installedAt, repository: where, installationId }: Place,
  config: RepositoryConfig,
): FoundWork[] {
  const origin = { repository: where, installationId };
  const repository = repositoryKey(where);
  if (!config.triage.enabled) return [];
  const since = Math.max(installedAt, Date.now() - limits.reconcileIssueDays * 24 * 60 * 60_000);
  return issues.flatMap(({ number, title, body, state, created_at, pull_request }): FoundWork[] => {
    if (state !== "open" || pull_request || Date.parse(created_at) < since) return [];
    const text = { title: sanitize(title), body: sanitize((body ?? "").slice(0, limits.commentCharacters)) };
    const job: Job = { kind: "triage", ...origin, number, command: null, onlyIfChanged: true };
    const openedAt = Date.parse(created_at);
    return [{ id: issueStateId(repository, number, text), job, isHandled: () => false, openedAt }];
  });
}

/** A delivery of one's own making: that the issue says this, sanitised, was seen. */
export function issueStateId(repository: string, number: number, { title, body }: { title: string; body: string }) {
  const digest = createHash("sha256")
    .update(JSON.stringify([title, body]))
    .digest("hex");
  return `found ${repository} #${number} ${digest}`;
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
