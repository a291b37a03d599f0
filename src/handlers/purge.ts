import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import Database from "libsql";
import { forgetDocuments } from "./specifications.ts";
import type { RunJob } from "./switch-app.ts";
import type { ServerServices } from "../services.ts";
import { limits } from "../shared/limits.ts";
import { type RepositoryId, repositoryKey, repositoryOf } from "../shared/repository.ts";

/** As `run`, where a repository that the app was taken off is forgotten. */
export function purging(run: RunJob): RunJob {
  return async (job, services, signal, attempt) => {
    if (job.kind !== "forget" || job.what !== "repository") return run(job, services, signal, attempt);
    // Renamed before, and nobody has looked since: what is kept lies under the name that was seen last.
    const seenAs = services.serviceNotes.nameOf(job.id);
    if (seenAs !== null && seenAs !== repositoryKey(job.repository))
      await purgeRepository(repositoryOf(seenAs), services);
    await purgeRepository(job.repository, services);
  };
}

/**
 * Forgets all that is kept of a repository: the app was taken off it. Jobs that run meanwhile end by themselves: GitHub gives
 * them no token. Answers of models are not told apart by repository: all of them go, and are asked for again.
 */
async function purgeRepository(repository: RepositoryId, services: ServerServices): Promise<void> {
  const { queue, serviceNotes, log } = services;
  const key = repositoryKey(repository);
  await queue.forgetRepository(key);
  serviceNotes.forgetRepository(key);
  await forgetKept(repository, services);
  log.info({ repository: key }, "everything that was kept of this repository is gone");
}

/** All but its jobs, and that it is switched off. */
export async function forgetKept(repository: RepositoryId, services: ServerServices): Promise<void> {
  const { answers, knowledge } = services.config.home;
  const key = repositoryKey(repository);
  inNotes(services, (db, table) => db.prepare(`DELETE FROM ${table} WHERE repository = ?`).run([key]));
  forgetAnswers(answers);
  await forgetCopies(key, services);
  await forgetDocuments(knowledge, repository, null);
}

/** What was read from git and GitHub, and what runs found: mirror, engram, history, tracker, outcomes. */
export async function forgetCopies(
  key: string,
  { past, synced, exclusive, config: { home } }: ServerServices,
): Promise<void> {
  synced.delete(key);
  await exclusive(key, async () => {
    past.trackers.purge(key);
    for (const folder of [home.mirrors, home.engrams, home.history, home.trackers, home.outcomes])
      await removeBelow(folder, key);
  });
}

/** The repository's folder, and its files with our endings. */
async function removeBelow(folder: string, key: string): Promise<void> {
  const parent = join(folder, dirname(key));
  const name = key.slice(key.lastIndexOf("/") + 1);
  for (const entry of await readdir(parent).catch(() => [])) {
    // Another repository's name may go on with a dot: its folder is no file, and its files have another ending behind that.
    const isOurs = entry.startsWith(`${name}.`) && /^\.[a-z]+(\.json)?(-wal|-shm)?$/.test(entry.slice(name.length));
    if (entry === name || (isOurs && !(await isFolder(join(parent, entry)))))
      await rm(join(parent, entry), { recursive: true, force: true });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

/**
 * Does something in every table of what people said that says which repository a row is of, also in those that are added later.
 * @param work is given the table's name as SQL has it
 */
export function inNotes(
  { config: { home } }: Pick<ServerServices, "config">,
  work: (db: Database.Database, table: string) => void,
): void {
  for (const file of [home.pulls, home.asks, home.feedback]) {
    if (!existsSync(file)) continue;
    const db = new Database(file, { timeout: limits.webhookAckMs });
    try {
      db.pragma("foreign_keys = ON");
      const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all([]) as { name: string }[];
      for (const { name } of tables) {
        const columns = db.prepare("SELECT name FROM pragma_table_info(?)").all([name]) as { name: string }[];
        if (columns.some((column) => column.name === "repository")) work(db, `"${name.replaceAll('"', '""')}"`);
      }
    } finally {
      db.close();
    }
  }
}

function forgetAnswers(file: string): void {
  if (!existsSync(file)) return;
  const db = new Database(file, { timeout: limits.webhookAckMs });
  try {
    db.exec("DELETE FROM answer");
  } finally {
    db.close();
  }
}

/** Throws away what is older than the configuration wants: failed jobs, outcomes, copies of repositories that nobody uses. */
export async function purgeOld(services: ServerServices, now: number = Date.now()): Promise<void> {
  const { queue, config, log } = services;
  const before = now - config.retentionMs;
  await queue.purge(before);
  for (const { key, usedAt } of await mirrored(config.home.mirrors)) {
    if (usedAt >= before) continue;
    await forgetCopies(key, services);
    log.info({ repository: key }, "nobody works in this repository any more: its copies are gone");
  }
  const { outcomes } = config.home;
  for (const name of await readdir(outcomes, { recursive: true }).catch(() => [])) {
    const file = await stat(join(outcomes, name)).catch(() => null);
    if (file?.isFile() && file.mtimeMs < before) await rm(join(outcomes, name), { force: true });
  }
}

/**
 * Purges repositories that the app cannot see any more: it was taken off them, or they were deleted, renamed or moved, and no
 * webhook said so. What was used within a day is left: it may be newer than the list.
 * @param seen keys of all that the app can see
 */
export async function purgeUnseen(seen: ReadonlySet<string>, services: ServerServices): Promise<void> {
  const { host } = services.config.github;
  for (const { key, usedAt } of await mirrored(services.config.home.mirrors)) {
    const repository = repositoryOf(key);
    if (repository.host !== host || seen.has(key) || usedAt > Date.now() - limits.purgeMs) continue;
    await purgeRepository(repository, services);
  }
}

/** Repositories with a mirror, and when a fetch last brought something into it, epoch ms. */
async function mirrored(folder: string): Promise<{ key: string; usedAt: number }[]> {
  const below = async (path: string): Promise<string[]> => readdir(join(folder, path)).catch(() => []);
  const found: { key: string; usedAt: number }[] = [];
  for (const host of await below(""))
    for (const owner of await below(host))
      for (const name of await below(join(host, owner))) {
        const dir = join(folder, host, owner, name);
        const times = await Promise.all(
          ["HEAD", "packed-refs", "refs/heads", "objects", "objects/pack"].map(
            async (file) => (await stat(join(dir, file)).catch(() => null))?.mtimeMs ?? 0,
          ),
        );
        if (times.some((at) => at > 0)) found.push({ key: `${host}/${owner}/${name}`, usedAt: Math.max(...times) });
      }
  return found;
}
