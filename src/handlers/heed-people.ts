import { dismissedBefore } from "../feedback/dismissed-before.ts";
import { withDismissedMarked, withoutDismissed } from "../feedback/withhold-dismissed.ts";
import { withoutIgnored } from "../intake/ignored-findings.ts";
import type { JobContext } from "./job-context.ts";
import type { Command } from "../jobs/job.ts";
import { type LearningPull, notePublished, tryToLearn } from "./learn-from-people.ts";
import { parseMarker } from "../publish/marker.ts";
import type { Outcome } from "../publish/outcome.ts";
import type { Publisher } from "../publish/publisher.ts";

export interface HeededPull extends LearningPull {
  /** Whether findings are shown, too, whose like people turned down. */
  all: boolean;
}

/** Whether a review was asked for with everything in it. Some keyboards make one dash of two. */
export function asksForAll(command: Command | null): boolean {
  return command !== null && command.argument.split(/\s+/).some((word) => /^(?:--|–|—)all$/i.test(word));
}

/**
 * A publisher that heeds what people said about a pull request, also while a review ran: nothing unasked where it is paused,
 * no finding that is ignored there, and none like those that were turned down in the repository. It looks at what people
 * did under earlier comments first, and remembers what it says.
 * @param writes whether the publisher's comments stand on GitHub afterwards
 */
export function heedingPublisher(
  publisher: Publisher,
  pull: HeededPull,
  context: JobContext,
  writes: boolean,
): Publisher {
  let looked = false;
  return {
    async publish(outcome, signal) {
      const { paused } = context.services.notes.read(pull);
      if (paused && outcome.kind === "review" && !outcome.asked) {
        context.log.info({ pull: pull.number }, "paused: the review is not published");
        return { posted: 0, addressed: 0, standing: 0, summary: "none" };
      }
      if (!looked) await tryToLearn(pull, context);
      looked = true;
      const said = await heed(outcome, pull, context);
      const receipt = await publisher.publish(said, signal);
      if (writes && said.kind === "review") {
        notePublished(pull, said, context);
        // Now its comments have ids, and a mark where they are addressed.
        if (receipt.posted + receipt.addressed > 0) await tryToLearn(pull, context);
      }
      return receipt;
    },
  };
}

/** What is left of an outcome. */
export async function heed(outcome: Outcome, pull: HeededPull, context: JobContext): Promise<Outcome> {
  if (outcome.kind !== "review") return outcome;
  const { notes, feedback, findingEncoder } = context.services;
  const { ignored } = notes.read(pull);
  const unwanted = dismissedBefore(outcome.findings, feedback.lessons(pull.repository), findingEncoder);
  if (!outcome.findings.some(({ id }) => ignored.has(id) || unwanted.has(id))) return outcome;
  const standing = await standingFindings(pull, context);
  const said = withoutIgnored(outcome, ignored, standing);
  return pull.all ? withDismissedMarked(said, unwanted) : withoutDismissed(said, unwanted, standing);
}

/** Ids of findings whose comments stand on the lines, not marked as addressed. */
async function standingFindings(
  { repositoryId, number }: LearningPull,
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
export function isBy({ user }: { user: { login: string } | null }, login: string): boolean {
  return user?.login.toLowerCase() === login.toLowerCase();
}
