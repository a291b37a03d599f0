import type { RepositoryConfig } from "./config/repository-config.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import type { CheckApi } from "./publish/check-api.ts";
import { beginCheckRun, cancelCheckRun, cancelOlderCheckRuns } from "./publish/check-run.ts";
import { createOctokitCheckApi } from "./publish/octokit-check-api.ts";

export interface ReviewCheck {
  /** Ends it where no review will: it would turn for ever. `why` is one sentence. */
  cancel(why: string): Promise<void>;
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
  if (!config.review.check || config.mode === "preview") return { cancel: async () => {} };
  const { octokit, services, log, signal } = context;
  const checks: CheckApi = createOctokitCheckApi(octokit, job.repository, await services.identity(), signal);
  const tried = async (work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: unknown) => {
      signal.throwIfAborted();
      log.warn({ err: error, pull: job.number }, "the check run cannot be written");
    });
  };
  await tried(() => beginCheckRun(checks, job.number, head, job.command !== null));
  await tried(() => cancelOlderCheckRuns(checks, job.number, head, olderHead === null ? [] : [olderHead]));
  return { cancel: (why) => tried(() => cancelCheckRun(checks, job.number, head, why)) };
}
