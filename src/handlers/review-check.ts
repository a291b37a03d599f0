import type { RepositoryConfig } from "../config/repository-config.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import type { Job } from "../jobs/job.ts";
import { StoppedError } from "../jobs/running-jobs.ts";
import type { CheckApi } from "../publish/check-api.ts";
import {
  beginCheckRun,
  cancelCheckRun,
  cancelOlderCheckRuns,
  type CheckSubject,
  externalId,
} from "../publish/check-run.ts";
import { createOctokitCheckApi } from "../publish/octokit-check-api.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";

export interface ReviewCheck {
  /** Ends it where no review will: it would turn for ever. `why` is one sentence. */
  cancel(why: string): Promise<void>;
  /**
   * Does the review. Where that throws, the check run is ended at once; but not where the program ends or another worker
   * has the job, since the next try takes it up again. `why` is for everything but a stop and the deadline.
   */
  during<T>(work: () => Promise<T>, why: string): Promise<T>;
  /** The publisher has completed it. */
  done(): void;
}

/** Where a review has no check run. */
export const noCheck: ReviewCheck = { cancel: async () => {}, during: (work) => work(), done: () => {} };

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
  if (!config.review.check || config.mode === "preview") return noCheck;
  const check = await beginCheck(job, { about: job.number, head, again: job.command !== null }, context);
  const checks = await checkApi(job, context);
  const older = olderHead === null ? [] : [olderHead];
  const endOlder = () => cancelOlderCheckRuns(checks, job.number, head, older);
  await check.during(() => tried(context, endOlder), endedEarly);
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
  const cancel = async (why: string): Promise<void> => {
    // The job's own signal may be what ended the review.
    const signal = context.signal.aborted ? AbortSignal.timeout(limits.abortGraceMs) : context.signal;
    try {
      const ended = await cancelCheckRun(await checkApi(job, { ...context, signal }), about, head, why);
      // What was asked for when the job was aborted may come to stand there yet: it is looked for again later.
      if (ended > 0) notes.forgetOpenCheck(noted);
    } catch (error) {
      context.log.warn({ err: error }, "the check run cannot be written");
    }
  };
  const check: ReviewCheck = {
    cancel,
    during: async (work, why) => {
      try {
        return await work();
      } catch (error) {
        const said = whyEnded(context.signal, why);
        if (said !== null) await cancel(said);
        throw error;
      }
    },
    done: () => notes.forgetOpenCheck(noted),
  };
  notes.noteOpenCheck(noted);
  await check.during(() => tried(context, () => beginCheckRun(checks, about, head, again)), endedEarly);
  return check;
}

export const endedEarly = "The review ended early. It is tried again.";

/** Null where the job goes on at another time or place. */
function whyEnded({ aborted, reason }: AbortSignal, otherwise: string): string | null {
  if (!aborted) return otherwise;
  if (reason instanceof StoppedError) return `Stopped by \`${reason.by}\`.`;
  const isLate = reason instanceof AssistantError && reason.code === "job-deadline";
  return isLate ? `Ended: ${reason.message}.` : null;
}

export async function checkApi(job: Job, { octokit, services, signal }: JobContext): Promise<CheckApi> {
  return createOctokitCheckApi(octokit, job.repository, await services.identity(), signal);
}

async function tried({ signal, log }: JobContext, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ err: error }, "the check run cannot be written");
  }
}
