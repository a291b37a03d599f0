import type { IssueIndex } from "../retrieval/issue-index.ts";
import type { QueryMeaning } from "../retrieval/issue-meanings.ts";
import type { ExportedTracker } from "../tracker/exported-tracker.ts";
import type { ExportedIssue } from "../tracker/tracker-export.ts";
import type { TrackedIssue, Tracker } from "../tracker/tracker.ts";

/** What decides which of two issues was there first. */
type Dated = Pick<TrackedIssue, "number" | "createdAt">;

/** Whether an issue was created before another one; where the times do not tell, the smaller number was. */
export function isEarlier(one: Dated, other: Dated): boolean {
  const known = one.createdAt !== "" && other.createdAt !== "" && one.createdAt !== other.createdAt;
  return known ? one.createdAt < other.createdAt : one.number < other.number;
}

/** The tracker as it was when an issue was opened: it, and what was created before it. What is later is unknown in any way. */
export function trackerUntil({ tracker, exported }: ExportedTracker, issue: Dated): Tracker {
  const issues = exported.map((one) => one.issue).filter((one) => one.number === issue.number || isEarlier(one, issue));
  const known = new Map(issues.map((one) => [one.number, one]));
  return {
    ...tracker,
    issues: () => issues,
    issue: (number) => known.get(number) ?? null,
    comments: (number) => (known.has(number) ? tracker.comments(number) : []),
  };
}

export interface RankedIssue {
  number: number;
  /** 0..1, as it is shown in comments. */
  score: number;
}

/**
 * The issues that were created before one, the most similar first: what the service would show, without its floor.
 * @param meaning of the issue, where there is an encoder
 */
export function rankEarlier(
  { number, title, body, createdAt }: ExportedIssue["issue"],
  index: IssueIndex<TrackedIssue>,
  k: number,
  meaning: QueryMeaning | null = null,
): RankedIssue[] {
  const bounds = createdAt === "" ? { before: number } : { at: createdAt };
  // Those of the same moment are dropped afterwards; an import creates a few at once.
  const hits = index.search({
    title,
    body,
    except: number,
    ...bounds,
    k: k + sameMoment,
    floor: 0,
    meaning,
    written: createdAt || undefined,
  });
  return hits
    .filter(({ issue }) => isEarlier(issue, { number, createdAt }))
    .slice(0, k)
    .map(({ issue, score }) => ({ number: issue.number, score }));
}

const sameMoment = 20;
