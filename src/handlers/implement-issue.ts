import type { RepositoryConfig } from "../config/repository-config.ts";
import { cleanOutcome } from "../publish/clean-outcome.ts";
import { findAttempts, isAttemptOf, publishChange, type PublishedChange } from "../publish/publish-change.ts";
import type { ImplementOutcome } from "../publish/implement-outcome.ts";
import { pullLink } from "../publish/markdown/links.ts";
import { progressComment } from "../publish/markdown/implement-progress.ts";
import { implementComment } from "../publish/markdown/implement-result.ts";
import { sanitizeInline } from "../publish/markdown/sanitize.ts";
import { createOctokitChangeApi } from "../publish/octokit-change-api.ts";
import { escapeText } from "../publish/markdown/escape.ts";
import { AssistantError } from "../shared/errors.ts";
import { openImplementation, type OpenImplementation } from "./implement-open.ts";
import { openProgressComment, type ProgressComment } from "./implement-progress.ts";
import { type AskedChange, documentsDigest, readAskedChange, requestDigest } from "./implement-request.ts";
import { type Goal, goalOf, keptOutcome, newOutcome, stopperOf } from "./implement-run.ts";
import { type ImplementSubject, readImplementSubject } from "./implement-subject.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { answer } from "./job-steps.ts";
import { mayCommand } from "./may-command.ts";
import { react } from "./react.ts";
import { documentsText, rememberDocuments } from "./specifications.ts";
import { stoppedBy } from "./stop-work.ts";

type Job = JobOf<"implement">;
type Workable = Extract<ImplementSubject, { kind: "issue" | "pull" }>;

/**
 * Writes what an issue asks for, or its plan: one comment that tells how far it is and what it came to; a branch with a draft
 * pull request where it passed. Asked for on a pull request of ours it goes on with that one.
 */
export async function implementIssue(job: Job, context: JobContext): Promise<void> {
  try {
    await implementWhatIsAsked(job, context);
  } catch (error) {
    if (!(error instanceof AssistantError) || error.code !== "not-permitted") throw error;
    const { message, remedy } = error;
    context.log.warn({ number: job.number, reason: message, remedy }, "not implemented: not permitted, or locked");
    await react({ ...job, onLines: job.thread !== null }, "confused", context);
  }
}

async function implementWhatIsAsked(job: Job, context: JobContext): Promise<void> {
  if (!(await mayCommand(job, context))) return;
  const subject = await readImplementSubject(job, context);
  if (subject.kind === "gone") return;
  if (subject.kind === "refused") return answer(job, job.command, subject.reason, context);

  const asked = await readAskedChange(job, context);
  const opened = await openImplementation(job, subject, context);
  try {
    await work(job, { subject, asked, opened }, context);
  } finally {
    opened.close();
  }
}

/** Defaults know neither what is protected nor that a plan has to be approved. Markdown; null where the rules are known. */
function whyUnruled({ problem }: OpenImplementation, goal: Goal): string | null {
  if (problem === null || goal === "plan") return null;
  const wrong = problem.replace(", so the defaults are used", "").replace(/[.:\s]+$/, "");
  return (
    `${sanitizeInline(`not begun: ${wrong}`)}. What must not be changed, what a change is checked by and whether its plan ` +
    "has to be approved stand there; `/assistant plan` works all the same."
  );
}

/** One attempt at an issue at a time: what is wanted of it is said where it stands. Markdown; null where there is none. */
async function openAttempt(job: Job, subject: Workable, context: JobContext): Promise<string | null> {
  if (subject.kind === "pull" || job.command.verb === "plan") return null;
  const attempts = await findAttempts(await changeContext(job, context), subject.issue);
  const open = attempts.find((one) => one.pull !== null && !isAttemptOf(one, job.command.commentId))?.pull;
  if (!open) return null;
  return (
    `not begun: ${pullLink(job.repository, open.number)} is open for this issue. Say there what should be different, ` +
    "`/assistant implement WHAT`, and it gets a further commit; or close it and ask again for a new attempt."
  );
}

interface Work {
  subject: Workable;
  asked: AskedChange;
  opened: OpenImplementation;
}

async function work(job: Job, { subject, asked, opened }: Work, context: JobContext): Promise<void> {
  const { config } = opened;
  const silent = config.mode === "preview";
  const goal = goalOf(asked, config);
  const progress = await openProgressComment(job, { planOnly: goal !== "write", silent }, context);
  const endWith = (note: string): Promise<void> =>
    progress.end((status) => progressComment({ ...status, ended: true }, note));
  const kept = await keptOutcome(job, context);
  const stopped = stoppedBy(job, context);
  if (stopped !== null && kept === null)
    return endWith(`stopped by ${escapeText(stopped)}. Nothing was written to the repository.`);
  const obstacle = (kept === null ? whyUnruled(opened, goal) : null) ?? (await openAttempt(job, subject, context));
  if (obstacle !== null) return endWith(obstacle);
  await progress.begin();
  try {
    const outcome = kept ?? (await newOutcome(job, { asked, opened, goal, progress }, context));
    const stopper = stopped ?? stopperOf(context.signal);
    // From here on it is done to its end: half of it would have to be cleared away by hand.
    const isWritten = !silent && stopper === null && isWorthWriting(outcome);
    const shown = await cleaned(outcome, config);
    const published = isWritten ? await write(job, { subject, outcome: shown, opened }, context) : null;
    const waits = outcome.verdict === "planned";
    const result = {
      outcome: shown,
      published,
      plan: waits ? { request: requestDigest(asked), documents: documentsDigest(outcome) } : null,
      approve: waits && goal !== "plan",
      stoppedBy: stopper,
      onPull: subject.kind === "pull",
    };
    await progress.end((status) => implementComment(job.repository, status, result));
    if (published?.kind === "opened") await remember(job, shown, published.pull.number, context);
    if (published?.kind === "pushed") await remember(job, shown, published.number, context);
    context.log.info({ number: job.number, verdict: outcome.verdict, published: published?.kind }, "implemented");
  } catch (error) {
    await tellFailure(error, progress, context);
    throw error;
  }
}

/** As it may be shown. The files are what was checked, and stay so. */
async function cleaned(outcome: ImplementOutcome, { hygiene }: RepositoryConfig): Promise<ImplementOutcome> {
  const texts = await cleanOutcome({ ...outcome, files: [] }, hygiene.personal_data);
  return { ...texts, files: outcome.files };
}

/** Only what applies, parses, and failed no command. */
function isWorthWriting({ verdict, files }: ImplementOutcome): boolean {
  return (verdict === "passed" || verdict === "unverified") && files.length > 0;
}

async function write(
  job: Job,
  { subject, outcome, opened }: { subject: Workable; outcome: ImplementOutcome; opened: OpenImplementation },
  context: JobContext,
): Promise<PublishedChange> {
  const { sender, commentId } = job.command;
  return publishChange(await changeContext(job, context), {
    outcome: withPlanFile(outcome, subject.issue, opened.config.implement.documents),
    comment: commentId,
    requester: sender,
    issue: subject.issue,
    target: opened.target,
    follow: subject.kind === "pull" ? subject : null,
    executables: opened.executables,
  });
}

/** Where a repository wants its plans among its files. */
function withPlanFile(outcome: ImplementOutcome, issue: number, folder: string | null): ImplementOutcome {
  if (folder === null) return outcome;
  const path = `${folder.replace(/\/+$/, "")}/issue-${issue}.md`;
  const after = `# ${outcome.title}\n\n${documentsText(outcome)}`;
  return { ...outcome, files: [...outcome.files.filter((file) => file.path !== path), { path, before: null, after }] };
}

async function changeContext({ repository }: Job, { octokit, services }: JobContext) {
  return { api: createOctokitChangeApi(octokit, repository), repository, identity: await services.identity() };
}

/** The next request is read with the plan of this one. Nothing is done again because that fails. */
async function remember(
  { repository }: Job,
  outcome: ImplementOutcome,
  pull: number,
  context: JobContext,
): Promise<void> {
  try {
    await rememberDocuments(context.services.config.home.knowledge, repository, outcome, pull);
  } catch (error) {
    context.log.warn({ err: error }, "the plan is not kept");
  }
}

/** A comment that says "under way" for ever would be worse than what went wrong. */
async function tellFailure(error: unknown, progress: ProgressComment, { signal, log }: JobContext): Promise<void> {
  const stopper = stopperOf(signal);
  const cause: unknown = signal.aborted ? signal.reason : error;
  // Another worker has the job now, and writes the comment itself.
  if (cause instanceof AssistantError && cause.code === "lease-lost") return;
  const isFinal = cause instanceof AssistantError && !cause.transient;
  const note =
    stopper !== null
      ? `stopped by ${stopper}.`
      : isFinal
        ? `ended early: ${cause.message}. ${cause.remedy}`
        : "interrupted. It goes on by itself.";
  try {
    await progress.end((status) => progressComment({ ...status, ended: isFinal || stopper !== null }, note));
  } catch (failure) {
    log.info({ err: failure }, "what went wrong is not shown");
  }
}
