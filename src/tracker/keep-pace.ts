import { setTimeout as wait } from "node:timers/promises";
import type { Octokit } from "@octokit/rest";
import { limits } from "../shared/limits.ts";

export interface PaceOptions {
  signal: AbortSignal;
  /** Nothing is asked until then, epoch ms. */
  onWait: (until: number) => void;
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Keeps a share of the requests that GitHub allows in an hour for others with the same credentials, as its headers tell them:
 * a service that answers people shall not stand still because its memory is being filled.
 */
export function keepPace(
  octokit: Pick<Octokit, "hook">,
  { signal, onWait, sleep = (ms, until) => wait(ms, undefined, { signal: until }) }: PaceOptions,
): void {
  let told: { remaining: number; limit: number; resetAt: number } | null = null;
  octokit.hook.before("request", async () => {
    if (told === null || told.remaining > told.limit * limits.requestsLeftToOthers) return;
    const ms = told.resetAt - Date.now();
    if (ms > 0) {
      onWait(told.resetAt);
      await sleep(Math.min(ms, limits.rateLimitMaxMs), signal);
    }
    told = null;
  });
  octokit.hook.after("request", ({ headers }) => {
    const [remaining, limit, reset] = ["remaining", "limit", "reset"].map((name) => {
      const value = headers[`x-ratelimit-${name}`];
      return value === undefined ? Number.NaN : Number(value);
    }) as [number, number, number];
    // A GitHub of one's own may have no limit.
    told = [remaining, limit, reset].every(Number.isFinite) ? { remaining, limit, resetAt: reset * 1_000 } : null;
  });
}
