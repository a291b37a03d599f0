import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename as moveFolder } from "node:fs/promises";
import { dirname } from "node:path";
import type { Octokit } from "@octokit/rest";
import { LRUCache } from "lru-cache";
import { installationClient } from "../config/github-app.ts";
import { asksGitHub, type Job } from "../jobs/job.ts";
import { decideOnError } from "../jobs/on-error.ts";
import { folderOf, type ServerServices } from "../services.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type RepositoryId, repositoryKey, repositoryOf } from "../shared/repository.ts";
import { forgetCopies, forgetKept, inNotes } from "./purge.ts";
import { forgetDocuments } from "./specifications.ts";
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
  /** Which repository had a name, by GitHub's id, and when that was asked (epoch ms). */
  const known = new LRUCache<string, { id: number; at: number }>({ max: limits.namesKnown });

  /** Asks for the name. @returns whether it is another one, under which the job is queued now */
  async function follows(job: Job, services: ServerServices): Promise<boolean> {
    const key = repositoryKey(job.repository);
    const named = await readName(job, services);
    await noteName(named, services);
    if (repositoryKey(named.repository) === key) {
      known.set(key, { id: named.id, at: Date.now() });
      return false;
    }
    await queueAgain(job, named.repository, services);
    return true;
  }

  function isKnown({ repository }: Job): boolean {
    const { id, at } = known.get(repositoryKey(repository)) ?? { id: 0, at: 0 };
    return Date.now() - at < limits.nameKnownMs && (repository.id ?? id) === id;
  }

  return async (job, services, signal, attempt) => {
    if (!asksGitHub(job)) return run(job, services, signal, attempt);
    if (!isKnown(job) && (await follows(job, services))) return;
    try {
      await run(job, services, signal, attempt);
    } catch (error) {
      // Whatever it was: a repository that is elsewhere by now has many faces.
      known.delete(repositoryKey(job.repository));
      if (!signal.aborted && mayHaveMoved(error) && (await follows(job, services))) return;
      throw error;
    }
  };
}

/** What would end the job under the name that it has: no token for it, nothing there; and a write that GitHub redirects. */
function mayHaveMoved(error: unknown): boolean {
  const code = error instanceof AssistantError ? error.code : "";
  return code !== "switched-off" && (code === "repository-moved" || decideOnError(error, 1).action !== "retry");
}

/**
 * By its id a repository is found whatever it is called, and whoever has its former name by now. Where no webhook told the id,
 * GitHub redirects from a former name, for as long as no other repository has it.
 */
async function readName({ repository, installationId }: Job, { probot }: ServerServices): Promise<Named> {
  const octokit = (await installationClient(probot, installationId)) as unknown as Octokit;
  const { id, owner, name } = repository;
  const { data } =
    id === undefined
      ? await octokit.rest.repos.get({ owner, repo: name })
      : ((await octokit.request("GET /repositories/{id}", { id })) as Awaited<
          ReturnType<typeof octokit.rest.repos.get>
        >);
  return { id: data.id, repository: { ...repository, owner: data.owner.login, name: data.name } };
}

async function queueAgain(job: Job, repository: RepositoryId, { queue, log }: ServerServices): Promise<void> {
  await queue.accept({ id: `renamed ${randomUUID()}`, event: "renamed" }, [{ ...job, repository }]);
  log.info({ job: job.kind, from: repositoryKey(job.repository), to: repositoryKey(repository) }, "queued anew");
}

/**
 * Sees whether the repository of that id had another name, or another repository had its name. In the first case what people
 * said there goes along, and copies of git and GitHub are made again under the new name. In the second, nothing of the other
 * one may be shown here: all that was kept under the name goes. What a crash leaves half done, the next look does.
 */
export async function noteName(named: Named, services: ServerServices): Promise<void> {
  const key = repositoryKey(named.repository);
  const isNoted = (): boolean => services.serviceNotes.nameOf(named.id) === key;
  if (isNoted()) return;
  // One after another: what came along with one repository must not be taken for what was there before.
  await services.exclusive("names", async () => isNoted() || rename(named, services));
}

async function rename({ id, repository }: Named, services: ServerServices): Promise<void> {
  const { serviceNotes, log } = services;
  const key = repositoryKey(repository);
  const former = serviceNotes.nameOf(id);
  if (serviceNotes.idOf(key) !== null) {
    await forgetKept(repository, services);
    // Before anything comes here: after a crash it would be taken for the other one's.
    serviceNotes.forgetName(key);
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
    await moveFolder(outcomes, destination);
  }
  await forgetCopies(from, services);
  // Whoever takes the name must not be read with them.
  await forgetDocuments(config.home.knowledge, repositoryOf(from), null);
  serviceNotes.renameRepository(from, to);
}
