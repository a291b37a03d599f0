import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it, vi } from "vitest";
import { decideOnError, ShutdownError } from "../../../src/jobs/on-error.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { limits } from "../../../src/shared/limits.ts";

const now = 1_800_000_000_000;
let github: Server;
let baseUrl: string;

beforeAll(async () => {
  // Answers with the status in the path and the headers in the query.
  github = createServer((request, response) => {
    const url = new URL(request.url!, "http://localhost");
    response.writeHead(Number(url.pathname.slice(1)), Object.fromEntries(url.searchParams));
    response.end(JSON.stringify({ message: url.searchParams.get("x-message") ?? "no" }));
  });
  await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(github.address() as AddressInfo).port}`;
});
afterAll(() => github.close());
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now }));
afterEach(() => void vi.useRealTimers());

/** What Octokit really throws for such an answer. */
async function githubError(status: number, headers: Record<string, string> = {}): Promise<unknown> {
  const query = new URLSearchParams({ "content-type": "application/json", ...headers });
  const route = `GET /${status}?${query.toString()}`;
  return octokit(baseUrl)
    .request(route)
    .catch((error: unknown) => error);
}

function octokit(url: string): Octokit {
  return new Octokit({ baseUrl: url, log: { debug() {}, info() {}, warn() {}, error() {} } });
}

function assistantError(transient: boolean, cause?: unknown): AssistantError {
  return new AssistantError("no", { code: "test", remedy: "none", transient, cause });
}

const later = (ms: number) => ({ action: "retry", at: now + ms, excused: false });
/** The try does not count. */
const excused = (ms: number) => ({ ...later(ms), excused: true });
const half = () => 0.5;

describe("rate limits", () => {
  it.each([
    ["403 with retry-after", 403, { "retry-after": "120" }, 120_000],
    ["429 with retry-after", 429, { "retry-after": "120" }, 120_000],
    [
      "403 with nothing left",
      403,
      {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(now / 1000 + 600),
        date: new Date(now).toUTCString(),
      },
      600_000,
    ],
    [
      "403 that only says so",
      403,
      { "x-message": "You have exceeded a secondary rate limit." },
      limits.rateLimitFirstMs,
    ],
    [
      "422 for comments too fast",
      422,
      { "x-message": "Validation Failed: was submitted too quickly" },
      limits.rateLimitFirstMs,
    ],
    ["429 without a hint", 429, {}, limits.rateLimitFirstMs],
    ["a reset that has passed", 403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }, limits.retryFirstMs],
    [
      "a reset by GitHub's clock, which is an hour ahead of ours",
      403,
      {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(now / 1000 + 3_600 + 600),
        date: new Date(now + 3_600_000).toUTCString(),
      },
      600_000,
    ],
    ["a reset beyond reason", 403, { "retry-after": "999999" }, limits.rateLimitMaxMs],
  ])("%s", async (_name, status, headers, wait) => {
    const error = await githubError(status, headers);

    expect(decideOnError(error, 1)).toEqual(excused(wait));
    expect(decideOnError(assistantError(true, error), 1)).toEqual(excused(wait));
  });

  it("never use up a job's attempts", async () => {
    expect(decideOnError(await githubError(429, { "retry-after": "30" }), 99)).toEqual(excused(30_000));
  });
});

it("fails no job for a 403 that is a missing permission before its attempts are used up", async () => {
  const error = await githubError(403, { "x-ratelimit-remaining": "4999" });

  expect(decideOnError(error, 1, half)).toEqual(later(limits.retryFirstMs * 0.75));
  expect(decideOnError(error, limits.jobAttempts, half)).toEqual({ action: "fail" });
});

it("discards a job whose branch is gone", () => {
  const error = new AssistantError("no branch", { code: "ref-missing", remedy: "" });
  expect(decideOnError(error, 1)).toEqual({ action: "discard" });
});

it.each([404, 410])("discards a job whose subject is gone (%i)", async (status) => {
  expect(decideOnError(await githubError(status), 1)).toEqual({ action: "discard" });
});

it("does not take another server's 404 for a missing subject", () => {
  const error = Object.assign(new Error("model not found"), { status: 404 });

  expect(decideOnError(error, 1)).toMatchObject({ action: "retry" });
});

it("fails at once what a person must mend", () => {
  expect(decideOnError(assistantError(false), 1)).toEqual({ action: "fail" });
});

it("retries at once what a shutdown interrupted", () => {
  expect(decideOnError(new ShutdownError(), 99)).toEqual(excused(0));
});

it.each([
  ["502", () => githubError(502)],
  [
    "network error",
    () =>
      octokit("http://127.0.0.1:1")
        .request("GET /")
        .catch((error: unknown) => error),
  ],
  ["fetch that failed", async () => new AssistantError("no", { code: "fetch-failed", remedy: "", transient: true })],
])(
  "waits for GitHub after a %s for about a day, a quarter of an hour at most between two tries",
  async (_name, make) => {
    const error = await make();
    const waits = Array.from({ length: limits.outageAttempts - 1 }, (_, i) => decideOnError(error, i + 1, half));

    expect(waits.slice(0, 3)).toEqual([1, 4, 16].map((factor) => excused(limits.retryFirstMs * factor * 0.75)));
    expect(waits.every((decision) => decision.action === "retry")).toBe(true);
    const total = waits.reduce((sum, decision) => sum + (decision.action === "retry" ? decision.at - now : 0), 0);
    expect(total).toBeGreaterThan(12 * 60 * 60_000);
    expect(decideOnError(error, limits.outageAttempts, half)).toEqual({ action: "fail" });
  },
);

it.each([
  ["transient error", async () => assistantError(true)],
  ["bug", async () => new TypeError("x is undefined")],
])("backs off from a %s, then fails", async (_name, make) => {
  const error = await make();

  const waits = [1, 2, 3, 4].map((attempt) => decideOnError(error, attempt, half));
  expect(waits).toEqual([1, 4, 16, 64].map((factor) => later(limits.retryFirstMs * factor * 0.75)));
  expect(decideOnError(error, limits.jobAttempts, half)).toEqual({ action: "fail" });
});

it("gives a bug all its tries, however often GitHub was away before", () => {
  const bug = new TypeError("x is undefined");

  expect(decideOnError(bug, 31, half, 30)).toEqual(later(limits.retryFirstMs * 0.75));
  expect(decideOnError(bug, 30 + limits.jobAttempts, half, 30)).toEqual({ action: "fail" });
});

it("spreads retries over half of the wait", () => {
  const bug = new Error("boom");

  expect(decideOnError(bug, 1, () => 0)).toEqual(later(limits.retryFirstMs / 2));
  expect(decideOnError(bug, 1, () => 1)).toEqual(later(limits.retryFirstMs));
});
