import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { sanitize } from "../shared/sanitize.ts";
import { cutHunk, cutText } from "./cut-text.ts";
import type { TrackedComment, TrackedIssue, TrackedReviewComment, TrackerSource } from "./tracker.ts";
import type { TrackerKind, TrackerSyncReport } from "./tracker-keeper.ts";
import type { RecordKind, TrackerPage, TrackerRows } from "./tracker-rows.ts";

/** Thrown by rows whose repository was purged while it was being read. */
export class TrackerPurgedError extends Error {}

const kept: Record<RecordKind, number> = {
  issues: limits.trackedIssues,
  comments: limits.trackedComments,
  reviewComments: limits.trackedReviewComments,
};

/**
 * Reads what changed, kind by kind, oldest change first, and saves each page together with how far it reaches: wherever
 * this ends, the next sync goes on from the last page. Reading starts a little before that mark, because GitHub's lists
 * come from copies that may lag; what did not change is neither saved nor counted again.
 *
 * A rate limit, a failure of GitHub's and an abort end it early, without an error; a kind that GitHub refuses to show is
 * skipped and named. Anything else is thrown, after what was read until then is saved.
 */
export async function syncTracker(
  rows: TrackerRows,
  source: TrackerSource,
  signal?: AbortSignal,
): Promise<TrackerSyncReport> {
  const started = performance.now();
  const report: TrackerSyncReport = {
    issues: 0,
    comments: 0,
    links: 0,
    reviewComments: 0,
    complete: true,
    textsComplete: false,
    skipped: [],
    endedBy: null,
    ms: 0,
  };
  try {
    const { issues, comments, reviewComments } = rows.tracker.readTo();
    const pages = {
      issues: () => tagged("issues", source.issues(startOf(issues), signal), cutIssue),
      comments: () => tagged("comments", source.comments(startOf(comments), signal), cutComment),
      reviewComments: () =>
        tagged("reviewComments", source.reviewComments(startOf(reviewComments), signal), cutReviewComment),
    };
    for (const kind of ["issues", "comments", "reviewComments"] as const)
      await unlessRefused(report, kind, () => readPages(rows, kind, pages[kind](), report, signal));
    report.textsComplete = report.complete;
    await unlessRefused(report, "links", () => readLinks(rows, source, report, signal));
    for (const kind of ["issues", "comments", "reviewComments"] as const) rows.trim(kind, kept[kind]);
  } catch (error) {
    if (!endsEarly(error, signal)) throw error;
    report.complete = false;
    report.endedBy = error;
  }
  return { ...report, ms: Math.round(performance.now() - started) };
}

/** A little before the mark: an entry may show up in GitHub's lists after one that changed later. */
function startOf(mark: string | null): string | null {
  return mark === null ? null : isoSeconds(Date.parse(mark) - limits.trackerOverlapMs);
}

/** As GitHub writes times: whole seconds. */
export function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

async function* tagged<K extends RecordKind, T>(
  kind: K,
  pages: AsyncIterable<T[]>,
  cut: (record: T) => T,
): AsyncGenerator<{ kind: K; records: T[] }> {
  for await (const page of pages) yield { kind, records: page.map(cut) };
}

async function readPages(
  rows: TrackerRows,
  kind: RecordKind,
  pages: AsyncIterable<TrackerPage>,
  report: TrackerSyncReport,
  signal: AbortSignal | undefined,
): Promise<void> {
  let left = limits.trackerPages;
  for await (const page of pages) {
    if (left-- === 0) {
      report.complete = false;
      return;
    }
    report[kind] += rows.save(page);
    signal?.throwIfAborted();
  }
}

async function readLinks(
  rows: TrackerRows,
  source: TrackerSource,
  report: TrackerSyncReport,
  signal: AbortSignal | undefined,
): Promise<void> {
  const due = rows.linksDue(limits.linksRead + 1);
  for (const { issue, updatedAt } of due.slice(0, limits.linksRead)) {
    const links = await source.links(issue, signal);
    if (rows.saveLinks(issue, updatedAt, links)) report.links += links.length;
    signal?.throwIfAborted();
  }
  if (due.length > limits.linksRead) report.complete = false;
}

async function unlessRefused(report: TrackerSyncReport, kind: TrackerKind, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof AssistantError && error.code === "not-permitted")) throw error;
    report.skipped.push({ kind, reason: messageOf(error), remedy: error.remedy });
  }
}

/** Errors are known by their shape: several copies of Octokit's class may be loaded. Network failures have status 500 there. */
function endsEarly(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted || error instanceof TrackerPurgedError) return true;
  if (!(error instanceof Error && "status" in error && typeof error.status === "number")) return false;
  return error.status >= 500 || error.status === 429 || error.status === 403;
}

function cutIssue(issue: TrackedIssue): TrackedIssue {
  return { ...issue, title: sanitize(issue.title), body: shownText(issue.body) };
}

function cutComment(comment: TrackedComment): TrackedComment {
  return { ...comment, body: shownText(comment.body) };
}

function cutReviewComment(comment: TrackedReviewComment): TrackedReviewComment {
  return {
    ...comment,
    body: shownText(comment.body),
    hunk: cutHunk(comment.hunk, limits.reviewedHunkCharacters),
  };
}

/** What nobody sees on GitHub is not kept: it would come back in prompts and comments. */
function shownText(body: string): string {
  return sanitize(cutText(body, limits.commentCharacters));
}
