import { LRUCache } from "lru-cache";
import { asksGitHub } from "../jobs/job.ts";
import { rateLimitedUntil, RateLimitedError } from "../jobs/on-error.ts";
import { limits } from "../shared/limits.ts";
import type { RunJob } from "./switch-app.ts";

/**
 * As `run`. Once GitHub has told a job to wait, all others of its installation wait as long and ask nothing: GitHub shuts out
 * for longer who goes on. Those of other installations are none the wiser: each has limits of its own.
 */
export function heedingLimits(run: RunJob): RunJob {
  /** Until when an installation may ask nothing, epoch ms. */
  const waits = new LRUCache<number, number>({ max: limits.rateLimitsKept });
  return async (job, services, signal, attempt) => {
    const until = waits.get(job.installationId) ?? 0;
    if (until > Date.now() && asksGitHub(job)) throw new RateLimitedError(until);
    try {
      await run(job, services, signal, attempt);
    } catch (error) {
      const told = rateLimitedUntil(error, attempt);
      if (told !== null) waits.set(job.installationId, told);
      throw error;
    }
  };
}
