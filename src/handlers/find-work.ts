import type { LRUCache } from "lru-cache";
import { commentWork, reviewCommentWork } from "../intake/polled-comments.ts";
import { type FoundWork, type ListedPull, unhandledIssues, unhandledPulls } from "../intake/unhandled.ts";
import type { Job } from "../jobs/job.ts";
import type { ServerServices } from "../services.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey } from "../shared/repository.ts";
import { duplicatesDue } from "./close-duplicate.ts";
import { type InstalledPlace, rulesOfPlace } from "./installed-places.ts";

/** Tags of GitHub's answers by what was asked: an answer that is still the same costs nothing, and says nothing new. */
export type Etags = LRUCache<string, string>;

/**
 * Looks for open pull requests and issues whose newest state nobody handled, though the repository lets the app act unasked:
 * their webhook was lost, or their jobs were. Nothing where the app is switched off.
 * @returns jobs that were queued
 */
export async function reconcilePlace(place: InstalledPlace, services: ServerServices): Promise<number> {
  const { notes, serviceNotes } = services;
  if (serviceNotes.isOff(repositoryKey(place.repository))) return 0;
  const { config, acts } = await rulesOfPlace(place, services);
  if (!acts) return 0;
  const pulls = await listPulls(place, "open");
  const issues = await listIssues(place);
  const found = [
    ...unhandledPulls(pulls ?? [], place, config, notes),
    ...unhandledIssues(issues ?? [], place, config),
    ...(await duplicatesDue(place, config, services)),
  ];
  return accept(found, services);
}

/**
 * Looks for issues whose days of grace have passed: that comes with time, and in a repository where nothing changes a poll
 * hears of nothing.
 * @returns jobs that were queued
 */
export async function findDueDuplicates(place: InstalledPlace, services: ServerServices): Promise<number> {
  if (services.serviceNotes.isOff(repositoryKey(place.repository))) return 0;
  const { config, acts } = await rulesOfPlace(place, services);
  return acts ? accept(await duplicatesDue(place, config, services), services) : 0;
}

/**
 * As reconcilePlace but for due duplicates, with what else webhooks would have told: comments, closed pull requests, pushes to
 * the default branch.
 * Where nothing changed GitHub says so at no cost.
 */
export async function pollPlace(place: InstalledPlace, services: ServerServices, etags: Etags): Promise<number> {
  if (services.serviceNotes.isOff(repositoryKey(place.repository))) return 0;
  const fresh = new Map<string, string>();
  const look: Look = { etags, fresh };
  const found = [
    ...(await subjectsOf(place, services, look)),
    ...(await commentsOf(place, services, look)),
    ...pushOf(place, services),
  ];
  const queued = await accept(
    found.flatMap(({ work }) => work),
    services,
  );
  // Only now: what is not on the disk has to be read again.
  for (const one of found) one.remember();
  for (const [asked, tag] of fresh) etags.set(asked, tag);
  return queued;
}

interface Look {
  etags: Etags;
  fresh: Map<string, string>;
}

interface Found {
  work: FoundWork[];
  /** To be called once the work is queued. */
  remember(): void;
}

async function subjectsOf(place: InstalledPlace, services: ServerServices, look: Look): Promise<Found[]> {
  const pulls = await listPulls(place, "all", look);
  const issues = await listIssues(place, look);
  if (pulls === null && issues === null) return [];
  const { config, acts } = await rulesOfPlace(place, services);
  const { notes } = services;
  const work = acts
    ? [...unhandledPulls(pulls ?? [], place, config, notes), ...unhandledIssues(issues ?? [], place, config)]
    : [];
  return [{ work: [...work, ...closedPulls(pulls ?? [], place, services)], remember: () => {} }];
}

/** Only where something of ours may be kept of it. */
function closedPulls(pulls: readonly ListedPull[], place: InstalledPlace, { notes }: ServerServices): FoundWork[] {
  const { repository, installationId } = place;
  const key = repositoryKey(repository);
  return pulls.flatMap(({ number, state, head }): FoundWork[] => {
    if (state === "open" || notes.read({ repository: key, number }).reviewed === null) return [];
    const job: Job = { kind: "closed", repository, installationId, number };
    return [{ id: `closed ${key} #${number} ${head.sha}`, job }];
  });
}

async function commentsOf(place: InstalledPlace, services: ServerServices, look: Look): Promise<Found[]> {
  const { octokit, repository } = place;
  const { owner, name: repo } = repository;
  const bots = services.config.commandBots;
  const readSubject = async (issue_number: number) => {
    const { data } = await octokit.rest.issues.get({ owner, repo, issue_number });
    return { title: data.title, body: data.body ?? null };
  };
  const order = { owner, repo, sort: "updated", direction: "asc", per_page: 100 } as const;
  const onPages = markOf(place, services, "comments");
  const comments = await pages(
    `comments ${place.installationId} ${owner}/${repo} ${onPages.since}`,
    look,
    (page, headers) => octokit.rest.issues.listCommentsForRepo({ ...order, since: onPages.since, page, headers }),
  );
  const onLines = markOf(place, services, "review-comments");
  const lineComments = await pages(
    `lines ${place.installationId} ${owner}/${repo} ${onLines.since}`,
    look,
    (page, headers) => octokit.rest.pulls.listReviewCommentsForRepo({ ...order, since: onLines.since, page, headers }),
  );
  return [
    {
      work: await commentWork(comments ?? [], place, { since: Date.parse(onPages.since), readSubject, bots }),
      remember: () => onPages.advance(comments ?? []),
    },
    {
      work: await reviewCommentWork(lineComments ?? [], place, { since: Date.parse(onLines.since), readSubject, bots }),
      remember: () => onLines.advance(lineComments ?? []),
    },
  ];
}

/** How far comments were read. GitHub's lists lag by seconds: each look begins a little before, and takes nothing twice. */
function markOf({ repository, installedAt }: InstalledPlace, { serviceNotes }: ServerServices, name: string) {
  const key = repositoryKey(repository);
  const known = serviceNotes.mark(key, name);
  const since = known ?? isoSeconds(Math.max(installedAt, Date.now() - limits.firstPollMs));
  if (known === null) serviceNotes.setMark(key, name, since);
  return {
    since,
    advance(comments: readonly { updated_at: string }[]): void {
      const newest = Math.max(...comments.map(({ updated_at }) => Date.parse(updated_at))) - limits.trackerOverlapMs;
      if (newest > Date.parse(since)) serviceNotes.setMark(key, name, isoSeconds(newest));
    },
  };
}

function isoSeconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A push to the default branch, or to another one: the sync itself sees which. What was there at the first look is no news. */
function pushOf({ repository, installationId, pushedAt }: InstalledPlace, { serviceNotes }: ServerServices): Found[] {
  const key = repositoryKey(repository);
  const known = serviceNotes.mark(key, "pushed");
  if (pushedAt === null || known === pushedAt) return [];
  const job: Job = { kind: "sync", repository, installationId, commit: "" };
  const work = known === null ? [] : [{ id: `pushed ${key} ${pushedAt}`, job }];
  return [{ work, remember: () => serviceNotes.setMark(key, "pushed", pushedAt) }];
}

function listPulls({ octokit, repository, installationId }: InstalledPlace, state: "open" | "all", look?: Look) {
  const { owner, name: repo } = repository;
  const query = { owner, repo, state, sort: "updated", direction: "desc", per_page: 100 } as const;
  return pages(`pulls ${installationId} ${owner}/${repo}`, look, (page, headers) =>
    octokit.rest.pulls.list({ ...query, page, headers }),
  );
}

function listIssues({ octokit, repository, installationId }: InstalledPlace, look?: Look) {
  const { owner, name: repo } = repository;
  const query = { owner, repo, state: "open", sort: "updated", direction: "desc", per_page: 100 } as const;
  return pages(`issues ${installationId} ${owner}/${repo}`, look, (page, headers) =>
    octokit.rest.issues.listForRepo({ ...query, page, headers }),
  );
}

type Send<T> = (
  page: number,
  headers: Record<string, string>,
) => Promise<{ data: T[]; headers: { etag?: string | undefined } }>;

/** A list, up to limits.reconcilePages; null where its first page is what it was when it was read last. */
async function pages<T>(asked: string, look: Look | undefined, send: Send<T>): Promise<T[] | null> {
  const known = look?.etags.get(asked);
  const all: T[] = [];
  for (let page = 1; page <= limits.reconcilePages; page++) {
    try {
      const { data, headers } = await send(page, page === 1 && known ? { "if-none-match": known } : {});
      if (page === 1 && headers.etag) look?.fresh.set(asked, headers.etag);
      all.push(...data);
      if (data.length < 100) break;
    } catch (error) {
      if (error instanceof Error && "status" in error && error.status === 304) return null;
      throw error;
    }
  }
  return all;
}

async function accept(found: readonly FoundWork[], { queue, serviceNotes, log }: ServerServices): Promise<number> {
  let queued = 0;
  for (const { id, job, isHandled, openedAt = Infinity } of found) {
    // A review or triage that is still to come looks at the newest state anyway; one that ended has noted what it saw.
    if (isHandled !== undefined && ((await queue.isBusyWith(job)) || isHandled())) continue;
    const key = repositoryKey(job.repository);
    const switchedAt = serviceNotes.switchedAt(key);
    const take = async (delivery: string): Promise<boolean> =>
      (await queue.accept({ id: delivery, event: "found" }, [job])) === "accepted";
    // What was found before may have been dropped while the app was off: it is taken once more.
    const once = switchedAt !== null && openedAt < switchedAt && `${id} ${switchedAt}`;
    if (!(await take(id)) && !(once && (await take(once)))) continue;
    log.info({ delivery: id, job: job.kind, repository: key }, "found without a webhook");
    queued++;
  }
  return queued;
}
