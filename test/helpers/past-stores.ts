import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCalibrationFiles } from "../../src/calibration/calibration-files.ts";
import { createFloorFiles } from "../../src/calibration/floor-files.ts";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import { createSqliteHistoryStore } from "../../src/history/sqlite-history-store.ts";
import { createSqlitePastChangesStore } from "../../src/history/sqlite-past-changes-store.ts";
import { createSqlitePastPullsStore } from "../../src/history/sqlite-past-pulls-store.ts";
import type { PastStores } from "../../src/handlers/remember.ts";
import { createMemoryTrackerStore } from "../../src/tracker/memory-tracker-store.ts";

/** The real stores, in a folder of their own. */
export function createPastStores(): PastStores & { dispose(): void } {
  const directory = mkdtempSync(join(tmpdir(), "past-"));
  const stores = {
    history: createSqliteHistoryStore({ directory }),
    changes: createSqlitePastChangesStore({ directory, kernel: createJsKernel() }),
    pulls: createSqlitePastPullsStore({ directory }),
    trackers: createMemoryTrackerStore(),
  };
  return {
    ...stores,
    floors: createFloorFiles({ directory }),
    calibrations: createCalibrationFiles({ directory }),
    dispose: () => {
      for (const store of Object.values(stores)) store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
