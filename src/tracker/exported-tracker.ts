import { AssistantError } from "../shared/errors.ts";
import { type ExportedIssue, readTrackerExport } from "./tracker-export.ts";
import type { TrackedComment, TrackedIssue, Tracker, TrackerSource } from "./tracker.ts";

export interface ExportedTracker {
  tracker: Tracker;
  /** By number, ascending: what the tracker has, with the duplicates that the export names. */
  exported: ExportedIssue[];
}

/** An exported tracker in memory. Nothing tells what closed an issue there: it has no links. Errors: as readTrackerExport. */
export async function openExportedTracker(file: string, signal?: AbortSignal): Promise<ExportedTracker> {
  const exported: ExportedIssue[] = [];
  for await (const one of readTrackerExport(file, signal)) exported.push(one);
  exported.sort((a, b) => a.issue.number - b.issue.number);
  return { tracker: trackerOf(exported), exported };
}

function trackerOf(exported: readonly ExportedIssue[]): Tracker {
  const known = new Map(exported.map((one) => [one.issue.number, one]));
  const issues = exported.map(({ issue }) => issue);
  const newest = (records: readonly { updatedAt: string }[]): string | null =>
    records.reduce<string | null>(
      (most, { updatedAt }) => (most === null || updatedAt > most ? updatedAt : most),
      null,
    );
  const marks = {
    issues: newest(issues),
    comments: newest(exported.flatMap(({ comments }) => comments)),
    reviewComments: null,
  };
  return {
    issues: () => issues,
    issue: (number) => known.get(number)?.issue ?? null,
    comments: (issue) => known.get(issue)?.comments ?? [],
    links: () => [],
    reviewComments: () => [],
    readTo: () => marks,
  };
}

/** Many more than GitHub gives at once: a sync reads so many pages, and an export is read as a whole. */
const pageSize = 1_000;

/**
 * An exported tracker as something that a kept tracker is brought up to date with. The file is read from its beginning each
 * time, whatever was read before: it may be another file, and what did not change is not saved again.
 */
export function createExportSource(file: string): TrackerSource {
  return {
    async *issues(_since, signal) {
      yield* pagesOf<TrackedIssue>(file, ({ issue }) => [issue], signal);
    },
    async *comments(_since, signal) {
      yield* pagesOf<TrackedComment>(file, ({ comments }) => comments, signal);
    },
    async *reviewComments() {},
    links: async (issue) => {
      throw new AssistantError(`an export does not tell what closed issue ${issue}`, {
        code: "not-permitted",
        remedy: "Read it from GitHub, with the installed app.",
      });
    },
  };
}

async function* pagesOf<T>(
  file: string,
  read: (exported: ExportedIssue) => T[],
  signal: AbortSignal | undefined,
): AsyncGenerator<T[]> {
  let page: T[] = [];
  for await (const exported of readTrackerExport(file, signal)) {
    page.push(...read(exported));
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
