import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AssistantError } from "../../src/shared/errors.ts";
import { limits } from "../../src/shared/limits.ts";
import { createMemoryTrackerStore } from "../../src/tracker/memory-tracker-store.ts";
import { createSqliteTrackerStore } from "../../src/tracker/sqlite-tracker-store.ts";
import type { TrackedIssue, Tracker } from "../../src/tracker/tracker.ts";
import type { KeptTrackerStore } from "../../src/tracker/tracker-keeper.ts";
import { at, commentAt, fakeGitHub, issueAt, reviewCommentAt } from "../helpers/tracked-records.ts";

const folder = mkdtempSync(join(tmpdir(), "tracker-"));
let folders = 0;
const key = "github.com/acme/shop";

afterAll(() => rmSync(folder, { recursive: true }));

/** Octokit's error for a status. */
function failed(status: number): Error {
  return Object.assign(new Error(`status ${status}`), { status });
}

describe.each([
  ["sqlite", () => createSqliteTrackerStore({ directory: join(folder, String(++folders)) })],
  ["memory", () => createMemoryTrackerStore()],
])("%s tracker store", (_name, create: () => KeptTrackerStore) => {
  let store: KeptTrackerStore;
  beforeEach(() => {
    store = create();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    store.close();
  });

  function opened(of = key): Tracker {
    const tracker = store.open(of);
    if (!tracker) throw new Error("nothing was read");
    return tracker;
  }
  const numbers = (): number[] => [...opened().issues()].map(({ number }) => number);

  it("knows nothing of a repository that was never read, nor of one that is empty", async () => {
    expect(store.open(key)).toBeNull();
    await store.sync(key, fakeGitHub().source);
    expect(store.open(key)).toBeNull();
  });

  it("gives back what it read, in the order of numbers and ids", async () => {
    const github = fakeGitHub({
      issues: [issueAt(3, 1, { labels: ["bug"], pull: true, mergedAt: at(1) }), issueAt(1, 9), issueAt(20, 5)],
      comments: [commentAt(12, 1, { issue: 3 }), commentAt(11, 2, { issue: 3 }), commentAt(10, 3)],
      reviewComments: [reviewCommentAt(8, 1), reviewCommentAt(7, 2, { inReplyTo: 8 })],
    });

    const report = await store.sync(key, github.source);

    expect(report).toMatchObject({ issues: 3, comments: 3, reviewComments: 2, links: 0, complete: true });
    const tracker = opened();
    expect([...tracker.issues()]).toEqual([github.issues[1], github.issues[0], github.issues[2]]);
    expect(tracker.issue(3)).toEqual(github.issues[0]);
    expect(tracker.issue(4)).toBeNull();
    expect(tracker.comments(3)).toEqual([github.comments[1], github.comments[0]]);
    expect(tracker.comments(20)).toEqual([]);
    expect([...tracker.reviewComments()].map(({ id }) => id)).toEqual([7, 8]);
    expect(tracker.readTo()).toEqual({ issues: at(9), comments: at(3), reviewComments: at(2) });
  });

  it("hands out copies", async () => {
    await store.sync(key, fakeGitHub({ issues: [issueAt(1, 1)] }).source);
    (opened().issue(1) as TrackedIssue).labels.push("mine");

    expect(opened().issue(1)?.labels).toEqual([]);
  });

  it("keeps repositories apart", async () => {
    await store.sync(key, fakeGitHub({ issues: [issueAt(1, 1)] }).source);
    await store.sync("github.com/acme/other", fakeGitHub({ issues: [issueAt(2, 1)] }).source);

    expect(numbers()).toEqual([1]);
    expect([...opened("github.com/acme/other").issues()].map(({ number }) => number)).toEqual([2]);
  });

  it("reads again from a little before its mark, and counts only what changed", async () => {
    const github = fakeGitHub({ issues: [issueAt(1, 10), issueAt(2, 500)], comments: [commentAt(5, 20)] });
    await store.sync(key, github.source);
    github.issues[0] = issueAt(1, 600, { body: "edited" });
    github.issues.push(issueAt(3, 600));
    github.asked.length = 0;

    const second = await store.sync(key, github.source);
    const third = await store.sync(key, github.source);

    const overlap = limits.trackerOverlapMs / 1000;
    expect(github.asked.slice(0, 3)).toEqual([
      ["issues", at(500 - overlap)],
      ["comments", at(20 - overlap)],
      ["reviewComments", null],
    ]);
    expect(second).toMatchObject({ issues: 2, comments: 0, reviewComments: 0 });
    expect(third).toMatchObject({ issues: 0, comments: 0, reviewComments: 0, complete: true });
    expect(opened().issue(1)?.body).toBe("edited");
  });

  it("sees a change within the second that it has read to", async () => {
    const github = fakeGitHub({ issues: [issueAt(1, 10)] });
    await store.sync(key, github.source);
    github.issues = [issueAt(1, 10, { body: "edited at once" }), issueAt(2, 10)];

    expect(await store.sync(key, github.source)).toMatchObject({ issues: 2 });
    expect(opened().issue(1)?.body).toBe("edited at once");
  });

  it("is not taken back by an older version that arrives late", async () => {
    const github = fakeGitHub({ issues: [issueAt(1, 50, { body: "new" })] });
    await store.sync(key, github.source);
    github.issues = [issueAt(1, 49, { body: "old" })];

    expect(await store.sync(key, github.source)).toMatchObject({ issues: 0 });
    expect(opened().issue(1)?.body).toBe("new");
    expect(opened().readTo().issues).toBe(at(50));
  });

  it("cuts texts at GitHub's own limit, and keeps the end of a long hunk", async () => {
    const long = "x".repeat(limits.commentCharacters - 1) + "😀" + "y".repeat(100);
    const hunk = ["@@ -0,0 +1,5000 @@", ...Array.from({ length: 5_000 }, (_, i) => `+line ${i + 1}`)].join("\n");
    const github = fakeGitHub({
      issues: [issueAt(1, 1, { body: long })],
      comments: [commentAt(2, 1, { body: long })],
      reviewComments: [reviewCommentAt(3, 1, { hunk })],
    });
    await store.sync(key, github.source);

    const cut = "x".repeat(limits.commentCharacters - 1);
    expect(opened().issue(1)?.body).toBe(cut);
    expect(opened().comments(1)[0]?.body).toBe(cut);
    const lines = [...opened().reviewComments()][0]?.hunk.split("\n") ?? [];
    expect(lines.at(-1)).toBe("+line 5000");
    expect(lines[0]).toBe(`@@ -0,0 +${5_002 - lines.length},${lines.length - 1} @@`);
    expect(lines[1]).toBe(`+line ${5_002 - lines.length}`);
    expect(lines.join("\n").length).toBeLessThan(limits.reviewedHunkCharacters + 100);
  });

  it("keeps texts that are no valid Unicode", async () => {
    const body = "half \uD83D of a character";
    await store.sync(key, fakeGitHub({ issues: [issueAt(1, 1, { body, title: "\uDC00" })] }).source);

    expect(opened().issue(1)).toMatchObject({ body, title: "\uDC00" });
  });

  describe("interrupted", () => {
    const github = () =>
      fakeGitHub({
        issues: Array.from({ length: 11 }, (_, i) => issueAt(i + 1, Math.floor(i / 3))),
        comments: Array.from({ length: 5 }, (_, i) => commentAt(i + 1, i)),
      });

    it.each([0, 1, 2, 3, 4, 5])(
      "by an abort after page %i it goes on, and ends as if it had not been",
      async (page) => {
        const cut = github();
        const controller = new AbortController();
        cut.before = (kind, count) => {
          if (kind === "issues" && count === page) controller.abort();
        };
        const first = await store.sync(key, cut.source, { signal: controller.signal });
        cut.before = () => {};
        const second = await store.sync(key, cut.source);

        expect(first).toMatchObject({ complete: false, comments: 0 });
        expect(first.issues + second.issues).toBe(11);
        expect(second.complete).toBe(true);
        expect([...opened().issues()]).toEqual(cut.issues);
        expect(opened().comments(1)).toEqual(cut.comments);
      },
    );

    it.each([403, 429, 500, 502])("by a status %i it says so, keeps the pages read and goes on", async (status) => {
      const limited = github();
      limited.before = (kind, count) => {
        if (kind === "comments" && count === 1) throw failed(status);
      };
      const first = await store.sync(key, limited.source);
      limited.before = () => {};
      const second = await store.sync(key, limited.source);

      expect(first).toMatchObject({ issues: 11, comments: 2, complete: false, endedBy: { status } });
      expect(second).toMatchObject({ issues: 0, comments: 3, complete: true, endedBy: null });
    });

    it("by anything else it throws, and what was read stands", async () => {
      const broken = github();
      broken.before = (kind, count) => {
        if (kind === "issues" && count === 2) throw new TypeError("broken");
      };

      await expect(store.sync(key, broken.source)).rejects.toThrow("broken");
      expect(numbers()).toEqual([1, 2, 3, 4]);
    });

    it("by the bound on pages it is not complete, and the next sync goes on", async () => {
      const many = fakeGitHub({
        size: 1,
        issues: Array.from({ length: limits.trackerPages + 5 }, (_, i) => issueAt(i + 1, i * 60)),
        comments: [commentAt(1, 1)],
      });

      expect(await store.sync(key, many.source)).toMatchObject({
        issues: limits.trackerPages,
        comments: 1,
        complete: false,
        textsComplete: false,
      });
      expect(await store.sync(key, many.source)).toMatchObject({ issues: 5, complete: true });
      expect(numbers()).toHaveLength(limits.trackerPages + 5);
    });
  });

  it("skips a kind that GitHub refuses to show, says so, and reads the others", async () => {
    const github = fakeGitHub({ issues: [issueAt(1, 1)], comments: [commentAt(1, 1)] });
    github.reviewComments = [reviewCommentAt(1, 1)];
    github.before = (kind) => {
      if (kind !== "comments") return;
      throw new AssistantError("not shown", { code: "not-permitted", remedy: "Grant it." });
    };

    const report = await store.sync(key, github.source);

    expect(report).toMatchObject({ issues: 1, comments: 0, reviewComments: 1, complete: true });
    expect(report.skipped).toEqual([{ kind: "comments", reason: "not shown", remedy: "Grant it." }]);
  });

  describe("links", () => {
    const closed = { state: "closed", closedAt: at(1) } as const;
    const fix = (issue: number) => [{ issue, kind: "closed" as const, pull: 9, commit: null }];

    it("are read for closed issues alone, newest first, and again only when the issue changed", async () => {
      const github = fakeGitHub({
        issues: [
          issueAt(1, 10, closed),
          issueAt(2, 20, closed),
          issueAt(3, 30),
          issueAt(4, 40, { ...closed, pull: true }),
        ],
        links: new Map([1, 2].map((number) => [number, fix(number)])),
      });
      const askedLinks = () => github.asked.splice(0).filter(([kind]) => kind === "links");

      expect(await store.sync(key, github.source)).toMatchObject({ links: 2, complete: true });
      expect(askedLinks()).toEqual([
        ["links", 2],
        ["links", 1],
      ]);
      expect(opened().links(1)).toEqual(fix(1));
      expect(opened().links(3)).toEqual([]);
      await store.sync(key, github.source);
      expect(askedLinks()).toEqual([]);

      // One that was never read comes before one that only changed.
      github.issues[0] = issueAt(1, 51, closed);
      github.issues[2] = issueAt(3, 50, closed);
      github.links.set(1, []);
      await store.sync(key, github.source);
      expect(askedLinks()).toEqual([
        ["links", 3],
        ["links", 1],
      ]);
      expect(opened().links(1)).toEqual([]);
    });

    it("beyond the bound are for the next sync", async () => {
      const github = fakeGitHub({
        size: 100,
        issues: Array.from({ length: limits.linksRead + 3 }, (_, i) => issueAt(i + 1, i, closed)),
      });
      for (const { number } of github.issues) github.links.set(number, fix(number));

      expect(await store.sync(key, github.source)).toMatchObject({
        links: limits.linksRead,
        complete: false,
        textsComplete: true,
      });
      expect(opened().links(3)).toEqual([]);
      expect(await store.sync(key, github.source)).toMatchObject({ links: 3, complete: true });
      expect(opened().links(3)).toEqual(fix(3));
    });

    it("read before an interruption stand", async () => {
      const github = fakeGitHub({ issues: [issueAt(1, 1, closed), issueAt(2, 2, closed), issueAt(3, 3, closed)] });
      for (const { number } of github.issues) github.links.set(number, fix(number));
      github.before = (kind, issue) => {
        if (kind === "links" && issue === 1) throw failed(429);
      };
      expect(await store.sync(key, github.source)).toMatchObject({ links: 2, complete: false });
      github.before = () => {};

      expect(await store.sync(key, github.source)).toMatchObject({ links: 1, complete: true });
    });
  });

  describe("forgets", () => {
    const full = () =>
      fakeGitHub({
        issues: [issueAt(1, 1, { state: "closed" }), issueAt(2, 2, { pull: true })],
        comments: [commentAt(1, 1, { issue: 1 }), commentAt(2, 2, { issue: 2 }), commentAt(3, 3, { issue: 2 })],
        reviewComments: [reviewCommentAt(1, 1), reviewCommentAt(2, 2, { pull: 7 })],
        links: new Map([[1, [{ issue: 1, kind: "closed" as const, pull: 2, commit: null }]]]),
      });

    it("an issue with its comments and links, for good", async () => {
      const github = full();
      await store.sync(key, github.source);
      store.forgetIssue(key, 1);
      store.forgetIssue(key, 99);
      const again = await store.sync(key, github.source);

      expect(numbers()).toEqual([2]);
      expect(opened().issue(1)).toBeNull();
      expect(opened().links(1)).toEqual([]);
      expect(again.issues).toBe(0);
      expect(opened().comments(2)).toHaveLength(2);
    });

    it("one comment, one review comment", async () => {
      const github = full();
      await store.sync(key, github.source);
      store.forgetComment(key, 2);
      store.forgetReviewComment(key, 2);
      await store.sync(key, github.source);

      expect(opened().comments(2)).toEqual([github.comments[2]]);
      expect([...opened().reviewComments()].map(({ id }) => id)).toEqual([1]);
    });

    it("also what a sync under way has in its hands", async () => {
      const github = full();
      github.before = (kind, count) => {
        if (kind === "comments" && count === 0) store.forgetComment(key, 1);
        if (kind === "links") store.forgetIssue(key, 1);
      };
      await store.sync(key, github.source);

      expect(opened().comments(1)).toEqual([]);
      expect(opened().links(1)).toEqual([]);
    });

    it("nothing of a repository that is not known", () => {
      store.forgetIssue(key, 1);
      expect(store.open(key)).toBeNull();
    });
  });

  it("keeps the newest up to its limits", async () => {
    const count = limits.trackedIssues + 3;
    const github = fakeGitHub({
      size: 5_000,
      issues: Array.from({ length: count }, (_, i) => issueAt(i + 1, i)),
      comments: [commentAt(1, 1, { issue: 2 }), commentAt(2, 2, { issue: count })],
    });
    await store.sync(key, github.source);

    expect(numbers()).toHaveLength(limits.trackedIssues);
    expect(opened().issue(3)).toBeNull();
    expect(opened().issue(4)?.number).toBe(4);
    expect(opened().comments(2)).toEqual([]);
    expect(opened().comments(count)).toHaveLength(1);
    expect(await store.sync(key, github.source)).toMatchObject({ issues: 0 });
  });

  it("purges a repository, also under a sync, which then ends", async () => {
    const github = fakeGitHub({ issues: [issueAt(1, 1), issueAt(2, 2), issueAt(3, 3)] });
    github.before = (_kind, count) => {
      if (count === 1) store.purge(key);
    };
    const report = await store.sync(key, github.source);

    expect(report).toMatchObject({ issues: 2, complete: false });
    expect(store.open(key)).toBeNull();
    store.purge(key);
    github.before = () => {};
    expect(await store.sync(key, github.source)).toMatchObject({ issues: 3, complete: true });
  });

  it("syncs one repository in turn", async () => {
    const github = fakeGitHub({ issues: [issueAt(1, 1), issueAt(2, 2), issueAt(3, 3)] });
    const [first, second] = await Promise.all([store.sync(key, github.source), store.sync(key, github.source)]);

    expect([first.issues, second.issues]).toEqual([3, 0]);
  });
});
