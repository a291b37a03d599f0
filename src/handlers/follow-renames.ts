import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { Octokit } from "@octokit/rest";
import { LRUCache } from "lru-cache";
import { installationClient } from "../config/github-app.ts";
import type { Job } from "../jobs/job.ts";
import { folderOf, type ServerServices } from "../services.ts";
import { limits } from "../shared/limits.ts";
import { type RepositoryId, repositoryKey } from "../shared/repository.ts";
import { forgetCopies, forgetKept, inNotes } from "./purge.ts";
import type { RunJob } from "./switch-app.ts";

/** A repository as GitHub knows it: the id stays whatever it is called. */
interface Named {
  id: number;
  repository: RepositoryId;
}

/**
 * As `run`, under the name that the repository has now. A job of one that was renamed or transferred is queued again under
 * the new name, where it waits its turn among the others of its subject: so nothing is said twice.
 */
export function underNewestName(run: RunJob): RunJob {
  /** When names were asked for last, epoch ms. */
  const known = new LRUCache<string, number>({ max: limits.namesKnown });
  return async (job, services, signal, attempt) => {
    const key = repositoryKey(job.repository);
    if (asksGitHub(job) && Date.now() - (known.get(key) ?? 0) >= limits.nameKnownMs) {
      const named = await readName(job, services);
      await noteName(named, services);
      if (repositoryKey(named.repository) !== key) return queueAgain(job, named.repository, services);
      known.set(key, Date.now());
    }
    try {
      await run(job, services, signal, attempt);
    } catch (error) {
      // Whatever it was: a repository that is elsewhere by now has many faces.
      known.delete(key);
      throw error;
    }
  };
}

/** The others do not ask GitHub for anything. */
function asksGitHub({ kind }: Job): boolean {
  return kind !== "forget" && kind !== "embed";
}

/** GitHub redirects from a former name, for as long as no other repository has it. */
async function readName({ repository, installationId }: Job, { probot }: ServerServices): Promise<Named> {
  const octokit = (await installationClient(probot, installationId)) as unknown as Octokit;
  const { data } = await octokit.rest.repos.get({ owner: repository.owner, repo: repository.name });
  return { id: data.id, repository: { ...repository, owner: data.owner.login, name: data.name } };
}

async function queueAgain(job: Job, repository: RepositoryId, { queue, log }: ServerServices): Promise<void> {
  await queue.accept({ id: `renamed ${randomUUID()}`, event: "renamed" }, [{ ...job, repository }]);
  log.info({ job: job.kind, from: repositoryKey(job.repository), to: repositoryKey(repository) }, "queued anew");
}

/**
 * Sees whether the repository of that id had another name, or another repository had its name. In the first case what people
 * said there goes along, and copies of git and GitHub are made again under the new name. In the second, nothing of the other
 * one may be shown here: all that was kept under the name goes.
 */
export async function noteName({ id, repository }: Named, services: ServerServices): Promise<void> {
  const { serviceNotes, log } = services;
  const key = repositoryKey(repository);
  const former = serviceNotes.nameOf(id);
  const other = serviceNotes.idOf(key);
  if (former === key) return;
  if (other !== null) {
    await forgetKept(repository, services);
    log.warn({ repository: key }, "another repository has this name now: what was kept of the one before is gone");
  }
  if (former !== null) {
    await takeAlong(former, key, services);
    log.info({ from: former, to: key }, "renamed or moved on GitHub: what people said there came along");
  }
  serviceNotes.setName(id, key);
}

async function takeAlong(from: string, to: string, services: ServerServices): Promise<void> {
  const { serviceNotes, config } = services;
  inNotes(services, (db, table) => {
    db.prepare(`UPDATE OR IGNORE ${table} SET repository = ? WHERE repository = ?`).run([to, from]);
    db.prepare(`DELETE FROM ${table} WHERE repository = ?`).run([from]);
  });
  const [outcomes, destination] = [from, to].map((key) => folderOf(config.home.outcomes, key)) as [string, string];
  if (existsSync(outcomes) && !existsSync(destination)) {
    await mkdir(dirname(destination), { recursive: true });
    await rename(outcomes, destination);
  }
  await forgetCopies(from, services);
  serviceNotes.renameRepository(from, to);
}
