import type { JobContext, JobOf } from "./job-context.ts";
import { answerMergeGroup as answerCheck } from "../publish/check-run.ts";
import { readRules } from "./repository-rules.ts";
import { checkApi } from "./review-check.ts";
import { fetchBranch } from "../workspace/open-pull.ts";

/**
 * Answers a merge queue at once, where reviews have a check run: a rule may require it, and the queue would wait for it in
 * vain. The pull requests of the group were reviewed one by one.
 */
export async function answerMergeGroup(job: JobOf<"merge-group">, context: JobContext): Promise<void> {
  const { services, mirror, remote, key, signal } = context;
  const { workspace, commit } = await services.exclusive(key, () =>
    fetchBranch(mirror, remote, job.targetBranch, signal),
  );
  const { config } = await readRules(job, context, workspace, commit);
  if (!config.review.check || config.mode === "preview") return;
  await answerCheck(await checkApi(job, context), job.head);
  context.log.info({ head: job.head }, "the merge queue was answered");
}
