import { describe, expect, it } from "vitest";
import { GitHubLimitedError, publishError } from "../../../src/publish/github-errors.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

/** As Octokit throws it. */
function failure(status: number, message: string, headers: Record<string, string> = {}): unknown {
  const error = Object.assign(new Error(message), { status, response: { headers } });
  return publishError(error, "pull_requests: write", now);
}

describe("a request that GitHub refused", () => {
  it.each([
    ["a secondary limit with a time", 403, "You have exceeded a secondary rate limit", { "retry-after": "30" }, 30],
    ["a secondary limit without one", 403, "You have exceeded a secondary rate limit", {}, 60],
    ["429", 429, "Too many requests", { "retry-after": "5" }, 5],
    [
      "the hour's limit",
      403,
      "API rate limit exceeded",
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now / 1000 + 900) },
      900,
    ],
    [
      "the hour's limit of a GitHub whose clock is behind ours",
      403,
      "API rate limit exceeded",
      {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(now / 1000 - 3_600 + 900),
        date: new Date(now - 3_600_000).toUTCString(),
      },
      900,
    ],
    ["comments that came too quickly", 422, "Validation Failed: was submitted too quickly", {}, 60],
  ])("because of %s is tried again when GitHub says", (_name, status, message, headers, seconds) => {
    const error = failure(status, message, headers);

    expect(error).toBeInstanceOf(GitHubLimitedError);
    expect(error).toMatchObject({ code: "github-limited", transient: true, retryAt: now + seconds * 1000 });
  });

  it.each([
    ["that GitHub names", { "x-accepted-github-permissions": "issues=write; pull_requests=write" }, "issues: write"],
    ["that the call needs", {}, "pull_requests: write"],
  ])("for lack of a permission names the one %s", (_name, headers, permission) => {
    const error = failure(403, "Resource not accessible by integration", headers);

    expect(error).toMatchObject({ code: "not-permitted", transient: false });
    expect((error as { remedy: string }).remedy).toContain(permission);
  });

  it("is transient when the fault is GitHub's", () => {
    expect(failure(502, "Bad gateway")).toMatchObject({ code: "github-unavailable", transient: true });
  });

  it("otherwise is passed on: a bug, not a person's mistake", () => {
    expect(failure(404, "Not Found")).toMatchObject({ status: 404, message: "Not Found" });
    expect(publishError(new TypeError("x"), "none")).toBeInstanceOf(TypeError);
  });
});
