import type { Logger } from "pino";
import { limits } from "../shared/limits.ts";
import type { Queue, StopJob } from "./queue.ts";

export interface FollowStopsOptions {
  queue: Pick<Queue, "stops">;
  /** Carries one out in this process; doing so again must change nothing. */
  stop: (stop: StopJob) => void;
  log: Logger;
}

export interface StopFollower {
  /** Resolves when everything that was told before is carried out; to be awaited before a job begins. Never fails. */
  look(): Promise<void>;
  close(): void;
}

/** Carries out in this process what people want to end, whichever machine GitHub told: it looks every limits.jobPollMs. */
export function followStops({ queue, stop, log }: FollowStopsOptions): StopFollower {
  let after = 0;
  let looking: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  async function lookNow(): Promise<void> {
    try {
      for (const told of await queue.stops(after)) {
        stop(told.stop);
        after = told.id;
      }
    } catch (error) {
      log.warn({ err: error }, "cannot see what is to be stopped");
    }
  }

  /** A look that is under way may have read before what is asked for: then one more follows it, for all who ask. */
  function look(): Promise<void> {
    if (next !== null) return next;
    if (looking !== null) {
      next = looking.then(() => {
        next = null;
        return look();
      });
      return next;
    }
    looking = lookNow().finally(() => {
      looking = null;
    });
    return looking;
  }

  const timer = setInterval(() => {
    if (looking === null) void look();
  }, limits.jobPollMs);
  return { look, close: () => clearInterval(timer) };
}
