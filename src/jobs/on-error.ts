import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";

/** What becomes of a job that threw. `at` is in epoch milliseconds; an excused try does not count for limits.jobAttempts. */
export type Decision = { action: "retry"; at: number; excused: boolean } | { action: "fail" } | { action: "discard" };

/**
 * What an error means for its job; the first row that fits decides.
 *
 * | error                                                    | decision                                             |
 * | -------------------------------------------------------- | ---------------------------------------------------- |
 * | the worker shuts down                                    | retry at once, by whoever comes next                 |
 * | GitHub: rate limit (429, or 403 that says so)            | retry when GitHub says, however often                |
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
  const limited = [error, error instanceof AssistantError && error.cause].filter(isRequestError).find(isRateLimit);
  if (limited) return { action: "retry", at: now + rateLimitWaitMs(limited, attempt, now), excused: true };
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

/** What Octokit throws; known by its shape, because several copies of its class may be loaded. */
interface RequestError extends Error {
  status: number;
  response?: { headers: Record<string, string | number | undefined> };
}

function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && error.name === "HttpError" && "status" in error;
}

/** Octokit gives an answer that never came the status 500. */
function isOutage(error: unknown): boolean {
  if (isRequestError(error)) return error.status >= 500;
  return error instanceof AssistantError && ["github-unavailable", "fetch-failed"].includes(error.code);
}

function isRateLimit(error: RequestError): boolean {
  if (error.status === 429) return true;
  if (error.status !== 403) return false;
  const headers = error.response?.headers ?? {};
  // A 403 without these is a missing permission, which no waiting mends.
  return (
    headers["retry-after"] !== undefined ||
    Number(headers["x-ratelimit-remaining"] ?? 1) === 0 ||
    /rate limit/i.test(error.message)
  );
}

/** GitHub's rule: `retry-after` (seconds), else the reset time (epoch seconds), else a minute, doubled each time. */
function rateLimitWaitMs(error: RequestError, attempt: number, now: number): number {
  const headers = error.response?.headers ?? {};
  const retryAfter = Number(headers["retry-after"]) * 1000;
  // Both are times of GitHub's clock: ours may be another hour's.
  const sent = Date.parse(String(headers["date"]));
  const reset = Number(headers["x-ratelimit-reset"]) * 1000 - (Number.isNaN(sent) ? now : sent);
  const exhausted = Number(headers["x-ratelimit-remaining"] ?? 1) === 0;
  const guess = limits.rateLimitFirstMs * 2 ** (attempt - 1);
  const wait = Number.isFinite(retryAfter) ? retryAfter : exhausted && Number.isFinite(reset) ? reset : guess;
  return Math.min(Math.max(wait, limits.retryFirstMs), limits.rateLimitMaxMs);
}
