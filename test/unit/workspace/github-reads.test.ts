import { Octokit } from "@octokit/rest";
import nock from "nock";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../../src/shared/limits.ts";
import { readPull } from "../../../src/workspace/open-pull.ts";
import { readIssue, readPastIssues } from "../../../src/workspace/read-issues.ts";

/** What GitHub answers at the edge: nothing else may be asked. */
const github = "https://api.github.com";
const repository = { host: "github.com", owner: "acme", name: "shop" };
const octokit = new Octokit({ auth: "ghs_test" });

beforeAll(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
});
afterAll(() => nock.enableNetConnect());

const issue = (number: number, more: object = {}) => ({
  number,
  title: `Issue ${number}`,
  body: null,
  state: "open",
  created_at: "2026-01-01T00:00:00Z",
  ...more,
});

describe("readPull", () => {
  it("reads what is true now", async () => {
    nock(github)
      .get("/repos/acme/shop/pulls/7")
      .reply(200, {
        state: "open",
        draft: true,
        title: "Rates",
        created_at: "2026-01-01T00:00:00Z",
        labels: [{ name: "ready" }],
        user: { login: "renovate[bot]", type: "Bot" },
        body: "Closes #3",
        head: { ref: "rates", sha: "1f0c3a9e5b7d2c4a6e8f0b1d3c5a7e9f1b3d5c7a" },
        base: { ref: "next", repo: { default_branch: "main" } },
      });
    expect(await readPull(octokit, repository, 7)).toEqual({
      number: 7,
      open: true,
      draft: true,
      title: "Rates",
      body: "Closes #3",
      branch: "rates",
      createdAt: Date.UTC(2026, 0, 1),
      labels: ["ready"],
      author: { login: "renovate[bot]", isBot: true },
      head: "1f0c3a9e5b7d2c4a6e8f0b1d3c5a7e9f1b3d5c7a",
      targetBranch: "next",
      defaultBranch: "main",
    });
  });

  it.each([404, 410])("says that a pull request is gone (%i)", async (status) => {
    nock(github).get("/repos/acme/shop/pulls/7").reply(status, { message: "gone" });
    expect(await readPull(octokit, repository, 7)).toBeNull();
  });

  it("hands on every other answer, so that the job is tried again", async () => {
    nock(github).get("/repos/acme/shop/pulls/7").reply(502, { message: "Bad gateway" });
    await expect(readPull(octokit, repository, 7)).rejects.toMatchObject({ status: 502 });
  });
});

describe("readIssue", () => {
  it("reads an issue, and takes a pull request for none", async () => {
    nock(github)
      .get("/repos/acme/shop/issues/3")
      .reply(200, issue(3, { state: "closed" }));
    nock(github)
      .get("/repos/acme/shop/issues/4")
      .reply(200, issue(4, { pull_request: {} }));
    expect(await readIssue(octokit, repository, 3)).toMatchObject({ number: 3, body: "", state: "closed" });
    expect(await readIssue(octokit, repository, 4)).toBeNull();
  });
});

describe("readPastIssues", () => {
  it("follows pages, leaves out pull requests and the issue itself, and stops at the limit", async () => {
    const pages = Math.ceil(limits.issuesListed / 98) + 1;
    for (let page = 1; page < pages; page++) {
      const numbers = Array.from({ length: 100 }, (_, index) => 100 * page + index);
      const items = numbers.map((number) => issue(number, number % 100 === 0 ? { pull_request: {} } : {}));
      nock(github)
        .get("/repos/acme/shop/issues")
        .query((query) => query["state"] === "all" && (query["page"] ?? "1") === String(page))
        .reply(200, items, {
          link: `<${github}/repos/acme/shop/issues?state=all&per_page=100&page=${page + 1}>; rel="next"`,
        });
    }
    const past = await readPastIssues(octokit, repository, 101);
    expect(past).toHaveLength(limits.issuesListed);
    expect(past.map(({ number }) => number)).not.toContain(100);
    expect(past.map(({ number }) => number)).not.toContain(101);
  });
});
