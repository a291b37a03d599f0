import { loadKernel } from "../src/engram/kernel/load-kernel.ts";
import { createUnitParser } from "../src/engram/units/tree-sitter-parser.ts";
import type { UnitParser } from "../src/engram/units/unit-parser.ts";
import { createMemoryHistoryStore } from "../src/history/memory-history-store.ts";
import { createSqlitePastChangesStore } from "../src/history/sqlite-past-changes-store.ts";
import { createSqlitePastPullsStore } from "../src/history/sqlite-past-pulls-store.ts";
import { openPast } from "../src/handlers/remember.ts";
import type { Past } from "../src/retrieval/past.ts";
import { createMemoryTrackerStore } from "../src/tracker/memory-tracker-store.ts";

export interface BenchPast {
  /** The past of any commit that `head` descends from. */
  at(commit: string): Past;
  units: UnitParser;
  close(): void;
}

/**
 * Reads what a server would have read of a repository by now, into a folder of the bench.
 * @param options.learn whether past changes are read too: minutes for a large repository
 */
export async function openBenchPast(
  gitDir: string,
  head: string,
  directory: string,
  { learn = true }: { learn?: boolean } = {},
): Promise<BenchPast> {
  const history = createMemoryHistoryStore();
  const stores = {
    history,
    changes: createSqlitePastChangesStore({ directory, kernel: loadKernel().kernel }),
    pulls: createSqlitePastPullsStore({ directory }),
    trackers: createMemoryTrackerStore(),
    floors: { read: () => null, write: () => {} },
    calibrations: { read: () => null, write: () => {} },
  };
  const { signal } = new AbortController();
  const past = await openPast({ key: "bench", gitDir, commit: head, defaultCommit: head, learn, signal }, stores);
  const { index } = await history.update("bench", gitDir, [head]);
  return {
    at: (commit) => ({ ...past, history: index.at(commit) }),
    units: createUnitParser(),
    close: () => {
      for (const store of [history, stores.changes, stores.pulls]) store.close();
    },
  };
}
