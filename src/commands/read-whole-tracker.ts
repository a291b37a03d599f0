import { setTimeout as wait } from "node:timers/promises";
import { decideOnError } from "../jobs/on-error.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import type { KeptTrackerStore, TrackerSyncReport } from "../tracker/tracker-keeper.ts";
import type { TrackerSource } from "../tracker/tracker.ts";

/** What was read by now; what a sync reads again counts again. */
export interface ReadSoFar {
  issues: number;
  comments: number;
  reviewComments: number;
  /** Closed issues that were asked what closed them. */
  timelines: number;
}

export interface ReadWholeOptions {
  signal: AbortSignal;
  onRead: (soFar: ReadSoFar) => void;
  /** The reading stops until then, epoch ms, because GitHub asks for it or does not answer. */
  onWait: (until: number, why: string) => void;
  /** Replaced in tests: nobody waits for an hour there. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Brings a kept tracker up to date until nothing is missing, sync after sync. Waits as long as GitHub asks for; a failure of
 * GitHub's is tried again a few times, as long as it goes on. What was read is saved page by page: whoever ends this loses
 * nothing, and the next call goes on from there.
 * Errors: AssistantError `github-unavailable`, `bad-github-credentials`; the signal's reason.
 * @returns kinds that GitHub does not show us
 */
export async function readWholeTracker(
  trackers: KeptTrackerStore,
  key: string,
  source: TrackerSource,
  { signal, onRead, onWait, sleep = (ms, until) => wait(ms, undefined, { signal: until }) }: ReadWholeOptions,
): Promise<TrackerSyncReport["skipped"]> {
  const soFar: ReadSoFar = { issues: 0, comments: 0, reviewComments: 0, timelines: 0 };
  let answered = false;
  const counted = counting(source, soFar, () => {
    answered = true;
    onRead(soFar);
  });
  let failures = 0;
  for (;;) {
    const { timelines } = soFar;
    const { complete, skipped, endedBy, ...changed } = await trackers.sync(key, counted, { signal }).catch(explained);
    signal.throwIfAborted();
    if (complete) return skipped;
    // As much as one sync reads was read, and there is more.
    if (endedBy === null) continue;
    const isNew = changed.issues + changed.comments + changed.reviewComments + soFar.timelines > timelines;
    failures = isNew ? 1 : failures + 1;
    const decision = decideOnError(endedBy, failures);
    // Who has not answered yet may be the wrong address; nobody waits a day to learn that.
    const isAway = !answered && failures > 1 && isStatus(endedBy, 500);
    if (decision.action !== "retry" || isAway) throw unanswered(endedBy);
    onWait(decision.at, messageOf(endedBy));
    await sleep(decision.at - Date.now(), signal);
  }
}

function isStatus(error: unknown, least: number): boolean {
  return error instanceof Error && "status" in error && Number(error.status) >= least;
}

function unanswered(error: unknown): AssistantError {
  return new AssistantError(`GitHub does not answer: ${messageOf(error)}`, {
    code: "github-unavailable",
    remedy: "See whether it can be reached, and run the same again: what was read is kept.",
    cause: error,
  });
}

function explained(error: unknown): never {
  if (!(error instanceof Error && "status" in error && error.status === 401)) throw error;
  throw new AssistantError(`GitHub refuses the credentials: ${messageOf(error)}`, {
    code: "bad-github-credentials",
    remedy: "Set GITHUB_TOKEN to a token that holds and may read the repository.",
    cause: error,
  });
}

function counting(source: TrackerSource, soFar: ReadSoFar, onRead: () => void): TrackerSource {
  async function* count<T>(kind: "issues" | "comments" | "reviewComments", pages: AsyncIterable<T[]>) {
    for await (const page of pages) {
      soFar[kind] += page.length;
      onRead();
      yield page;
    }
  }

  return {
    issues: (since, signal) => count("issues", source.issues(since, signal)),
    comments: (since, signal) => count("comments", source.comments(since, signal)),
    reviewComments: (since, signal) => count("reviewComments", source.reviewComments(since, signal)),
    links: async (issue, signal) => {
      const links = await source.links(issue, signal);
      soFar.timelines++;
      onRead();
      return links;
    },
  };
}
