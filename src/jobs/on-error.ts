import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type FailedRequest, isRateLimit, toldWaitMs } from "../shared/rate-limit.ts";

/** What becomes of a job that threw. `at` is in epoch milliseconds; an excused try does not count for limits.jobAttempts. */
export type Decision = { action: "retry"; at: number; excused: boolean } | { action: "fail" } | { action: "discard" };

/**
 * What an error means for its job; the first row that fits decides.
 *
 * | error                                                    | decision                                             |
 * | -------------------------------------------------------- | ---------------------------------------------------- |
 * | the worker shuts down                                    | retry at once, by whoever comes next                 |
 * | GitHub: rate limit (429, or 403 or 422 that says so)     | retry when GitHub says, however often                |
 * | GitHub: 404, 410: the subject is gone                    | discard                                              |
 * | a branch is gone, or the repository is empty             | discard                                              |
 * | AssistantError that is not transient: somebody must act  | fail                                                 |
 * | GitHub: 5xx, no answer, a fetch that failed              | retry with backoff; fail after limits.outageAttempts |
 * | everything else (transient, a bug)                       | retry with backoff; fail after limits.jobAttempts    |
 *
 * A rate limit counts also where it is the cause of an AssistantError. `attempt` is 1 after the first try; of those before,
 * `excused` ended through no fault of the job: whatever comes after an hour without GitHub, it has all its tries.
 * `random` is in [0, 1): the jitter that keeps jobs which failed together apart.
 */
export function decideOnError(
  error: unknown,
  attempt: number,
  random: () => number = Math.random,
  excused = 0,
): Decision {
  const now = Date.now();
  if (error instanceof ShutdownError) return { action: "retry", at: now, excused: true };
  const limitedUntil = rateLimitedUntil(error, attempt);
  if (limitedUntil !== null) return { action: "retry", at: limitedUntil, excused: true };
  if (isRequestError(error) && [404, 410].includes(error.status)) return { action: "discard" };
  if (error instanceof AssistantError && error.code === "ref-missing") return { action: "discard" };
  if (error instanceof AssistantError && !error.transient) return { action: "fail" };
  const outage = isOutage(error);
  const tries = outage ? attempt : attempt - excused;
  if (tries >= (outage ? limits.outageAttempts : limits.jobAttempts)) return { action: "fail" };
  const wait = Math.min(limits.retryFirstMs * 4 ** Math.min(tries - 1, 10), limits.retryMaxMs);
  return { action: "retry", at: now + wait * (0.5 + random() / 2), excused: outage };
}

/** The reason of the abort signal of every running job when the worker stops. */
export class ShutdownError extends Error {
  override readonly name = "ShutdownError";
}

/** Another job of the installation was told to wait until then (epoch ms): GitHub was not asked again. */
export class RateLimitedError extends Error {
  override readonly name = "RateLimitedError";
  readonly until: number;

  constructor(until: number) {
    super(`GitHub's rate limit of the installation is reached until ${new Date(until).toISOString()}`);
    this.until = until;
  }
}

/** When an installation may ask GitHub again (epoch ms); null where the error is no rate limit. */
export function rateLimitedUntil(error: unknown, attempt: number): number | null {
  if (error instanceof RateLimitedError) return error.until;
  const limited = [error, error instanceof AssistantError && error.cause].filter(isRequestError).find(isRateLimit);
  const now = Date.now();
  return limited ? now + rateLimitWaitMs(limited, attempt, now) : null;
}

function isRequestError(error: unknown): error is FailedRequest & Error {
  return error instanceof Error && error.name === "HttpError" && "status" in error;
}

/** Octokit gives an answer that never came the status 500. */
function isOutage(error: unknown): boolean {
  if (isRequestError(error)) return error.status >= 500;
  return error instanceof AssistantError && ["github-unavailable", "fetch-failed"].includes(error.code);
}

/** As GitHub tells, else a minute, doubled each time. */
function rateLimitWaitMs(error: FailedRequest, attempt: number, now: number): number {
  const wait = toldWaitMs(error, now) ?? limits.rateLimitFirstMs * 2 ** (attempt - 1);
  return Math.min(Math.max(wait, limits.retryFirstMs), limits.rateLimitMaxMs);
}
