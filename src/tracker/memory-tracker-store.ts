import { createExclusive } from "../shared/exclusive.ts";
import { createMemoryRows } from "./memory-tracker-rows.ts";
import { syncTracker } from "./sync-tracker.ts";
import type { KeptTrackerStore } from "./tracker-keeper.ts";
import { isEmpty, type TrackerRows } from "./tracker-rows.ts";

/** A tracker that lasts as long as the process: for tests, and for a command that asks once. */
export function createMemoryTrackerStore(): KeptTrackerStore {
  const repositories = new Map<string, TrackerRows>();
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
    forgetIssue: (key, number) => repositories.get(key)?.forget("issues", number),
    forgetComment: (key, id) => repositories.get(key)?.forget("comments", id),
    forgetReviewComment: (key, id) => repositories.get(key)?.forget("reviewComments", id),
    purge: (key) => void repositories.delete(key),
    close: () => repositories.clear(),
  };
}
