import type { Octokit } from "@octokit/rest";
import { forgetToken, installationClient } from "../config/github-app.ts";
import { hasRole } from "../intake/permission.ts";
import { findCommand, refusalText } from "../intake/registry.ts";
import type { Job } from "../jobs/job.ts";
import type { ServerServices } from "../services.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { repositoryKey } from "../shared/repository.ts";
import { type JobOf, openJobContext } from "./job-context.ts";
import { answer } from "./job-steps.ts";

/** What is done for a job: `run-job.ts`. */
export type RunJob = (job: Job, services: ServerServices, signal: AbortSignal, attempt: number) => Promise<void>;

/**
 * Does a job unless its repository, or the app as a whole, is switched off. Then what would write is dropped, also in the
 * middle; what only learns or forgets is done, so that nothing is missing once it is on again.
 */
export function unlessOff(run: RunJob): RunJob {
  return async (job, services, signal, attempt) => {
    const { serviceNotes, log } = services;
    const said = { job: job.kind, repository: repositoryKey(job.repository) };
    const isSwitch = isSwitchJob(job);
    if (!isSwitch && writes(job) && serviceNotes.isOff(said.repository)) {
      return log.info(said, "switched off: dropped");
    }
    // The answer to a switch is the last thing that is said; where the whole app is off not even that.
    if (isSwitch && serviceNotes.isOff()) return log.info(said, "switched off as a whole: dropped");
    try {
      await run(job, services, signal, attempt);
    } catch (error) {
      if (isRefusedToken(error)) await forgetToken(services.probot, job.installationId);
      if (!(error instanceof AssistantError && error.code === "switched-off")) throw error;
      log.info(said, "switched off meanwhile: dropped");
    }
  };
}

/** As `run`, where `/assistant on` and `off` are done. */
export function switching(run: RunJob): RunJob {
  return (job, ...how) => (isSwitchJob(job) ? answerSwitch(job, ...how) : run(job, ...how));
}

/** 401 of GitHub, also as the cause of what is thrown. */
function isRefusedToken(error: unknown): boolean {
  return [error, error instanceof Error ? error.cause : null].some((one) => {
    return one instanceof Error && "status" in one && one.status === 401;
  });
}

/** At once, also while a long job runs: whoever switches the app off is in a hurry. Its job says so afterwards. */
export async function switchAtOnce(job: Job, services: ServerServices): Promise<void> {
  if (!isSwitchJob(job) || services.serviceNotes.isOff()) return;
  try {
    const octokit = (await installationClient(services.probot, job.installationId)) as unknown as Octokit;
    await switchIfMay(job, octokit, services);
  } catch (error) {
    services.log.warn(
      { comment: job.command.commentId, reason: messageOf(error) },
      "not switched yet; its job follows",
    );
  }
}

export function isSwitchJob(job: Job): job is JobOf<"answer"> {
  return job.kind === "answer" && (job.command.verb === "off" || job.command.verb === "on");
}

function writes({ kind }: Job): boolean {
  return !["forget", "closed", "sync", "embed"].includes(kind);
}

async function switchIfMay(job: JobOf<"answer">, octokit: Octokit, { serviceNotes }: ServerServices): Promise<boolean> {
  const { verb, sender, commentId } = job.command;
  const entry = findCommand(verb);
  if (!entry || !(await hasRole(octokit, job.repository, sender, entry.leastRole))) return false;
  serviceNotes.setSwitch(repositoryKey(job.repository), verb === "off", sender, commentId);
  return true;
}

async function answerSwitch(
  job: JobOf<"answer">,
  services: ServerServices,
  signal: AbortSignal,
  attempt: number,
): Promise<void> {
  const context = await openJobContext(job, services, signal, attempt);
  const { verb } = job.command;
  const entry = findCommand(verb);
  const done = await switchIfMay(job, context.octokit, services);
  const text = done || !entry ? said[verb === "off" ? "off" : "on"] : refusalText(entry);
  await answer(job, job.command, text, context);
}

const said = {
  off:
    "Switched off in this repository: nothing more is written here, whatever happens or is asked, until somebody with the " +
    "role `maintain` or higher says `/assistant on`.",
  on:
    "Switched on again in this repository. What was asked meanwhile is not made up for; open pull requests and issues that " +
    "nobody has looked at yet are, where the configuration lets the assistant act unasked.",
};
