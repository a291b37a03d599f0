import { createExclusive } from "../shared/exclusive.ts";
import type { IssueVectors } from "./issue-vectors.ts";
import { createMemoryIssueVectors } from "./memory-issue-vectors.ts";
import { createMemoryRows } from "./memory-tracker-rows.ts";
import { syncTracker } from "./sync-tracker.ts";
import type { KeptTrackerStore } from "./tracker-keeper.ts";
import { isEmpty, type TrackerRows } from "./tracker-rows.ts";

/** A tracker that lasts as long as the process: for tests, and for a command that asks once. */
export function createMemoryTrackerStore(): KeptTrackerStore {
  const repositories = new Map<string, TrackerRows>();
  const vectors = new Map<string, IssueVectors>();
  const inTurn = createExclusive();

  function rowsOf(key: string): TrackerRows {
    const known = repositories.get(key);
    if (known) return known;
    const rows: TrackerRows = createMemoryRows(() => repositories.get(key) !== rows);
    repositories.set(key, rows);
    return rows;
  }

  return {
    sync: (key, source, { signal } = {}) => inTurn(key, () => syncTracker(rowsOf(key), source, signal)),
    open(key) {
      const tracker = repositories.get(key)?.tracker;
      return tracker && !isEmpty(tracker) ? tracker : null;
    },
    vectors(key) {
      const isIssue = (number: number): boolean => !!repositories.get(key)?.tracker.issue(number);
      const known = vectors.get(key) ?? createMemoryIssueVectors(isIssue);
      vectors.set(key, known);
      return known;
    },
    forgetIssue: (key, number) => repositories.get(key)?.forget("issues", number),
    forgetComment: (key, id) => repositories.get(key)?.forget("comments", id),
    forgetReviewComment: (key, id) => repositories.get(key)?.forget("reviewComments", id),
    purge(key) {
      repositories.delete(key);
      vectors.delete(key);
    },
    close: () => repositories.clear(),
  };
}
