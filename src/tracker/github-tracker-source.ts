import type { Octokit } from "@octokit/rest";
import { limits } from "../shared/limits.ts";
import { isRateLimit } from "../shared/rate-limit.ts";
import type { RepositoryId } from "../shared/repository.ts";
import { isStatus, nullWhereGone, shown } from "./github-answers.ts";
import { linksOf, type TimelineEvent } from "./github-links.ts";
import { toComment, toIssue, toReviewComment } from "./github-records.ts";
import { type ListPage, type NextPage, readChanged, type ReadPage } from "./read-changed.ts";
import type { TrackerSource } from "./tracker.ts";

/** `@octokit/rest`, or an Octokit with the same methods, such as Probot's. */
type GitHubClient = Pick<Octokit, "rest">;

const pageSize = 100;

/**
 * A repository's issues, comments, links and review comments by GitHub's REST API. Without `since` it begins where the
 * newest limits.trackedIssues issues and pull requests begin: all of them, but in the largest repositories.
 *
 * Throws what Octokit throws (rate limits among it), and AssistantError `not-permitted` for what the app may not read.
 */
export function createGitHubTrackerSource(octokit: GitHubClient, repository: RepositoryId): TrackerSource {
  const { issues, pulls } = octokit.rest;
  const target = { owner: repository.owner, repo: repository.name };
  const order = { ...target, sort: "updated", direction: "asc", per_page: pageSize } as const;
  const signals = new WeakMap<AbortSignal, AbortSignal>();
  let beginning: Promise<string | null> | undefined;

  /** Octokit knows an abort by the name of its reason alone; any other one it takes for a failure, and tries again. */
  function request(signal: AbortSignal | undefined): { signal?: AbortSignal } {
    if (!signal) return {};
    const plain = signals.get(signal) ?? plainAbort(signal);
    signals.set(signal, plain);
    return { signal: plain };
  }

  async function start(since: string | null, signal: AbortSignal | undefined): Promise<string | null> {
    if (since !== null) return since;
    beginning ??= findBeginning(octokit, target, request(signal));
    return beginning.catch((error: unknown) => {
      beginning = undefined;
      throw error;
    });
  }

  async function* changed<Raw, T extends { updatedAt: string }>(
    since: string | null,
    signal: AbortSignal | undefined,
    list: (query: object) => Promise<Answer<Raw[]>>,
    toRecord: (raw: Raw) => T,
    idOf: (record: T) => number,
  ): AsyncGenerator<T[]> {
    const read: ReadPage<T> = async (from, next) => {
      const answer = await list({ ...(from && { since: from }), ...next, request: request(signal) });
      return pageOf(answer, toRecord);
    };
    yield* readChanged(read, await start(since, signal), idOf);
  }

  return {
    issues(since, signal) {
      const list = (query: object) =>
        shown("issues", repository, issues.listForRepo({ ...order, state: "all", ...query }));
      return changed(since, signal, list, toIssue, (issue) => issue.number);
    },
    comments(since, signal) {
      const list = (query: object) => shown("comments", repository, issues.listCommentsForRepo({ ...order, ...query }));
      return changed(since, signal, list, toComment, (comment) => comment.id);
    },
    reviewComments(since, signal) {
      const list = (query: object) =>
        shown("review comments", repository, pulls.listReviewCommentsForRepo({ ...order, ...query }));
      return changed(since, signal, list, toReviewComment, (comment) => comment.id);
    },
    async links(issue, signal) {
      const events: TimelineEvent[] = [];
      let next: NextPage | null = null;
      for (let pages = 0; pages < limits.timelinePages; pages++) {
        // Not followed: a transferred issue leads to another repository, whose commits are not this one's.
        const sent = { ...request(signal), redirect: "manual" } as const;
        const query = { ...target, issue_number: issue, per_page: pageSize, ...next, request: sent };
        const answer = await shown("links", repository, nullWhereGone(issues.listEventsForTimeline(query)));
        if (!answer) return [];
        events.push(...(answer.data as TimelineEvent[]));
        next = nextOf(answer);
        if (!next) break;
      }
      return linksOf(issue, events, repository);
    },
  };
}

interface Answer<T> {
  data: T;
  headers: { link?: string | undefined };
}

function pageOf<Raw, T>(answer: Answer<Raw[]>, toRecord: (raw: Raw) => T): ListPage<T> {
  return { records: answer.data.map(toRecord), next: nextOf(answer) };
}

/** Where GitHub says that the next page is. Of its address only the place is used: ours says to whom the token goes. */
function nextOf({ headers }: Answer<unknown>): NextPage | null {
  const url = /<([^>]*)>;\s*rel="next"/.exec(headers.link ?? "")?.[1];
  if (url === undefined || !URL.canParse(url)) return null;
  const { searchParams } = new URL(url);
  const page = Number(searchParams.get("page"));
  const after = searchParams.get("after");
  if (!after && !page) return null;
  return { ...(page && { page }), ...(after && { after }) };
}

function plainAbort(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return controller.signal;
}

/**
 * When the oldest of the newest limits.trackedIssues issues was opened, or null where there are no more than that. Issues
 * are numbered in the order in which they are opened, so their number finds it; some numbers are gone, or are discussions.
 */
async function findBeginning(
  octokit: GitHubClient,
  target: { owner: string; repo: string },
  request: { signal?: AbortSignal },
): Promise<string | null> {
  const { issues } = octokit.rest;
  const newestFirst = { state: "all", sort: "created", direction: "desc", per_page: 1 } as const;
  const newest = await issues.listForRepo({ ...target, ...newestFirst, request }).catch((error: unknown) => {
    // Whoever may not list issues may still list comments: they begin at the beginning.
    if (isStatus(error, 403, 404, 410) && !isRateLimit(error)) return null;
    throw error;
  });
  const first = (newest?.data[0]?.number ?? 0) - limits.trackedIssues;
  for (let number = first; number > 0 && number > first - limits.beginningTries; number--) {
    const query = { ...target, issue_number: number, request: { ...request, redirect: "manual" } as const };
    const found = await nullWhereGone(issues.get(query));
    if (found) return found.data.created_at;
  }
  return null;
}
