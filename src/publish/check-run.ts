import { limits } from "../shared/limits.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { CheckAnnotation, CheckApi, StoredCheckRun } from "./check-api.ts";
import { checkAnnotations, checkConclusion, checkSummary, checkTitle } from "./markdown/check-output.ts";
import type { ReviewOutcome } from "./outcome.ts";

/** What people see, and name in rules for branches. */
const checkName = "Engram Assistant";

/** What a check run is about: the number of a pull request, or the words by which another one is known again. */
export type CheckSubject = number | string;

/** A push without a pull request: what it brought on top of a commit. The same words name it where the run is asked for again. */
export function pushSubject(since: string): string {
  return `push-${since}`;
}

/** A group of a merge queue. */
const groupSubject = "merge-group";

/**
 * Shows that a review is under way. Beginning again what was begun changes nothing.
 * @param again a person asked for another run: one that is completed is not taken up again
 * @returns the run's id
 */
export async function beginCheckRun(
  checks: CheckApi,
  about: CheckSubject,
  head: string,
  again = false,
): Promise<number> {
  const standing = await newestRun(checks, about, head);
  if (standing && !(again && standing.status === "completed")) return standing.id;
  return createRun(checks, about, head);
}

/**
 * Brings the check run of a commit to what the outcome says, and completes it; begins it where nobody did. Annotations that
 * stand there are not written again, so a run that broke off anywhere is repeated. GitHub takes no annotation back: those
 * of an earlier outcome on the same commit stay.
 * @param summary where no conversation tells more: all of it
 */
export async function completeCheckRun(
  checks: CheckApi,
  repository: RepositoryId,
  about: CheckSubject,
  outcome: ReviewOutcome,
  summary: string = checkSummary(repository, outcome),
): Promise<"updated" | "unchanged"> {
  const standing = await newestRun(checks, about, outcome.head);
  const id = standing?.id ?? (await createRun(checks, about, outcome.head));
  const written = standing && standing.annotations > 0 ? await checks.annotations(id) : [];
  const missing = withoutThose(checkAnnotations(outcome), written);
  const output = { title: checkTitle(outcome), summary };
  const conclusion = checkConclusion(outcome);
  if (missing.length === 0 && standing && says(standing, { ...output, conclusion })) return "unchanged";

  const last = Math.floor(Math.max(0, missing.length - 1) / limits.annotationsPerRequest);
  for (let batch = 0; batch <= last; batch += 1) {
    const from = batch * limits.annotationsPerRequest;
    const annotations = missing.slice(from, from + limits.annotationsPerRequest);
    await checks.updateCheckRun(id, {
      ...(batch === last && { status: "completed", conclusion }),
      output: { ...output, ...(annotations.length > 0 && { annotations }) },
    });
  }
  return "updated";
}

/**
 * Ends our runs of a commit that nothing will complete: its review failed, or a newer head took its place.
 * @param why one sentence, Markdown of ours
 * @returns how many there were
 */
export async function cancelCheckRun(
  checks: CheckApi,
  about: CheckSubject,
  head: string,
  why: string,
): Promise<number> {
  const open = (await ownRuns(checks, about, head)).filter(({ status }) => status !== "completed");
  for (const { id } of open) {
    const output = { title: "Not completed", summary: why };
    await checks.updateCheckRun(id, { status: "completed", conclusion: "cancelled", output });
  }
  return open.length;
}

/**
 * Ends what a crash or a newer push left unfinished on older heads: those among the pull request's newest commits, and
 * those named, such as a head that a force-push took away.
 */
export async function cancelOlderCheckRuns(
  checks: CheckApi,
  number: number,
  head: string,
  olderHeads: readonly string[] = [],
): Promise<number> {
  const commits = (await checks.pullCommits(number)).slice(-limits.orphanedHeads);
  const heads = new Set([...commits, ...olderHeads.slice(-limits.orphanedHeads)]);
  heads.delete(head);
  let cancelled = 0;
  for (const older of heads)
    cancelled += await cancelCheckRun(checks, number, older, "A newer commit is reviewed instead.");
  return cancelled;
}

/** Answers a merge queue, which waits for the check and not for a review: each pull request had its own. */
export async function answerMergeGroup(checks: CheckApi, head: string): Promise<void> {
  const standing = await newestRun(checks, groupSubject, head);
  const id = standing?.id ?? (await createRun(checks, groupSubject, head));
  if (standing?.status === "completed") return;
  const summary = "A group of the merge queue is not reviewed: the pull requests in it were reviewed one by one.";
  await checks.updateCheckRun(id, {
    status: "completed",
    conclusion: "neutral",
    output: { title: "Not reviewed: a group of the merge queue", summary },
  });
}

async function createRun(checks: CheckApi, about: CheckSubject, head: string): Promise<number> {
  return checks.createCheckRun({
    name: checkName,
    head_sha: head,
    external_id: externalId(about),
    status: "in_progress",
  });
}

async function newestRun(checks: CheckApi, about: CheckSubject, head: string): Promise<StoredCheckRun | undefined> {
  return (await ownRuns(checks, about, head)).at(-1);
}

async function ownRuns(checks: CheckApi, about: CheckSubject, head: string): Promise<StoredCheckRun[]> {
  return (await checks.checkRuns(head)).filter((run) => run.externalId === externalId(about));
}

/** One commit may be the head of several pull requests. */
export function externalId(about: CheckSubject): string {
  return typeof about === "number" ? `pull-${about}` : about;
}

function withoutThose(wanted: CheckAnnotation[], written: readonly CheckAnnotation[]): CheckAnnotation[] {
  const keys = new Set(written.map(annotationKey));
  return wanted.filter((one) => !keys.has(annotationKey(one)));
}

function annotationKey({ path, start_line, end_line, title, message }: CheckAnnotation): string {
  return JSON.stringify([path, start_line, end_line, title, message.trim()]);
}

function says(run: StoredCheckRun, wanted: { title: string; summary: string; conclusion: string }): boolean {
  const sameText = run.title === wanted.title && run.summary.trimEnd() === wanted.summary.trimEnd();
  return sameText && run.status === "completed" && run.conclusion === wanted.conclusion;
}
