import type { RepositoryConfig } from "../config/repository-config.ts";
import { isBy } from "./heed-people.ts";
import type { PullKey } from "../intake/pull-notes.ts";
import { namedFinding, steeringAnswers } from "../intake/steering.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { parseMarker } from "../publish/marker.ts";

/**
 * Notes what a person who may said about how a pull request is treated.
 * @returns the answer, in Markdown
 */
export async function steerPull(job: JobOf<"steer">, config: RepositoryConfig, context: JobContext): Promise<string> {
  const { notes, feedback } = context.services;
  const { verb, commentId, sender } = job.command;
  const pull: PullKey = { repository: context.key, number: job.number };
  if (verb === "ignore") {
    const finding = await findingMeant(job, pull, context);
    if (finding === null) return steeringAnswers.noFinding;
    notes.ignoreFinding(pull, finding, sender);
    feedback.noteIgnored(pull, finding, sender);
    return steeringAnswers.ignored;
  }
  notes.setPaused(pull, verb === "pause", commentId);
  if (verb === "pause") return steeringAnswers.paused;
  await reviewWhatWasMissed(job, context);
  return steeringAnswers.resumed(config);
}

/** The finding that a command names, or in whose thread it stands. Only our own comments are findings. */
async function findingMeant(
  job: JobOf<"steer">,
  pull: PullKey,
  { octokit, services }: JobContext,
): Promise<string | null> {
  if (job.command.argument !== "" || job.thread === null)
    return namedFinding(
      job.command.argument,
      services.feedback.published(pull).map(({ id }) => id),
    );
  const { owner, name: repo } = job.repository;
  const { data } = await octokit.rest.pulls.getReviewComment({ owner, repo, comment_id: job.thread });
  const { login } = await services.identity();
  const marker = isBy(data, login) ? parseMarker(data.body) : null;
  return marker?.kind === "finding" ? marker.id : null;
}

/** Pushes during a pause were left alone; the job looks itself whether there were any. */
async function reviewWhatWasMissed(job: JobOf<"steer">, { services, key }: JobContext): Promise<void> {
  const { repository, installationId, number, command } = job;
  const id = `resume ${key} #${number} ${command.commentId}`;
  const review = {
    kind: "review",
    repository,
    installationId,
    number,
    head: "",
    command: null,
    unreadOnly: true,
  } as const;
  await services.queue.accept({ id, event: "resume" }, [review]);
}
