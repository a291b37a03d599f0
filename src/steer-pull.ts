import type { RepositoryConfig } from "./config/repository-config.ts";
import { withoutIgnored } from "./intake/ignored-findings.ts";
import type { PullKey } from "./intake/pull-notes.ts";
import { namedFinding, steeringAnswers } from "./intake/steering.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { parseMarker } from "./publish/marker.ts";
import type { Outcome } from "./publish/outcome.ts";
import type { Publisher } from "./publish/publisher.ts";
import type { RepositoryId } from "./shared/repository.ts";

/**
 * Notes what a person who may said about how a pull request is treated.
 * @returns the answer, in Markdown
 */
export async function steerPull(job: JobOf<"steer">, config: RepositoryConfig, context: JobContext): Promise<string> {
  const { notes } = context.services;
  const { verb, commentId, sender } = job.command;
  const pull: PullKey = { repository: context.key, number: job.number };
  if (verb === "ignore") {
    const finding = await findingMeant(job, context);
    if (finding === null) return steeringAnswers.noFinding;
    notes.ignoreFinding(pull, finding, sender);
    return steeringAnswers.ignored;
  }
  notes.setPaused(pull, verb === "pause", commentId);
  if (verb === "pause") return steeringAnswers.paused;
  await reviewWhatWasMissed(job, context);
  return steeringAnswers.resumed(config);
}

/** The finding that a command names, or in whose thread it stands. Only our own comments are findings. */
async function findingMeant(job: JobOf<"steer">, { octokit, services }: JobContext): Promise<string | null> {
  if (job.command.argument !== "" || job.thread === null) return namedFinding(job.command.argument);
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

/**
 * A publisher that heeds what was said about a pull request, also while a review ran: nothing unasked where it is paused,
 * and no finding that is ignored.
 */
export function heedingPublisher(
  publisher: Publisher,
  pull: PullKey & { repositoryId: RepositoryId },
  context: JobContext,
): Publisher {
  return {
    async publish(outcome, signal) {
      const { paused } = context.services.notes.read(pull);
      if (paused && outcome.kind === "review" && !outcome.asked) {
        context.log.info({ pull: pull.number }, "paused: the review is not published");
        return { posted: 0, addressed: 0, standing: 0, summary: "none" };
      }
      return publisher.publish(await heed(outcome, pull, context), signal);
    },
  };
}

/** What is left of an outcome. */
export async function heed(
  outcome: Outcome,
  pull: PullKey & { repositoryId: RepositoryId },
  context: JobContext,
): Promise<Outcome> {
  if (outcome.kind !== "review") return outcome;
  const { ignored } = context.services.notes.read(pull);
  if (!outcome.findings.some(({ id }) => ignored.has(id))) return outcome;
  return withoutIgnored(outcome, ignored, await standingFindings(pull, context));
}

/** Ids of findings whose comments stand on the lines, not marked as addressed. */
async function standingFindings(
  { repositoryId, number }: PullKey & { repositoryId: RepositoryId },
  { octokit, services, signal }: JobContext,
): Promise<Set<string>> {
  const { login } = await services.identity();
  const { owner, name: repo } = repositoryId;
  const request = { owner, repo, pull_number: number, per_page: 100, request: { signal } };
  const comments = await octokit.paginate(octokit.rest.pulls.listReviewComments, request);
  const standing = new Set<string>();
  for (const comment of comments) {
    const marker = isBy(comment, login) ? parseMarker(comment.body) : null;
    if (marker?.kind === "finding" && !marker.addressed) standing.add(marker.id);
  }
  return standing;
}

/** GitHub gives no user for accounts that are gone. */
function isBy({ user }: { user: { login: string } | null }, login: string): boolean {
  return user?.login.toLowerCase() === login.toLowerCase();
}
