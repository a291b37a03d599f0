import { openIssueIndex } from "../retrieval/issue-index.ts";
import type { IssueMeanings } from "../retrieval/issue-meanings.ts";
import { limits } from "../shared/limits.ts";
import type { ExportedTracker } from "../tracker/exported-tracker.ts";
import { readTrackerExport } from "../tracker/tracker-export.ts";
import type { TrackedIssue } from "../tracker/tracker.ts";
import { rankEarlier } from "./earlier-issues.ts";
import { terminalProgress } from "./progress.ts";

/**
 * Prints, for each issue of a file in the form of an export, the earlier issues of a tracker by their similarity: one line of
 * JSON each, as soon as it is known. Without a file every issue of the tracker is asked.
 * @param meanings of the tracker's issues, where there is an encoder
 */
export async function triageBatch(
  file: string | undefined,
  { tracker, exported }: ExportedTracker,
  meanings: IssueMeanings | null,
  signal: AbortSignal,
): Promise<void> {
  const index = openIssueIndex<TrackedIssue>(tracker.issues());
  const progress = terminalProgress(process.stderr);
  let done = 0;
  for await (const { issue } of file === undefined ? exported : readTrackerExport(file, signal)) {
    signal.throwIfAborted();
    progress("ranking", done++, file === undefined ? exported.length : undefined);
    const known = tracker.issue(issue.number)?.title === issue.title ? meanings?.of(issue.number) : null;
    const meaning = known ?? (await meanings?.read({ ...issue, number: null }, signal)) ?? null;
    const ranked = rankEarlier(issue, index, limits.rankedIssues, meaning);
    const answer = {
      number: issue.number,
      ranked: ranked.map(({ number }) => number),
      scores: ranked.map(({ score }) => Math.round(score * 1e4) / 1e4),
    };
    if (!process.stdout.write(`${JSON.stringify(answer)}\n`))
      await new Promise((free) => process.stdout.once("drain", free));
  }
  progress("");
}
