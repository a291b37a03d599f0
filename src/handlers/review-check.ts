import type { RepositoryConfig } from "../config/repository-config.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import type { Job } from "../jobs/job.ts";
import type { CheckApi } from "../publish/check-api.ts";
import {
  beginCheckRun,
  cancelCheckRun,
  cancelOlderCheckRuns,
  type CheckSubject,
  externalId,
} from "../publish/check-run.ts";
import { createOctokitCheckApi } from "../publish/octokit-check-api.ts";

export interface ReviewCheck {
  /** Ends it where no review will: it would turn for ever. `why` is one sentence. */
  cancel(why: string): Promise<void>;
  /** The publisher has completed it. */
  done(): void;
}

/**
 * Shows that a review is under way, where the repository wants a check run, and ends those of older heads. The publisher
 * completes it. What goes wrong with it is logged: the review comes all the same.
 * @param olderHead the head that was reviewed last; a forced push may have taken it from the pull request
 */
export async function beginReviewCheck(
  job: JobOf<"review">,
  { config, head, olderHead }: { config: RepositoryConfig; head: string; olderHead: string | null },
  context: JobContext,
): Promise<ReviewCheck> {
  if (!config.review.check || config.mode === "preview") return { cancel: async () => {}, done: () => {} };
  const check = await beginCheck(job, { about: job.number, head, again: job.command !== null }, context);
  const checks = await checkApi(job, context);
  const older = olderHead === null ? [] : [olderHead];
  await tried(context, () => cancelOlderCheckRuns(checks, job.number, head, older));
  return check;
}

/**
 * Shows that a review is under way. It is noted until it is ended, so that one that a crash left open is found again.
 * @param again a person asked for another run
 */
export async function beginCheck(
  job: Job,
  { about, head, again }: { about: CheckSubject; head: string; again: boolean },
  context: JobContext,
): Promise<ReviewCheck> {
  const { repository, installationId } = job;
  const { notes } = context.services;
  const checks = await checkApi(job, context);
  const noted = { repository, installationId, about: externalId(about), head };
  notes.noteOpenCheck(noted);
  await tried(context, () => beginCheckRun(checks, about, head, again));
  return {
    cancel: async (why) => {
      const ended = await tried(context, () => cancelCheckRun(checks, about, head, why));
      if (ended) notes.forgetOpenCheck(noted);
    },
    done: () => notes.forgetOpenCheck(noted),
  };
}

export async function checkApi(job: Job, { octokit, services, signal }: JobContext): Promise<CheckApi> {
  return createOctokitCheckApi(octokit, job.repository, await services.identity(), signal);
}

/** @returns whether it went well */
async function tried({ signal, log }: JobContext, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ err: error }, "the check run cannot be written");
    return false;
  }
}
