/** TYPE FILE of the retrieval stage: what is known of a repository besides its tree. */
import type { Calibration } from "../calibration/calibration.ts";
import type { Floors } from "../calibration/floors.ts";
import type { History } from "../history/history.ts";
import type { PastChanges } from "../history/past-changes.ts";
import type { PastPulls } from "../history/past-pulls.ts";
import type { Tracker } from "../tracker/tracker.ts";

export interface Past {
  /** Of the commit that is looked from: nothing newer is seen. What follows is wider, and is read through it. */
  history: History;
  changes: PastChanges;
  pulls: PastPulls;
  /** Null for a local clone, and where GitHub was not asked yet. */
  tracker: Tracker | null;
  floors: Floors;
  /** How often each kind of warning proved right here; null where that was not asked yet. */
  calibration: Calibration | null;
}
