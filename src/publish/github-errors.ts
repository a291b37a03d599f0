import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type FailedRequest, isRateLimit, toldWaitMs } from "../shared/rate-limit.ts";

/** GitHub asks us to wait. Transient: the same call succeeds after `retryAt`. */
export class GitHubLimitedError extends AssistantError {
  /** Epoch ms. */
  readonly retryAt: number;

  constructor(retryAt: number, cause: unknown) {
    super(`GitHub's rate limit is reached until ${new Date(retryAt).toISOString()}`, {
      code: "github-limited",
      remedy: "Wait; the job is tried again by itself.",
      transient: true,
      cause,
    });
    this.retryAt = retryAt;
  }
}

/**
 * A failed request as the error that says what to do. `permission` is what the request needs, for when GitHub does not
 * say. Anything that is no answer of GitHub to a person's mistake comes back unchanged.
 */
export function publishError(error: unknown, permission: string, now = Date.now()): unknown {
  if (!isFailedRequest(error) || error.name === "AbortError") return error; // Octokit gives an abort status 500
  if (isRateLimit(error))
    return new GitHubLimitedError(now + (toldWaitMs(error, now) ?? limits.rateLimitWaitMs), error);
  // A token that was revoked or has run out says nothing about permissions: the job is tried again with another one.
  if (error.status === 401) return error;
  if (error.status === 403) return notPermitted(error, permission);
  if (error.status >= 500) {
    return new AssistantError(`GitHub could not be reached or failed (${error.status})`, {
      code: "github-unavailable",
      remedy: "Wait; the job is tried again by itself.",
      transient: true,
      cause: error,
    });
  }
  return error;
}

/** What a request answers. Errors: as publishError. */
export async function permitted<T>(permission: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw publishError(error, permission);
  }
}

export function isFailedRequest(error: unknown): error is FailedRequest {
  return error instanceof Error && "status" in error && typeof error.status === "number";
}

function notPermitted(error: FailedRequest, permission: string): AssistantError {
  // GitHub names what would do, for example `pull_requests=write`; several alternatives are separated by semicolons.
  const accepted = error.response?.headers?.["x-accepted-github-permissions"];
  const needed = accepted ? String(accepted).replaceAll("=", ": ") : permission;
  return new AssistantError(`GitHub does not permit this: ${messageOf(error).split("\n")[0]}`, {
    code: "not-permitted",
    remedy: `Grant the app the permission "${needed}" and accept it for the installation; see that the conversation is not locked.`,
    cause: error,
  });
}
