/** What Octokit throws; known by its shape, because several copies of its class may be loaded. */
export interface FailedRequest {
  name: string;
  status: number;
  message: string;
  response?: { headers?: Record<string, string | number | undefined> };
}

/**
 * Whether GitHub refused a request because there were too many, or too fast. Primary and secondary limits come as 403 or 429,
 * and as 422 for comments "submitted too quickly". Any other 403 is a missing permission, which no waiting mends.
 */
export function isRateLimit(error: FailedRequest): boolean {
  if (error.status === 429) return true;
  if (error.status === 422) return /submitted too quickly/i.test(error.message);
  if (error.status !== 403) return false;
  return (
    header(error, "x-ratelimit-remaining") === 0 ||
    header(error, "retry-after") !== null ||
    /rate limit|abuse detection/i.test(error.message)
  );
}

/** How long GitHub tells to wait, in ms: `retry-after` (seconds), else the reset time (epoch seconds); null where it does not. */
export function toldWaitMs(error: FailedRequest, now: number): number | null {
  const seconds = header(error, "retry-after");
  if (seconds !== null) return seconds * 1_000;
  const reset = header(error, "x-ratelimit-remaining") === 0 ? header(error, "x-ratelimit-reset") : null;
  if (reset === null) return null;
  // Both are times of GitHub's clock: ours may be another hour's.
  const sent = Date.parse(String(error.response?.headers?.["date"]));
  return Math.max(0, reset * 1_000 - (Number.isNaN(sent) ? now : sent));
}

function header(error: FailedRequest, name: string): number | null {
  const value = error.response?.headers?.[name];
  return value === undefined || !Number.isFinite(Number(value)) ? null : Number(value);
}
