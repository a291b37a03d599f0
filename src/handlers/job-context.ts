import type { Octokit } from "@octokit/rest";
import { installationClient } from "../config/github-app.ts";
import type { Job } from "../jobs/job.ts";
import type { Progress } from "../pipeline.ts";
import { keepToSubject } from "../publish/keep-to-subject.ts";
import { folderOf, type ServerServices } from "../services.ts";
import { repositoryKey } from "../shared/repository.ts";
import { guardWrites } from "./guard-writes.ts";
import type { Remote } from "../workspace/mirror.ts";

/** What a job of the server works with. */
export interface JobContext {
  services: ServerServices;
  octokit: Octokit;
  remote: Remote;
  mirror: string;
  key: string;
  log: ServerServices["log"];
  signal: AbortSignal;
  /** Says what is being done now, and how far it is. */
  progress: Progress;
  /** 1 on the first try. */
  attempt: number;
}

export type JobOf<K extends Job["kind"]> = Extract<Job, { kind: K }>;

export async function openJobContext(
  job: Job,
  services: ServerServices,
  signal: AbortSignal,
  attempt: number,
): Promise<JobContext> {
  const client = await installationClient(services.probot, job.installationId);
  const { host, protocol } = services.config.github;
  const { owner, name } = job.repository;
  const key = repositoryKey(job.repository);
  // Probot's client has the same endpoint methods and pagination; only its type is another one.
  const octokit = client as unknown as Octokit;
  keepToSubject(octokit, { repository: job.repository, number: subjectNumber(job) });
  const saysSo = job.kind === "answer" && ["on", "off"].includes(job.command.verb);
  guardWrites(octokit, () => services.serviceNotes.isOff(saysSo ? undefined : key));
  const log = services.log.child({ job: job.kind, repository: key });
  return {
    services,
    octokit,
    remote: {
      url: `${protocol}://${host}/${owner}/${name}.git`,
      token: await services.gitToken(job.installationId, name),
    },
    mirror: folderOf(services.config.home.mirrors, key),
    key,
    log,
    signal,
    progress(step, done, total) {
      services.board.tell(job, step, done, total);
      log.debug({ step, done, total }, "progress");
    },
    attempt,
  };
}

/** What is asked for on one issue may have to be done as a pull request; all else is said where it was asked. */
function subjectNumber(job: Job): number | null {
  return "number" in job &&
    ["review", "triage", "answer", "ask", "steer", "closed", "close-duplicate"].includes(job.kind)
    ? job.number
    : null;
}
