import { peopleIn, seenFindings } from "../feedback/seen-findings.ts";
import { publishedFinding } from "../feedback/finding-texts.ts";
import { hasRole } from "../intake/permission.ts";
import type { PullKey } from "../intake/pull-notes.ts";
import { forgetUnmerged } from "./implement-closed.ts";
import { type JobContext, type JobOf, openJobContext } from "./job-context.ts";
import { readFindingThreads } from "../publish/octokit-finding-threads.ts";
import type { ReviewOutcome } from "../publish/outcome.ts";
import type { ServerServices } from "../services.ts";
import { limits } from "../shared/limits.ts";
import { type RepositoryId, repositoryKey } from "../shared/repository.ts";

export interface LearningPull extends PullKey {
  repositoryId: RepositoryId;
}

/**
 * Whose thumbs and clicks teach: whoever may triage in the repository. The author of a pull request from outside has no say,
 * or else anybody could teach the assistant to look away.
 */
const leastRole = "triage";

/**
 * Looks what people did under our comments on a pull request since: GitHub sends no webhook for thumbs and resolved threads.
 * No request where nothing of ours stands there; else one, and one for each person who did something.
 */
async function learnFromPull(pull: LearningPull, context: JobContext): Promise<void> {
  const { octokit, services, signal } = context;
  const kept = services.feedback.published(pull);
  if (kept.length === 0) return;
  const shown = await readFindingThreads(octokit, pull.repositoryId, await services.identity(), pull.number, signal);
  if (shown === null) return;
  const haveSay = new Set<string>();
  for (const login of peopleIn(shown).slice(0, limits.feedbackPeople)) {
    if (await hasRole(octokit, pull.repositoryId, login, leastRole)) haveSay.add(login.toLowerCase());
  }
  services.feedback.noteSeen(pull, seenFindings(kept, shown, haveSay));
}

/** The same where a review must not fail for it: the next look learns what this one could not. */
export async function tryToLearn(pull: LearningPull, context: JobContext): Promise<void> {
  await learnFromPull(pull, context).catch((error: unknown) => {
    context.signal.throwIfAborted();
    context.log.warn({ err: error, pull: pull.number }, "what people did under comments cannot be read");
  });
}

/** Notes what a published review says: comments on lines, and those notes of its summary that are shown. */
export function notePublished(pull: LearningPull, { findings, head }: ReviewOutcome, context: JobContext): void {
  const onLines = findings.filter(({ placement }) => placement === "inline");
  const inSummary = findings.filter(({ placement }) => placement === "summary").slice(0, limits.summaryFindings);
  const said = [...onLines, ...inSummary].map((finding) => publishedFinding(finding));
  if (said.length > 0) context.services.feedback.notePublished(pull, said, head);
}

/** A pull request was closed: the last look at it, since nothing happens there any more. */
export async function closePull(
  job: JobOf<"closed">,
  services: ServerServices,
  signal: AbortSignal,
  attempt: number,
): Promise<void> {
  const pull = { repository: repositoryKey(job.repository), number: job.number, repositoryId: job.repository };
  services.notes.close(pull);
  await forgetUnmerged(job, services, () => openJobContext(job, services, signal, attempt));
  if (services.feedback.published(pull).length === 0) return;
  await learnFromPull(pull, await openJobContext(job, services, signal, attempt));
}
