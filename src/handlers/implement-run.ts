import type { RepositoryConfig } from "../config/repository-config.ts";
import { StoppedError } from "../jobs/running-jobs.ts";
import type { ImplementOutcome } from "../publish/implement-outcome.ts";
import { readImplementation, writeImplementation } from "../publish/outcome-file.ts";
import { folderOf } from "../services.ts";
import { AssistantError } from "../shared/errors.ts";
import type { OpenImplementation } from "./implement-open.ts";
import type { ProgressComment } from "./implement-progress.ts";
import { type AskedChange, documentsDigest } from "./implement-request.ts";
import type { JobContext, JobOf } from "./job-context.ts";

/**
 * How far a run goes. `plan`: nothing more is wanted. `approve`: the plan has to be approved first. `check`: it was; what is
 * written must be what it says. `write`: all of it.
 */
export type Goal = "plan" | "approve" | "check" | "write";

export function goalOf(asked: AskedChange, { implement }: RepositoryConfig): Goal {
  if (asked.task === "plan") return "plan";
  if (!implement.approve || asked.yes) return "write";
  return asked.approved === null ? "approve" : "check";
}

export interface Run {
  asked: AskedChange;
  opened: OpenImplementation;
  goal: Goal;
  progress: ProgressComment;
}

/** What this very command came to before, where the process ended between that and its last write. */
export function keptOutcome(job: JobOf<"implement">, context: JobContext): Promise<ImplementOutcome | null> {
  return readImplementation(folderFor(context), job.command.commentId, job.number);
}

/**
 * Does the work, and keeps what it came to. Errors: the signal's reason where it ended for another reason than a person's
 * word or the time: then it is tried again.
 */
export async function newOutcome(job: JobOf<"implement">, run: Run, context: JobContext): Promise<ImplementOutcome> {
  const outcome = await implementAsFar(run);
  const { aborted, reason } = context.signal;
  const isLate = aborted && reason instanceof AssistantError && reason.code === "job-deadline";
  if (aborted && !isLate && stopperOf(context.signal) === null) throw reason;
  const told = isLate ? { ...outcome, reason: `${reason.message}. ${outcome.reason}` } : outcome;
  await writeImplementation(folderFor(context), job.command.commentId, told);
  return told;
}

function folderFor({ services, key }: JobContext): string {
  return folderOf(services.config.home.outcomes, key);
}

async function implementAsFar({ asked, opened, goal, progress }: Run): Promise<ImplementOutcome> {
  const { yes: _, approved, ...request } = asked;
  const tell = progress.tell.bind(progress);
  if (goal === "write") return opened.implement({ ...request, planOnly: false }, tell);
  const planned = await opened.implement({ ...request, planOnly: true }, tell);
  if (goal === "plan" || planned.verdict !== "planned") return planned;
  if (goal === "check" && documentsDigest(planned) === approved)
    return opened.implement({ ...request, planOnly: false }, tell);
  const reason =
    goal === "check"
      ? "The code has changed since the plan was approved, and the plan with it."
      : "In this repository a plan is approved before any code is written.";
  return { ...planned, reason };
}

/** Login of who ended a run; null where it goes on, or ended otherwise. */
export function stopperOf({ aborted, reason }: AbortSignal): string | null {
  return aborted && reason instanceof StoppedError ? reason.by : null;
}
