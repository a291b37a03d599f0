import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ProbotOctokit } from "probot";
import { limits } from "../../../src/shared/limits.ts";
import { createGitHubTrackerSource } from "../../../src/tracker/github-tracker-source.ts";
import type { TrackerSource } from "../../../src/tracker/tracker.ts";
import { type Permissions, primaryRateLimit, secondaryRateLimit } from "../../helpers/github-server/github-server.ts";
import { client, installationToken } from "../github-server/example.ts";
import { key, shopId, start, startTrackedShop, type TrackedShop } from "./tracked-shop.ts";

let shop: TrackedShop;
beforeEach(async () => {
  shop = await startTrackedShop();
});
afterEach(() => shop.stop());

describe("a sync", () => {
  test("reads issues, pull requests, comments and review comments as GitHub has them", async () => {
    const { github, repository } = shop;
    github.createLabel(repository, "bug");
    shop.wait(1);
    github.openIssue(repository, "bob", { title: "Totals are off", body: null, labels: ["bug"] });
    shop.wait(1);
    github.comment(repository, "ada", 2, "I see it, too");
    shop.wait(1);
    const remark = await github.reviewComment(repository, "ada", 1, {
      path: "counter.txt",
      line: 32,
      start_line: 31,
      body: "Two?",
    });
    shop.wait(1);
    const answer = github.reply(repository, "bob", remark, "Two.");
    shop.wait(1);
    await github.closePull(repository, "ada", 1, true);
    const { data: byBot } = await shop.octokit.rest.issues.createComment({
      owner: "acme",
      repo: "shop",
      issue_number: 2,
      body: "Related code: …",
    });

    const report = await shop.store.sync(key, shop.source);

    expect(report).toMatchObject({ issues: 2, comments: 2, reviewComments: 2, complete: true, skipped: [] });
    expect(shop.tracker().issue(1)).toMatchObject({ pull: true, state: "closed", mergedAt: "2026-01-01T00:00:05Z" });
    expect(shop.tracker().issue(2)).toEqual({
      number: 2,
      pull: false,
      title: "Totals are off",
      body: "",
      author: { login: "bob", association: "NONE", bot: false },
      state: "open",
      stateReason: null,
      labels: ["bug"],
      createdAt: "2026-01-01T00:00:01Z",
      updatedAt: "2026-01-01T00:00:05Z",
      closedAt: null,
      mergedAt: null,
    });
    expect(shop.tracker().comments(2)).toMatchObject([
      { body: "I see it, too", author: { login: "ada", association: "COLLABORATOR", bot: false } },
      { id: byBot.id, author: { login: "engram-assistant[bot]", bot: true } },
    ]);
    expect([...shop.tracker().reviewComments()]).toMatchObject([
      {
        id: remark.id,
        pull: 1,
        path: "counter.txt",
        startLine: 31,
        line: 32,
        side: "RIGHT",
        commit: shop.pull.pull.headSha,
        inReplyTo: null,
        hunk: expect.stringMatching(/^@@ .*\+new B$/s) as string,
      },
      { id: answer.id, inReplyTo: remark.id },
    ]);
  });

  test("keeps where a review comment was made, also once it is outdated, and no line of one on a file", async () => {
    const { github, git, repository } = shop;
    await github.reviewComment(repository, "ada", 1, { path: "counter.txt", line: 5, body: "Why?" });
    await github.reviewComment(repository, "ada", 1, { path: "counter.txt", subject_type: "file", body: "All of it" });
    const { headSha } = shop.pull.pull;
    git.git("checkout", "--quiet", "feature");
    git.write("counter.txt", "nothing is as it was\n");
    git.commit("Rewrite");
    git.git("checkout", "--quiet", "--detach");
    await github.push(repository, "ada", "feature");
    await shop.store.sync(key, shop.source);

    expect([...shop.tracker().reviewComments()]).toMatchObject([
      { line: 5, commit: headSha },
      { line: null, startLine: null, commit: headSha },
    ]);
  });

  test("after edits reads what changed, with the new text", async () => {
    shop.openIssues(120);
    const { github, repository } = shop;
    const comment = github.comment(repository, "ada", 3, "First thought");
    await shop.store.sync(key, shop.source);
    shop.wait(600);
    github.editIssue(repository, "bob", 5, { body: "now clearer" });
    github.editComment(repository, "ada", comment, "Second thought");
    shop.github.state.requests.length = 0;

    const report = await shop.store.sync(key, shop.source);

    expect(report).toMatchObject({ issues: 1, comments: 1, complete: true });
    expect(shop.asked(/\/issues\?/)).toHaveLength(1);
    expect(shop.tracker().issue(5)?.body).toBe("now clearer");
    expect(shop.tracker().comments(3)).toMatchObject([{ body: "Second thought" }]);
    expect(shop.numbers()).toHaveLength(121);
  });

  test("reads bodies of GitHub's full length", async () => {
    const body = "ß".repeat(65_536);
    shop.github.openIssue(shop.repository, "bob", { title: "Log", body });
    shop.github.comment(shop.repository, "bob", 2, body);
    await shop.store.sync(key, shop.source);

    expect(shop.tracker().issue(2)?.body).toBe(body);
    expect(shop.tracker().comments(2)[0]?.body).toBe(body);
  });

  test("takes what a deleted account wrote for a ghost's", async () => {
    const { github, repository } = shop;
    github.openIssue(repository, "gone", { title: "Mine", body: "Text" });
    github.comment(repository, "gone", 2, "Words");
    await github.reviewComment(repository, "gone", 1, { path: "counter.txt", line: 5, body: "Line" });
    github.deleteAccount("gone");
    await shop.store.sync(key, shop.source);

    const ghost = { login: "ghost", association: "NONE", bot: false };
    expect(shop.tracker().issue(2)?.author).toEqual(ghost);
    expect(shop.tracker().comments(2)[0]?.author).toEqual(ghost);
    expect([...shop.tracker().reviewComments()][0]?.author).toEqual(ghost);
  });
});

describe("a sync that is cut short", () => {
  test.each([1, 2, 3])("by an abort during page %i keeps the pages before and goes on", async (page) => {
    shop.openIssues(350);
    const controller = new AbortController();
    let pages = 0;
    const counting: TrackerSource = {
      ...shop.source,
      async *issues(since, signal) {
        for await (const records of shop.source.issues(since, signal)) {
          if (++pages === page) controller.abort(new Error("stop"));
          yield records;
        }
      },
    };
    const first = await shop.store.sync(key, counting, { signal: controller.signal });
    const second = await shop.store.sync(key, shop.source);

    expect(first).toMatchObject({ complete: false, comments: 0 });
    expect(first.issues).toBeGreaterThan(0);
    expect(first.issues + second.issues).toBe(351);
    expect(second.complete).toBe(true);
  });

  test.each(["plain", "Probot's"])("by an abort while GitHub takes its time ends at once: %s client", async (which) => {
    const { github, installation } = shop;
    const token = await installationToken(github, installation.id);
    // Probot's tries failed requests again, for most of a minute, unless it sees that they were aborted.
    const probots = () =>
      new ProbotOctokit({ baseUrl: github.apiUrl, auth: { token } }) as unknown as typeof shop.octokit;
    const octokit = which === "plain" ? shop.octokit : probots();
    const controller = new AbortController();
    github.failNext({
      match: /sort=updated/,
      meanwhile: () => {
        controller.abort(new Error("the job was superseded"));
        return new Promise((resolve) => setTimeout(resolve, 200));
      },
    });
    const source = createGitHubTrackerSource(octokit, shopId);
    const report = await shop.store.sync(key, source, { signal: controller.signal });

    // Octokit tries everything else again.
    expect(report).toMatchObject({ issues: 0, complete: false, endedBy: { name: "AbortError" } });
    expect(shop.asked(/comments/)).toEqual([]);
  });

  test.each([
    ["the hour's requests", primaryRateLimit({ match: /issues\/comments/, resetAt: new Date(start + 3_600_000) }), 403],
    ["a secondary limit", secondaryRateLimit({ match: /issues\/comments/ }), 403],
    ["a secondary limit as 429", secondaryRateLimit({ match: /issues\/comments/, status: 429 }), 429],
    ["a failure of GitHub's", { match: /issues\/comments/, status: 502 }, 502],
    ["a lost connection", { match: /issues\/comments/, drop: "before" as const }, 500],
  ])("by %s tells what Octokit threw and goes on", async (_name, fault, status) => {
    shop.openIssues(3);
    shop.github.comment(shop.repository, "ada", 2, "Yes");
    shop.github.failNext({ ...fault, times: 20 });

    const first = await shop.store.sync(key, shop.source);
    shop.github.state.faults.length = 0;
    const second = await shop.store.sync(key, shop.source);

    expect(first).toMatchObject({ issues: 4, comments: 0, complete: false, skipped: [], endedBy: { status } });
    expect(second).toMatchObject({ issues: 0, comments: 1, complete: true, endedBy: null });
  });
});

describe("what the app may not read", () => {
  async function syncWith(permissions: Permissions) {
    const { github, installation, repository } = shop;
    github.openIssue(repository, "bob", { title: "Open", body: "Text" });
    github.closeIssue(repository, "bob", 2);
    github.comment(repository, "ada", 2, "Yes");
    await github.reviewComment(repository, "ada", 1, { path: "counter.txt", line: 5, body: "Why?" });
    const octokit = client(github, await installationToken(github, installation.id, { permissions }));
    return shop.store.sync(key, createGitHubTrackerSource(octokit, shopId));
  }

  test("is skipped and named: review comments without pull requests", async () => {
    const report = await syncWith({ issues: "read" });

    expect(report).toMatchObject({ issues: 2, comments: 1, reviewComments: 0, complete: true });
    expect(report.skipped).toMatchObject([
      { kind: "reviewComments", remedy: expect.stringContaining('"pull_requests: read"') as string },
    ]);
  });

  test("is skipped and named: issues without issues", async () => {
    const report = await syncWith({ pull_requests: "read" });

    expect(report).toMatchObject({ issues: 0, comments: 1, reviewComments: 1, complete: true });
    expect(report.skipped).toMatchObject([
      { kind: "issues", remedy: expect.stringContaining("issues: read") as string },
    ]);
  });

  test("is all of a repository that is gone", async () => {
    const nowhere = createGitHubTrackerSource(shop.octokit, { ...shopId, name: "nowhere" });
    const report = await shop.store.sync(key, nowhere);

    expect(report.skipped.map(({ kind }) => kind)).toEqual(["issues", "comments", "reviewComments"]);
    expect(shop.store.open(key)).toBeNull();
  });

  test("is not taken for a token that has expired", async () => {
    shop.github.revokeTokens();

    await expect(shop.store.sync(key, shop.source)).rejects.toMatchObject({ status: 401 });
  });
});

describe("a large repository", () => {
  // Numbers need not be dense: discussions have some of them.
  const first = limits.trackedIssues + 300;

  function openLarge(): void {
    const { github, repository } = shop;
    for (const [number, day] of [
      [250, 1],
      [299, 2],
      [301, 3],
      [first - 1, 4],
      [first, 5],
    ] as const) {
      const createdAt = `2025-01-0${day}T00:00:00Z`;
      github.openIssue(repository, "bob", { title: `#${number}`, body: null, number, createdAt });
    }
    github.deleteIssue(repository, "bob", 250);
    // Old, but touched lately.
    shop.wait(1);
    github.editIssue(repository, "bob", 299, { body: "still true" });
    Object.assign(repository.issues.find(({ number }) => number === 1) ?? {}, {
      createdAt: "2024-01-01T00:00:00Z",
      updatedAt: "2024-01-01T00:00:00Z",
    });
  }

  test("is read from where its newest issues begin, with what changed since", async () => {
    openLarge();
    await shop.store.sync(key, shop.source);

    expect(shop.numbers()).toEqual([299, 301, first - 1, first]);
    expect(shop.asked(/issues\/300$/)).toHaveLength(1);
    expect(shop.asked(/issues\/comments\?.*since=2025-01-02T00%3A00%3A00Z/)).toHaveLength(1);
  });

  test("is read from its beginning where no number near that is left", async () => {
    openLarge();
    shop.github.failNext({ match: /\/issues\/\d+$/, status: 404, times: limits.beginningTries });
    await shop.store.sync(key, shop.source);

    expect(shop.numbers()).toEqual([1, 299, 301, first - 1, first]);
  });

  test("is asked for its beginning again after a failure", async () => {
    openLarge();
    shop.github.failNext(secondaryRateLimit({ match: /sort=created/ }));
    const report = await shop.store.sync(key, shop.source);
    await shop.store.sync(key, shop.source);

    expect(report).toMatchObject({ issues: 0, complete: false });
    expect(shop.numbers()).toEqual([299, 301, first - 1, first]);
  });
});
