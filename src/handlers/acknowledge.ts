import type { Octokit } from "@octokit/rest";
import { installationClient } from "../config/github-app.ts";
import type { RepositoryConfig } from "../config/repository-config.ts";
import { hasRole } from "../intake/permission.ts";
import { findCommand } from "../intake/registry.ts";
import type { Job } from "../jobs/job.ts";
import { rulesOfPlace } from "./installed-places.ts";
import { react } from "./react.ts";
import { endWork } from "./stop-work.ts";
import type { ServerServices } from "../services.ts";
import { messageOf } from "../shared/errors.ts";

/**
 * Reacts with 👀 to a command whose answer takes a while, as soon as it is accepted: the job itself may have to wait for
 * others. What is to end ends at once. Only to people who may; a plain question is not known to be ours yet. Nothing depends on it, so it never fails.
 */
export async function acknowledge(job: Job, services: AcknowledgeServices): Promise<void> {
  const { probot, log } = services;
  const command = commandThatTakesTime(job);
  const entry = command && findCommand(command.verb);
  if (!command || !entry) return;
  try {
    // Probot's client has the same endpoint methods; only its type is another one.
    const octokit = (await installationClient(probot, job.installationId)) as unknown as Octokit;
    // Asked from GitHub, since git may first have to wait for another job's fetch.
    const rules = once(async () => (await rulesOfPlace({ ...job, octokit }, services)).config);
    const leastRole = job.kind === "triage" ? (await rules()).triage.command_role : entry.leastRole;
    if (!(await hasRole(octokit, job.repository, command.sender, leastRole))) return;
    if (job.kind === "stop") await endWork(job, services);
    // There nothing at all is written.
    if ((await rules()).mode === "preview") return;
    const onLines = "onLines" in command;
    await react({ repository: job.repository, command, onLines }, "eyes", { octokit, log });
  } catch (error) {
    log.info({ comment: command.commentId, reason: messageOf(error) }, "not acknowledged");
  }
}

type AcknowledgeServices = Pick<
  ServerServices,
  "probot" | "log" | "config" | "organisationConfigs" | "queue" | "notes" | "running"
>;

function once(read: () => Promise<RepositoryConfig>): () => Promise<RepositoryConfig> {
  let reading: Promise<RepositoryConfig> | undefined;
  return () => (reading ??= read());
}

function commandThatTakesTime(job: Job) {
  if (job.kind === "triage") return job.command;
  if (job.kind === "review" && job.onLines === true) return job.command && { ...job.command, onLines: true as const };
  // A review that was asked for by a check run's button has no comment, and names its head.
  if (job.kind === "review") return job.head === "" ? job.command : null;
  if (job.kind !== "ask" && job.kind !== "implement" && job.kind !== "stop") return null;
  if (job.kind === "ask" && job.plain !== null) return null;
  return job.thread === null ? job.command : { ...job.command, onLines: true as const };
}
