import type { JobContext, JobOf } from "./job-context.ts";
import { cancelCheckRun } from "../publish/check-run.ts";
import { checkApi } from "./review-check.ts";
import type { ServerServices } from "../services.ts";
import { AssistantError } from "../shared/errors.ts";
import { repositoryKey } from "../shared/repository.ts";

/**
 * Gives the queue a job for each check run that was begun before a time and never ended: a crash, a deadline or a failure on
 * GitHub's side left it open. A review that is still to come runs first, or takes its check run up again.
 * @param before epoch ms
 */
export async function queueOpenChecks({ notes, queue }: ServerServices, before: number): Promise<void> {
  for (const check of notes.openChecks(before)) {
    const id = `open check ${repositoryKey(check.repository)} ${check.about} ${check.head} ${before}`;
    await queue.accept({ id, event: "open-check" }, [{ kind: "open-check", ...check }]);
  }
}

export async function endOpenCheck(job: JobOf<"open-check">, context: JobContext): Promise<void> {
  const { notes } = context.services;
  const isOpen = notes.openChecks(Infinity).some(({ about, head, repository }) => {
    return about === job.about && head === job.head && repositoryKey(repository) === context.key;
  });
  // Its review came to its end meanwhile.
  if (!isOpen) return;
  try {
    await cancelCheckRun(await checkApi(job, context), job.about, job.head, "The review did not come to its end.");
  } catch (error) {
    if (!(error instanceof AssistantError && error.code === "not-permitted")) throw error;
  }
  notes.forgetOpenCheck(job);
}
