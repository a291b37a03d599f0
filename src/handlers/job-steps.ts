import {
  type ParsedRepositoryConfig,
  parseRepositoryConfig,
  type RepositoryConfig,
} from "../config/repository-config.ts";
import { cleanOutcome } from "../publish/clean-outcome.ts";
import { createDryRunPublisher } from "../publish/dry-run-publisher.ts";
import { createGitHubPublisher } from "../publish/github-publisher.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import type { Command, Job } from "../jobs/job.ts";
import type { AnswerOutcome, Outcome } from "../publish/outcome.ts";
import { writeOutcome } from "../publish/outcome-file.ts";
import type { Publisher, Receipt } from "../publish/publisher.ts";
import { problemText, readRules } from "./repository-rules.ts";
import { folderOf } from "../services.ts";
import { AssistantError } from "../shared/errors.ts";
import { createGitHubTrackerSource } from "../tracker/github-tracker-source.ts";
import { fetchBranch, readDefaultBranch } from "../workspace/open-pull.ts";

/**
 * Answers a command, in the thread where it was given. The answer is published as the rules of the default branch want it.
 * @param body Markdown, or who makes it once the rules are known
 */
export async function answer(
  job: JobOf<"review" | "triage" | "steer" | "answer" | "ask" | "implement" | "stop">,
  command: Command,
  body: string | ((config: RepositoryConfig) => Promise<string>),
  context: JobContext,
): Promise<void> {
  const onPull = "onPull" in job ? job.onPull : job.kind !== "triage";
  const subject = { kind: onPull ? "pull" : "issue", number: job.number } as const;
  const { config, problem } = await rulesNow(job, context);
  const text = typeof body === "string" ? body : await body(config);
  const reported = problem === null || context.services.notes.isReported(context.key, problem);
  const said = reported ? text : `${text}\n\n${problemText(problem)}`;
  const thread = threadOf(job);
  const where = { subject, commentId: command.commentId, ...(thread !== null && { thread }) };
  const outcome: AnswerOutcome = { kind: "answer", ...where, body: said };
  const publisher = await publisherFor(job, config, context);
  await keep(context, config, outcome, await publisher.publish(outcome, context.signal));
  if (!reported) context.services.notes.setReported(context.key, problem);
}

/** First comment of the thread in which it was asked and is answered. Who steers is answered on the page. */
function threadOf(job: Job): number | null {
  if (job.kind === "stop") return job.thread;
  return job.kind === "ask" || job.kind === "implement" ? (job.thread?.first ?? null) : null;
}

/** Those of the default branch; an empty repository has the defaults: who asks for help there gets it all the same. */
async function rulesNow(job: Job, context: JobContext): Promise<ParsedRepositoryConfig> {
  try {
    const { workspace, commit } = await fetchDefaultBranch(job, context);
    return await readRules(job, context, workspace, commit);
  } catch (error) {
    if (error instanceof AssistantError && error.code === "ref-missing") return parseRepositoryConfig(null);
    throw error;
  }
}

export async function publisherFor(job: Job, config: RepositoryConfig, context: JobContext): Promise<Publisher> {
  const { octokit, services, log } = context;
  const identity = await services.identity();
  const { check } = config.review;
  const personalData = config.hygiene.personal_data;
  const written = { repository: job.repository, identity, check, personalData };
  if (config.mode === "preview") return createDryRunPublisher(written);
  // A head that moved on is left to the next try; by then it may have moved again, and again.
  const olderHead = context.attempt > 1;
  return createGitHubPublisher({ ...written, octokit, olderHead, log });
}

export async function keep(
  context: JobContext,
  { mode, hygiene }: RepositoryConfig,
  outcome: Outcome,
  receipt: Receipt,
): Promise<void> {
  const dir = folderOf(context.services.config.home.outcomes, context.key);
  // The receipt of a dry run says what would have been written.
  const cleaned = await cleanOutcome(outcome, hygiene.personal_data);
  const record = { outcome: cleaned, receipt: mode === "preview" ? null : receipt, at: new Date().toISOString() };
  await writeOutcome(dir, record);
  context.services.onOutcome?.(record);
}

/**
 * What people said since the last time, as far as it can be read in the time; the next one goes on from there.
 * @returns whether all texts are known
 */
export async function syncTracker(
  { repository }: Pick<Job, "repository">,
  { services, octokit, key, signal, log }: SyncContext,
  ms: number,
): Promise<boolean> {
  const source = createGitHubTrackerSource(octokit, repository);
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const { textsComplete, skipped, endedBy } = await services.past.trackers.sync(key, source, { signal: bounded });
  signal.throwIfAborted();
  for (const { kind, reason, remedy } of skipped) log.warn({ kind, reason, remedy }, "not read from GitHub");
  if (endedBy !== null && !bounded.aborted) log.warn({ err: endedBy }, "reading issues ended early");
  return textsComplete && skipped.length === 0;
}

interface SyncContext extends Pick<JobContext, "octokit" | "key" | "signal" | "log"> {
  services: Pick<JobContext["services"], "past">;
}

/** The branch as it is now: a push event that comes late brings the engram to the newest commit all the same. */
export async function fetchDefaultBranch(job: Job, { services, octokit, mirror, remote, key, signal }: JobContext) {
  const branch = await readDefaultBranch(octokit, job.repository);
  const fetched = await services.exclusive(key, () => fetchBranch(mirror, remote, branch, signal));
  return { ...fetched, branch };
}
