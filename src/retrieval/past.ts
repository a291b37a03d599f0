/** TYPE FILE of the retrieval stage: what is known of a repository besides its tree. */
import type { Calibration } from "../calibration/calibration.ts";
import type { Floors } from "../calibration/floors.ts";
import type { History } from "../history/history.ts";
import type { PastChanges } from "../history/past-changes.ts";
import type { PastPulls } from "../history/past-pulls.ts";
import type { IssueMeanings } from "./issue-meanings.ts";
import type { Tracker } from "../tracker/tracker.ts";

export interface Past {
  /** Of the commit that is looked from: nothing newer is seen. What follows is wider, and is read through it. */
  history: History;
  changes: PastChanges;
  pulls: PastPulls;
  /** Null for a local clone, and where GitHub was not asked yet. */
  tracker: Tracker | null;
  /**
   * What the tracker's issues mean, as far as that was computed; null without an encoder. Loads it on first use: seconds, and
   * none of this machine's work but that of finding similar issues needs it.
   */
  meanings?: () => Promise<IssueMeanings | null>;
  floors: Floors;
  /** How often each kind of warning proved right here; null where that was not asked yet. */
  calibration: Calibration | null;
}
