import { limits } from "../shared/limits.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { CheckAnnotation, CheckApi, StoredCheckRun } from "./check-api.ts";
import { checkAnnotations, checkConclusion, checkSummary, checkTitle } from "./markdown/check-output.ts";
import type { ReviewOutcome } from "./outcome.ts";

/** What people see, and name in rules for branches. */
const checkName = "Engram Assistant";

/**
 * Shows that a review is under way. Beginning again what was begun changes nothing.
 * @param number of the pull request; null for a push without one
 * @param again a person asked for another run: one that is completed is not taken up again
 * @returns the run's id
 */
export async function beginCheckRun(
  checks: CheckApi,
  number: number | null,
  head: string,
  again = false,
): Promise<number> {
  const standing = await newestRun(checks, number, head);
  if (standing && !(again && standing.status === "completed")) return standing.id;
  return createRun(checks, number, head);
}

/**
 * Brings the check run of a commit to what the outcome says, and completes it; begins it where nobody did. Annotations that
 * stand there are not written again, so a run that broke off anywhere is repeated. GitHub takes no annotation back: those
 * of an earlier outcome on the same commit stay.
 */
export async function completeCheckRun(
  checks: CheckApi,
  repository: RepositoryId,
  number: number | null,
  outcome: ReviewOutcome,
): Promise<"updated" | "unchanged"> {
  const standing = await newestRun(checks, number, outcome.head);
  const id = standing?.id ?? (await createRun(checks, number, outcome.head));
  const written = standing && standing.annotations > 0 ? await checks.annotations(id) : [];
  const missing = withoutThose(checkAnnotations(outcome), written);
  const output = { title: checkTitle(outcome), summary: checkSummary(repository, outcome) };
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
  number: number | null,
  head: string,
  why: string,
): Promise<number> {
  const open = (await ownRuns(checks, number, head)).filter(({ status }) => status !== "completed");
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

async function createRun(checks: CheckApi, number: number | null, head: string): Promise<number> {
  return checks.createCheckRun({
    name: checkName,
    head_sha: head,
    external_id: externalId(number),
    status: "in_progress",
  });
}

async function newestRun(checks: CheckApi, number: number | null, head: string): Promise<StoredCheckRun | undefined> {
  return (await ownRuns(checks, number, head)).at(-1);
}

async function ownRuns(checks: CheckApi, number: number | null, head: string): Promise<StoredCheckRun[]> {
  return (await checks.checkRuns(head)).filter((run) => run.externalId === externalId(number));
}

/** One commit may be the head of several pull requests. */
function externalId(number: number | null): string {
  return number === null ? "push" : `pull-${number}`;
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
