import type { Octokit } from "@octokit/rest";
import { installationClient } from "./config/github-app.ts";
import { hasRole } from "./intake/permission.ts";
import { findCommand } from "./intake/registry.ts";
import type { Job } from "./jobs/job.ts";
import { react } from "./react.ts";
import type { ServerServices } from "./services.ts";
import { messageOf } from "./shared/errors.ts";

/**
 * Reacts with 👀 to a command whose answer takes a while, as soon as it is accepted: the job itself may have to wait for
 * others. Only to people who may; a plain question is not known to be ours yet. Nothing depends on it, so it never fails.
 */
export async function acknowledge(job: Job, { probot, log }: Pick<ServerServices, "probot" | "log">): Promise<void> {
  const command = commandThatTakesTime(job);
  const entry = command && findCommand(command.verb);
  if (!command || !entry) return;
  try {
    // Probot's client has the same endpoint methods; only its type is another one.
    const octokit = (await installationClient(probot, job.installationId)) as unknown as Octokit;
    if (!(await hasRole(octokit, job.repository, command.sender, entry.leastRole))) return;
    const onLines = "onLines" in command;
    await react({ repository: job.repository, command, onLines }, "eyes", { octokit, log });
  } catch (error) {
    log.info({ comment: command.commentId, reason: messageOf(error) }, "not acknowledged");
  }
}

function commandThatTakesTime(job: Job) {
  if (job.kind === "triage") return job.command;
  // A review that was asked for on lines, or by a check run's button, names its head.
  if (job.kind === "review") return job.head === "" ? job.command : null;
  if (job.kind !== "ask" || job.plain !== null) return null;
  return job.thread === null ? job.command : { ...job.command, onLines: true as const };
}
