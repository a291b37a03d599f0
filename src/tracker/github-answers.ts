import { AssistantError, messageOf } from "../shared/errors.ts";
import { type FailedRequest, isRateLimit } from "../shared/rate-limit.ts";
import type { RepositoryId } from "../shared/repository.ts";

const permissions = {
  issues: "issues: read",
  comments: "issues: read",
  links: "issues: read",
  "review comments": "pull_requests: read",
};

/** Errors: AssistantError `not-permitted` where GitHub does not show this list to us; rate limits and the rest unchanged. */
export async function shown<T>(
  kind: keyof typeof permissions,
  { owner, name }: RepositoryId,
  request: Promise<T>,
): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (!isStatus(error, 403, 404, 410) || isRateLimit(error)) throw error;
    // GitHub names what would do, for example `issues=read; pull_requests=read`.
    const accepted = error.response?.headers?.["x-accepted-github-permissions"];
    const needed = accepted ? String(accepted).replaceAll("=", ": ") : permissions[kind];
    throw new AssistantError(`GitHub does not show us the ${kind} of ${owner}/${name}: ${messageOf(error)}`, {
      code: "not-permitted",
      remedy: `Grant the app the permission "${needed}", accept it for the installation, and see that the repository has issues.`,
      cause: error,
    });
  }
}

/** Null for an issue that was deleted, or transferred to another repository (301; the request must not follow it). */
export async function nullWhereGone<T extends { status: number }>(request: Promise<T>): Promise<T | null> {
  try {
    const answer = await request;
    return answer.status >= 300 ? null : answer;
  } catch (error) {
    if (isStatus(error, 301, 404, 410)) return null;
    throw error;
  }
}

export function isStatus(error: unknown, ...statuses: number[]): error is FailedRequest {
  return (
    error instanceof Error && "status" in error && typeof error.status === "number" && statuses.includes(error.status)
  );
}
