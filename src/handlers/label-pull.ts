import type { RepositoryConfig } from "../config/repository-config.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import type { ReviewOutcome } from "../publish/outcome.ts";
import { planLabels } from "../publish/size-label.ts";
import { severityOf } from "../tasks/review/severity.ts";

/**
 * Says by labels how big a pull request is and whether something grave was found, where the repository wants that. What goes
 * wrong is logged: the review stands.
 */
export async function labelPull(
  job: JobOf<"review">,
  { config, outcome }: { config: RepositoryConfig; outcome: ReviewOutcome },
  { octokit, log, signal }: JobContext,
): Promise<void> {
  const { size_labels: sizes, risk_label: risk } = config.review;
  const wanted = Object.keys(sizes).length > 0 || risk !== undefined;
  if (!wanted || config.mode === "preview") return;
  const place = { owner: job.repository.owner, repo: job.repository.name };
  const { issues } = octokit.rest;
  try {
    const pull = { ...place, issue_number: job.number };
    const all = await octokit.paginate(issues.listLabelsForRepo, { ...place, per_page: 100 });
    // As they are now: the review may have taken minutes.
    const own = await octokit.paginate(issues.listLabelsOnIssue, { ...pull, per_page: 100 });
    const isRisky = outcome.findings.some((finding) => severityOf(finding) === "high");
    const plan = planLabels(
      { sizes, risk, isRisky },
      {
        lines: outcome.coverage.linesRead,
        onPull: own.map(({ name }) => name),
        inRepository: all.map(({ name }) => name),
      },
    );
    if (plan.add.length > 0) await issues.addLabels({ ...pull, labels: plan.add });
    for (const name of plan.remove) await issues.removeLabel({ ...pull, name });
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ err: error, pull: job.number }, "labels cannot be written");
  }
}
