import { createExclusive } from "../shared/exclusive.ts";
import { limits } from "../shared/limits.ts";
import type { HistoryStore } from "./history.ts";
import { createKnownHistory, type HistoryKeeper, type KnownHistory, updateHistory } from "./update-history.ts";

export interface HistoryStoreOptions {
  /** Commits of one past. Default limits.historyCommits. */
  limit?: number;
}

/** Keeps histories for as long as it is not closed. */
export function createMemoryHistoryStore({ limit = limits.historyCommits }: HistoryStoreOptions = {}): HistoryStore {
  const histories = new Map<string, KnownHistory>();
  const oneAtATime = createExclusive();

  return {
    update(key, gitDir, commits, options = {}) {
      return oneAtATime(key, async () => {
        const known = histories.get(key) ?? createKnownHistory(limit);
        histories.set(key, known);
        const report = await updateHistory(known, NOWHERE, gitDir, commits, { ...options, limit });
        return { index: known.index, report };
      });
    },
    close: () => histories.clear(),
  };
}

const NOWHERE: HistoryKeeper = { catchUp() {}, keep() {}, keepReadBack() {} };
