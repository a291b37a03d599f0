import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../src/shared/limits.ts";
import { createGitHubTrackerSource } from "../../../src/tracker/github-tracker-source.ts";
import { createMemoryTrackerStore } from "../../../src/tracker/memory-tracker-store.ts";
import type { Tracker, TrackerSource } from "../../../src/tracker/tracker.ts";
import type { KeptTrackerStore } from "../../../src/tracker/tracker-keeper.ts";
import {
  type Issue,
  type Permissions,
  primaryRateLimit,
  secondaryRateLimit,
} from "../../helpers/github-server/github-server.ts";
import { client, type Example, installationToken, startExample } from "../github-server/example.ts";

const key = "github.com/acme/shop";
const repository = { host: "github.com", owner: "acme", name: "shop" };
const start = Date.UTC(2026, 0, 1);

let clock = start;
let example: Example;
let source: TrackerSource;
let store: KeptTrackerStore;
beforeEach(async () => {
  clock = start;
  example = await startExample({ now: () => clock });
  source = createGitHubTrackerSource(example.octokit, repository);
  store = createMemoryTrackerStore();
  example.github.state.requests.length = 0;
});
afterEach(async () => {
  await example.stop();
});

const tracker = (): Tracker => {
  const open = store.open(key);
  if (!open) throw new Error("nothing was read");
  return open;
};
const numbers = (): number[] => [...tracker().issues()].map(({ number }) => number);
const asked = (path: RegExp): string[] =>
  example.github.state.requests.map((request) => request.path).filter((one) => path.test(one));

/** Opens issues, `each` in one second; pull request #1 stands already. */
function openIssues(count: number, each = 1): Issue[] {
  const { github, repository: shop } = example;
  return Array.from({ length: count }, (_, i) => {
    if (i % each === 0) clock += 1_000;
    return github.openIssue(shop, "bob", { title: `Issue ${i}`, body: `Body ${i}` });
  });
}

/** Edits an issue while the next request that matches is under way, before it is answered. */
function editDuring(match: RegExp, number: number): void {
  example.github.failNext({
    match,
    meanwhile: () => {
      clock += 60_000;
      example.github.editIssue(example.repository, "bob", number, { body: `edited at ${clock}` });
    },
  });
}

describe("a sync", () => {
  test("reads issues, pull requests, comments and review comments as GitHub has them", async () => {
    const { github, repository: shop } = example;
    github.createLabel(shop, "bug");
    clock += 1_000;
    github.openIssue(shop, "bob", { title: "Totals are off", body: null, labels: ["bug"] });
    clock += 1_000;
    github.comment(shop, "ada", 2, "I see it, too");
    clock += 1_000;
    const remark = await github.reviewComment(shop, "ada", 1, {
      path: "counter.txt",
      line: 32,
      start_line: 31,
      body: "Two?",
    });
    clock += 1_000;
    const answer = github.reply(shop, "bob", remark, "Two.");
    clock += 1_000;
    await github.closePull(shop, "ada", 1, true);
    const { data: byBot } = await example.octokit.rest.issues.createComment({
      owner: "acme",
      repo: "shop",
      issue_number: 2,
      body: "Related code: …",
    });

    const report = await store.sync(key, source);

    expect(report).toMatchObject({ issues: 2, comments: 2, reviewComments: 2, complete: true, skipped: [] });
    expect(tracker().issue(1)).toMatchObject({ pull: true, state: "closed", mergedAt: "2026-01-01T00:00:05Z" });
    expect(tracker().issue(2)).toEqual({
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
    expect(tracker().comments(2)).toMatchObject([
      { body: "I see it, too", author: { login: "ada", association: "COLLABORATOR", bot: false } },
      { id: byBot.id, author: { login: "engram-assistant[bot]", bot: true } },
    ]);
    expect([...tracker().reviewComments()]).toMatchObject([
      {
        id: remark.id,
        pull: 1,
        path: "counter.txt",
        startLine: 31,
        line: 32,
        side: "RIGHT",
        commit: example.pull.pull.headSha,
        inReplyTo: null,
        hunk: expect.stringMatching(/^@@ .*\+new B$/s) as string,
      },
      { id: answer.id, inReplyTo: remark.id },
    ]);
  });

  test("keeps where a review comment was made, also once it is outdated, and no line of one on a file", async () => {
    const { github, git, repository: shop } = example;
    await github.reviewComment(shop, "ada", 1, { path: "counter.txt", line: 5, body: "Why?" });
    await github.reviewComment(shop, "ada", 1, { path: "counter.txt", subject_type: "file", body: "All of it" });
    const { headSha } = example.pull.pull;
    git.git("checkout", "--quiet", "feature");
    git.write("counter.txt", "nothing is as it was\n");
    git.commit("Rewrite");
    git.git("checkout", "--quiet", "--detach");
    await github.push(shop, "ada", "feature");
    await store.sync(key, source);

    expect([...tracker().reviewComments()]).toMatchObject([
      { line: 5, commit: headSha },
      { line: null, startLine: null, commit: headSha },
    ]);
  });

  test("after edits reads what changed, with the new text", async () => {
    openIssues(120);
    const { github, repository: shop } = example;
    const comment = github.comment(shop, "ada", 3, "First thought");
    await store.sync(key, source);
    clock += 600_000;
    github.editIssue(shop, "bob", 5, { body: "now clearer" });
    github.editComment(shop, "ada", comment, "Second thought");
    example.github.state.requests.length = 0;

    const report = await store.sync(key, source);

    expect(report).toMatchObject({ issues: 1, comments: 1, complete: true });
    expect(asked(/\/issues\?/)).toHaveLength(1);
    expect(tracker().issue(5)?.body).toBe("now clearer");
    expect(tracker().comments(3)).toMatchObject([{ body: "Second thought" }]);
    expect(numbers()).toHaveLength(121);
  });

  test("reads bodies of GitHub's full length", async () => {
    const body = "ß".repeat(65_536);
    example.github.openIssue(example.repository, "bob", { title: "Log", body });
    example.github.comment(example.repository, "bob", 2, body);
    await store.sync(key, source);

    expect(tracker().issue(2)?.body).toBe(body);
    expect(tracker().comments(2)[0]?.body).toBe(body);
  });

  test("takes what a deleted account wrote for a ghost's", async () => {
    const { github, repository: shop } = example;
    github.openIssue(shop, "gone", { title: "Mine", body: "Text" });
    github.comment(shop, "gone", 2, "Words");
    await github.reviewComment(shop, "gone", 1, { path: "counter.txt", line: 5, body: "Line" });
    github.deleteAccount("gone");
    await store.sync(key, source);

    const ghost = { login: "ghost", association: "NONE", bot: false };
    expect(tracker().issue(2)?.author).toEqual(ghost);
    expect(tracker().comments(2)[0]?.author).toEqual(ghost);
    expect([...tracker().reviewComments()][0]?.author).toEqual(ghost);
  });
});

describe("a list that moves while it is read", () => {
  test.each([2, 60, 100, 101, 102, 150, 201])("loses nothing when #%i is edited between two pages", async (edited) => {
    openIssues(200);
    editDuring(/GET \/repos\/acme\/shop\/issues\?.*since=/, edited);

    await store.sync(key, source);

    expect(numbers()).toEqual(Array.from({ length: 201 }, (_, i) => i + 1));
    expect(tracker().issue(edited)?.body).toContain("edited at");
  });

  test("is asked anew from the newest time seen, never for a second page", async () => {
    openIssues(250);
    await store.sync(key, source);

    expect(numbers()).toHaveLength(251);
    expect(asked(/[?&](page|after)=/)).toEqual([]);
    expect(asked(/\/issues\?.*sort=updated/)).toHaveLength(3);
  });

  test.each([40, 99, 100, 101])("loses and doubles nothing where %i entries share a second", async (each) => {
    const comments = openIssues(1).flatMap(() =>
      Array.from({ length: 320 }, (_, i) => {
        if (i % each === 0) clock += 1_000;
        return example.github.comment(example.repository, "ada", 2, `Comment ${i}`);
      }),
    );
    const report = await store.sync(key, source);

    expect(report.comments).toBe(320);
    expect(tracker().comments(2)).toHaveLength(comments.length);
  });

  test("turns pages, by cursor or by number, where more than a page changed in one second", async () => {
    openIssues(250, 250);
    clock += 1_000;
    openIssues(10);
    Array.from({ length: 230 }, () => example.github.comment(example.repository, "ada", 2, "Yes"));

    const report = await store.sync(key, source);

    expect(report).toMatchObject({ issues: 261, comments: 230, complete: true });
    expect(asked(/\/issues\?.*after=/).length).toBeGreaterThan(0);
    expect(asked(/\/comments\?.*page=2/).length).toBeGreaterThan(0);
  });

  test.each([7, 100, 101, 180])(
    "loses nothing when #%i of such a second is edited between its pages",
    async (edited) => {
      // Comments have no cursors: everything behind an edited one moves past the border between two pages.
      const made = Array.from({ length: 250 }, () => example.github.comment(example.repository, "ada", 1, "Yes"));
      const one = made[edited];
      if (!one) throw new Error("there is no such comment");
      example.github.failNext({
        match: /\/comments\?.*page=2/,
        meanwhile: () => {
          clock += 60_000;
          example.github.editComment(example.repository, "ada", one, "No");
        },
      });

      await store.sync(key, source);

      expect(
        new Set(
          tracker()
            .comments(1)
            .map(({ id }) => id),
        ),
      ).toEqual(new Set(made.map(({ id }) => id)));
      expect(tracker().comments(1)[edited]?.body).toBe("No");
    },
  );

  test("goes on behind a second whose pages GitHub does not count to the end", async () => {
    openIssues(150, 150);
    clock += 5_000;
    openIssues(2);
    const { github } = example;
    github.failNext({ match: /after=/, status: 422, message: "Pagination …", times: 2 });

    const report = await store.sync(key, source);

    expect(report.complete).toBe(true);
    expect(numbers()).toContain(153);
    expect(numbers().length).toBeGreaterThanOrEqual(101);
  });

  test("that is not in order is refused rather than read for ever", async () => {
    openIssues(150, 150);
    const { issues } = example.octokit.rest;
    // A server that knows no `since`.
    const listForRepo = (query: object) => issues.listForRepo({ ...query, since: undefined } as never);
    const unsorted = { rest: { ...example.octokit.rest, issues: { ...issues, listForRepo } } } as never;
    const pages = createGitHubTrackerSource(unsorted, repository).issues("2026-02-01T00:00:00Z");

    await expect(pages[Symbol.asyncIterator]().next()).rejects.toThrow("in the order of its changes");
  });
});

describe("a sync that is cut short", () => {
  test.each([1, 2, 3])("by an abort during page %i keeps the pages before and goes on", async (page) => {
    openIssues(350);
    const controller = new AbortController();
    let pages = 0;
    const counting: TrackerSource = {
      ...source,
      async *issues(since, signal) {
        for await (const records of source.issues(since, signal)) {
          if (++pages === page) controller.abort(new Error("stop"));
          yield records;
        }
      },
    };
    const first = await store.sync(key, counting, { signal: controller.signal });
    const second = await store.sync(key, source);

    expect(first).toMatchObject({ complete: false, comments: 0 });
    expect(first.issues).toBeGreaterThan(0);
    expect(first.issues + second.issues).toBe(351);
    expect(second.complete).toBe(true);
  });

  test("by an abort while GitHub takes its time ends at once, without trying again", async () => {
    const controller = new AbortController();
    example.github.failNext({
      match: /sort=updated/,
      meanwhile: () => {
        controller.abort(new Error("the job was superseded"));
        return new Promise((resolve) => setTimeout(resolve, 200));
      },
    });
    const report = await store.sync(key, source, { signal: controller.signal });

    expect(report).toMatchObject({ issues: 0, complete: false });
    expect(asked(/comments/)).toEqual([]);
  });

  test.each([
    ["the hour's requests", primaryRateLimit({ match: /issues\/comments/, resetAt: new Date(start + 3_600_000) }), 403],
    ["a secondary limit", secondaryRateLimit({ match: /issues\/comments/ }), 403],
    ["a secondary limit as 429", secondaryRateLimit({ match: /issues\/comments/, status: 429 }), 429],
    ["a failure of GitHub's", { match: /issues\/comments/, status: 502 }, 502],
    ["a lost connection", { match: /issues\/comments/, drop: "before" as const }, 500],
  ])("by %s tells what Octokit threw and goes on", async (_name, fault, status) => {
    openIssues(3);
    example.github.comment(example.repository, "ada", 2, "Yes");
    example.github.failNext({ ...fault, times: 20 });

    const first = await store.sync(key, source);
    example.github.state.faults.length = 0;
    const second = await store.sync(key, source);

    expect(first).toMatchObject({ issues: 4, comments: 0, complete: false, skipped: [], endedBy: { status } });
    expect(second).toMatchObject({ issues: 0, comments: 1, complete: true, endedBy: null });
  });
});

describe("what the app may not read", () => {
  async function syncWith(permissions: Permissions) {
    const { github, installation, repository: shop } = example;
    github.openIssue(shop, "bob", { title: "Open", body: "Text" });
    github.closeIssue(shop, "bob", 2);
    github.comment(shop, "ada", 2, "Yes");
    await github.reviewComment(shop, "ada", 1, { path: "counter.txt", line: 5, body: "Why?" });
    const octokit = client(github, await installationToken(github, installation.id, { permissions }));
    return store.sync(key, createGitHubTrackerSource(octokit, repository));
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
    const nowhere = createGitHubTrackerSource(example.octokit, { ...repository, name: "nowhere" });
    const report = await store.sync(key, nowhere);

    expect(report.skipped.map(({ kind }) => kind)).toEqual(["issues", "comments", "reviewComments"]);
    expect(store.open(key)).toBeNull();
  });

  test("is not taken for a token that has expired", async () => {
    example.github.revokeTokens();

    await expect(store.sync(key, source)).rejects.toMatchObject({ status: 401 });
  });
});

describe("links", () => {
  const commit = "a".repeat(40);

  function closedIssue(by?: string): void {
    example.github.openIssue(example.repository, "bob", { title: "Totals are off", body: "By a cent" });
    clock += 1_000;
    example.github.closeIssue(example.repository, "ada", 2, by);
  }

  test("name the commit that closed an issue, commits and pull requests that name it, each once", async () => {
    const { github, repository: shop } = example;
    const other = "b".repeat(40);
    github.openIssue(shop, "bob", { title: "Totals are off", body: "By a cent" });
    github.mentionIssue(shop, "ada", 2, { source: 1 });
    github.mentionIssue(shop, "ada", 2, { source: 1 });
    github.mentionIssue(shop, "ada", 2, { commit });
    github.mentionIssue(shop, "ada", 2, { commit: other });
    github.connectPull(shop, "ada", 2);
    github.comment(shop, "ada", 2, "Yes");
    github.closeIssue(shop, "ada", 2, commit);
    await store.sync(key, source);

    expect(tracker().links(2)).toEqual([
      { issue: 2, kind: "closed", pull: null, commit },
      { issue: 2, kind: "mentioned", pull: 1, commit: null },
      { issue: 2, kind: "mentioned", pull: null, commit: other },
    ]);
  });

  test("take a pull request that names an issue and was merged as it closed for what closed it", async () => {
    const { github, repository: shop } = example;
    github.openIssue(shop, "bob", { title: "Totals are off", body: "By a cent" });
    github.mentionIssue(shop, "ada", 2, { source: 1 });
    clock += 10_000;
    await github.closePull(shop, "ada", 1, true);
    clock += 2_000;
    github.closeIssue(shop, "ada", 2);
    await store.sync(key, source);

    expect(tracker().links(2)).toEqual([{ issue: 2, kind: "closed", pull: 1, commit: null }]);
  });

  test.each([
    ["long before", limits.closedByMergeMs + 1_000],
    ["after", -5_000],
  ])("take one that was merged %s for a mention", async (_name, gap) => {
    const { github, repository: shop } = example;
    github.openIssue(shop, "bob", { title: "Totals are off", body: "By a cent" });
    github.mentionIssue(shop, "ada", 2, { source: 1 });
    clock += 100_000;
    await github.closePull(shop, "ada", 1, true);
    clock += gap;
    github.closeIssue(shop, "ada", 2);
    await store.sync(key, source);

    expect(tracker().links(2)).toEqual([{ issue: 2, kind: "mentioned", pull: 1, commit: null }]);
  });

  test("leave out other repositories, forks among them, and issues that name this one", async () => {
    const { github, repository: shop, git } = example;
    const fork = github.createRepository({ owner: "eve", name: "shop", gitDir: shop.gitDir });
    github.openIssue(fork, "eve", { title: "Issue of the fork", body: null });
    await github.openPull(fork, "eve", { title: "Fork", body: null, head: "feature", base: "main" });
    github.openIssue(shop, "bob", { title: "Totals are off", body: "By a cent" });
    github.openIssue(shop, "bob", { title: "Same as #2", body: null });
    for (const source of [1, 2]) github.mentionIssue(shop, "eve", 2, { source, from: fork });
    github.mentionIssue(shop, "eve", 2, { commit: git.git("rev-parse", "feature").trim(), from: fork });
    github.mentionIssue(shop, "bob", 2, { source: 3 });
    github.closeIssue(shop, "ada", 2);
    await store.sync(key, source);

    expect(tracker().links(2)).toEqual([]);
  });

  test("turn pages, up to a limit", async () => {
    closedIssue();
    const { github, repository: shop } = example;
    for (let i = 0; i < 100 * limits.timelinePages; i++) github.mentionIssue(shop, "eve", 2, { commit });
    github.mentionIssue(shop, "eve", 2, { source: 1 });
    await store.sync(key, source);

    expect(asked(/timeline/)).toHaveLength(limits.timelinePages);
    expect(tracker().links(2)).toEqual([{ issue: 2, kind: "mentioned", pull: null, commit }]);
  });

  test.each(["transferIssue", "deleteIssue"] as const)(
    "are none after %s between list and timeline",
    async (remove) => {
      closedIssue(commit);
      example.github.failNext({
        match: /pulls\/comments/,
        meanwhile: () => example.github[remove](example.repository, "ada", 2),
      });
      const report = await store.sync(key, source);

      expect(report).toMatchObject({ links: 0, complete: true, skipped: [] });
      expect(tracker().links(2)).toEqual([]);
    },
  );

  test("do not follow an issue to another repository", async () => {
    closedIssue(commit);
    const location = `${example.github.apiUrl}/repos/acme/shop/issues/1/timeline`;
    example.github.failNext({ match: /issues\/2\/timeline/, status: 301, headers: { location } });
    const report = await store.sync(key, source);

    expect(report).toMatchObject({ links: 0, complete: true, skipped: [] });
    expect(asked(/issues\/1\/timeline/)).toEqual([]);
  });

  test("are read again once an issue was opened and closed again", async () => {
    closedIssue();
    await store.sync(key, source);
    clock += 100_000;
    example.github.reopenIssue(example.repository, "bob", 2);
    await store.sync(key, source);
    expect(tracker().issue(2)).toMatchObject({ state: "open", stateReason: "reopened" });
    clock += 100_000;
    example.github.closeIssue(example.repository, "ada", 2, commit);
    await store.sync(key, source);

    expect(asked(/timeline/)).toHaveLength(2);
    expect(tracker().links(2)).toEqual([{ issue: 2, kind: "closed", pull: null, commit }]);
  });
});

describe("a large repository", () => {
  // Numbers need not be dense: discussions have some of them.
  const first = limits.trackedIssues + 300;

  function openLarge(): void {
    const { github, repository: shop } = example;
    for (const [number, day] of [
      [250, 1],
      [299, 2],
      [301, 3],
      [first - 1, 4],
      [first, 5],
    ] as const) {
      const createdAt = `2025-01-0${day}T00:00:00Z`;
      github.openIssue(shop, "bob", { title: `#${number}`, body: null, number, createdAt });
    }
    github.deleteIssue(shop, "bob", 250);
    // Old, but touched lately.
    clock += 1_000;
    github.editIssue(shop, "bob", 299, { body: "still true" });
    Object.assign(shop.issues.find(({ number }) => number === 1) ?? {}, {
      createdAt: "2024-01-01T00:00:00Z",
      updatedAt: "2024-01-01T00:00:00Z",
    });
  }

  test("is read from where its newest issues begin, with what changed since", async () => {
    openLarge();
    await store.sync(key, source);

    expect(numbers()).toEqual([299, 301, first - 1, first]);
    expect(asked(/issues\/300$/)).toHaveLength(1);
    expect(asked(/issues\/comments\?.*since=2025-01-02T00%3A00%3A00Z/)).toHaveLength(1);
  });

  test("is read from its beginning where no number near that is left", async () => {
    openLarge();
    example.github.failNext({ match: /\/issues\/\d+$/, status: 404, times: limits.beginningTries });
    await store.sync(key, source);

    expect(numbers()).toEqual([1, 299, 301, first - 1, first]);
  });

  test("is asked for its beginning again after a failure", async () => {
    openLarge();
    example.github.failNext(secondaryRateLimit({ match: /sort=created/ }));
    const report = await store.sync(key, source);
    await store.sync(key, source);

    expect(report).toMatchObject({ issues: 0, complete: false });
    expect(numbers()).toEqual([299, 301, first - 1, first]);
  });
});
