import { hasRole } from "../intake/permission.ts";
import { findCommand, refusalText, tooManyText } from "../intake/registry.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { answer } from "./job-steps.ts";

/** Whether whoever asked may, and has not asked too often; otherwise they are told so, once. */
export async function mayCommand(job: JobOf<"implement" | "stop">, context: JobContext): Promise<boolean> {
  const { octokit, services, key, log } = context;
  const { sender, commentId, verb } = job.command;
  const entry = findCommand(verb);
  if (entry === null) return false;
  const ask = { repository: key, sender, comment: commentId };
  const isAllowed = await hasRole(octokit, job.repository, sender, entry.leastRole);
  // Nobody has to wait until they may end something.
  if (isAllowed && (job.kind === "stop" || services.asks.take(ask))) return true;
  log.info({ sender, comment: commentId, reason: isAllowed ? "too often" : "role" }, "a command is refused");
  if (services.asks.mayRefuse(ask))
    await answer(job, job.command, isAllowed ? tooManyText() : refusalText(entry), context);
  return false;
}
