import type { Octokit } from "@octokit/rest";
import { installationClient } from "../config/github-app.ts";
import { parseRepositoryConfig, repositoryConfigPath } from "../config/repository-config.ts";
import { hasRole } from "../intake/permission.ts";
import { findCommand } from "../intake/registry.ts";
import type { Job } from "../jobs/job.ts";
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
    if (!(await hasRole(octokit, job.repository, command.sender, entry.leastRole))) return;
    if (job.kind === "stop") await endWork(job, services);
    if (await isPreview(job, octokit, services)) return;
    const onLines = "onLines" in command;
    await react({ repository: job.repository, command, onLines }, "eyes", { octokit, log });
  } catch (error) {
    log.info({ comment: command.commentId, reason: messageOf(error) }, "not acknowledged");
  }
}

type AcknowledgeServices = Pick<ServerServices, "probot" | "log" | "organisationConfigs" | "queue" | "notes" | "running">;

/** In preview nothing at all is written. Asked from GitHub, since git may first have to wait for another job's fetch. */
async function isPreview(
  { repository, installationId }: Job,
  octokit: Octokit,
  { organisationConfigs }: Pick<ServerServices, "organisationConfigs">,
): Promise<boolean> {
  const { owner, name: repo } = repository;
  const path = repositoryConfigPath;
  try {
    const { data } = await octokit.rest.repos.getContent({ owner, repo, path });
    const text = "content" in data ? Buffer.from(data.content, "base64").toString("utf8") : null;
    return parseRepositoryConfig(text).config.mode === "preview";
  } catch (error) {
    if (!(error instanceof Error && "status" in error && error.status === 404)) throw error;
    const text = await organisationConfigs.read(owner, installationId);
    return parseRepositoryConfig(text).config.mode === "preview";
  }
}

function commandThatTakesTime(job: Job) {
  if (job.kind === "triage") return job.command;
  // A review that was asked for on lines, or by a check run's button, names its head.
  if (job.kind === "review") return job.head === "" ? job.command : null;
  if (job.kind !== "ask" && job.kind !== "implement" && job.kind !== "stop") return null;
  if (job.kind === "ask" && job.plain !== null) return null;
  return job.thread === null ? job.command : { ...job.command, onLines: true as const };
}
