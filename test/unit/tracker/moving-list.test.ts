import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGitHubTrackerSource } from "../../../src/tracker/github-tracker-source.ts";
import { key, shopId, startTrackedShop, type TrackedShop } from "./tracked-shop.ts";

let shop: TrackedShop;
beforeEach(async () => {
  shop = await startTrackedShop();
});
afterEach(() => shop.stop());

/** Edits an issue while the next request that matches is under way, before it is answered. */
function editDuring(match: RegExp, number: number): void {
  shop.github.failNext({
    match,
    meanwhile: () => {
      shop.wait(60);
      shop.github.editIssue(shop.repository, "bob", number, { body: "edited during" });
    },
  });
}

describe("a list that moves while it is read", () => {
  test.each([2, 60, 100, 101, 102, 150, 201])("loses nothing when #%i is edited between two pages", async (edited) => {
    shop.openIssues(200);
    editDuring(/GET \/repos\/acme\/shop\/issues\?.*since=/, edited);

    await shop.store.sync(key, shop.source);

    expect(shop.numbers()).toEqual(Array.from({ length: 201 }, (_, i) => i + 1));
    expect(shop.tracker().issue(edited)?.body).toContain("edited during");
  });

  test("is asked anew from the newest time seen, never for a second page", async () => {
    shop.openIssues(250);
    await shop.store.sync(key, shop.source);

    expect(shop.numbers()).toHaveLength(251);
    expect(shop.asked(/[?&](page|after)=/)).toEqual([]);
    expect(shop.asked(/\/issues\?.*sort=updated/)).toHaveLength(3);
  });

  test.each([40, 99, 100, 101])("loses and doubles nothing where %i entries share a second", async (each) => {
    const comments = shop.openIssues(1).flatMap(() =>
      Array.from({ length: 320 }, (_, i) => {
        if (i % each === 0) shop.wait(1);
        return shop.github.comment(shop.repository, "ada", 2, `Comment ${i}`);
      }),
    );
    const report = await shop.store.sync(key, shop.source);

    expect(report.comments).toBe(320);
    expect(shop.tracker().comments(2)).toHaveLength(comments.length);
  });

  test("turns pages, by cursor or by number, where more than a page changed in one second", async () => {
    shop.openIssues(250, 250);
    shop.wait(1);
    shop.openIssues(10);
    Array.from({ length: 230 }, () => shop.github.comment(shop.repository, "ada", 2, "Yes"));

    const report = await shop.store.sync(key, shop.source);

    expect(report).toMatchObject({ issues: 261, comments: 230, complete: true });
    expect(shop.asked(/\/issues\?.*after=/).length).toBeGreaterThan(0);
    expect(shop.asked(/\/comments\?.*page=2/).length).toBeGreaterThan(0);
  });

  test.each([7, 100, 101, 180])(
    "loses nothing when #%i of such a second is edited between its pages",
    async (edited) => {
      // Comments have no cursors: everything behind an edited one moves past the border between two pages.
      const made = Array.from({ length: 250 }, () => shop.github.comment(shop.repository, "ada", 1, "Yes"));
      const one = made[edited];
      if (!one) throw new Error("there is no such comment");
      shop.github.failNext({
        match: /\/comments\?.*page=2/,
        meanwhile: () => {
          shop.wait(60);
          shop.github.editComment(shop.repository, "ada", one, "No");
        },
      });

      await shop.store.sync(key, shop.source);

      expect(
        new Set(
          shop
            .tracker()
            .comments(1)
            .map(({ id }) => id),
        ),
      ).toEqual(new Set(made.map(({ id }) => id)));
      expect(shop.tracker().comments(1)[edited]?.body).toBe("No");
    },
  );

  test("goes on behind a second whose pages GitHub does not count to the end", async () => {
    shop.openIssues(150, 150);
    shop.wait(5);
    shop.openIssues(2);
    const { github } = shop;
    github.failNext({ match: /after=/, status: 422, message: "Pagination …", times: 2 });

    const report = await shop.store.sync(key, shop.source);

    expect(report.complete).toBe(true);
    expect(shop.numbers()).toContain(153);
    expect(shop.numbers().length).toBeGreaterThanOrEqual(101);
  });

  test("that is not in order is refused rather than read for ever", async () => {
    shop.openIssues(150, 150);
    const { issues } = shop.octokit.rest;
    // A server that knows no `since`.
    const listForRepo = (query: object) => issues.listForRepo({ ...query, since: undefined } as never);
    const unsorted = { rest: { ...shop.octokit.rest, issues: { ...issues, listForRepo } } } as never;
    const pages = createGitHubTrackerSource(unsorted, shopId).issues("2026-02-01T00:00:00Z");

    await expect(pages[Symbol.asyncIterator]().next()).rejects.toThrow("in the order of its changes");
  });
});
