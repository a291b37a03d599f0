import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../src/shared/limits.ts";
import { key, startTrackedShop, type TrackedShop } from "./tracked-shop.ts";

let shop: TrackedShop;
beforeEach(async () => {
  shop = await startTrackedShop();
});
afterEach(() => shop.stop());

describe("links", () => {
  const commit = "a".repeat(40);

  function closedIssue(by?: string): void {
    shop.github.openIssue(shop.repository, "bob", { title: "Totals are off", body: "By a cent" });
    shop.wait(1);
    shop.github.closeIssue(shop.repository, "ada", 2, by);
  }

  test("name the commit that closed an issue, commits and pull requests that name it, each once", async () => {
    const { github, repository } = shop;
    const other = "b".repeat(40);
    github.openIssue(repository, "bob", { title: "Totals are off", body: "By a cent" });
    github.mentionIssue(repository, "ada", 2, { source: 1 });
    github.mentionIssue(repository, "ada", 2, { source: 1 });
    github.mentionIssue(repository, "ada", 2, { commit });
    github.mentionIssue(repository, "ada", 2, { commit: other });
    github.connectPull(repository, "ada", 2);
    github.comment(repository, "ada", 2, "Yes");
    github.closeIssue(repository, "ada", 2, commit);
    await shop.store.sync(key, shop.source);

    expect(shop.tracker().links(2)).toEqual([
      { issue: 2, kind: "closed", pull: null, commit },
      { issue: 2, kind: "mentioned", pull: 1, commit: null },
      { issue: 2, kind: "mentioned", pull: null, commit: other },
    ]);
  });

  test("take a pull request that names an issue and was merged as it closed for what closed it", async () => {
    const { github, repository } = shop;
    github.openIssue(repository, "bob", { title: "Totals are off", body: "By a cent" });
    github.mentionIssue(repository, "ada", 2, { source: 1 });
    shop.wait(10);
    await github.closePull(repository, "ada", 1, true);
    shop.wait(2);
    github.closeIssue(repository, "ada", 2);
    await shop.store.sync(key, shop.source);

    expect(shop.tracker().links(2)).toEqual([{ issue: 2, kind: "closed", pull: 1, commit: null }]);
  });

  test.each([
    ["long before", limits.closedByMergeMs / 1_000 + 1],
    ["after", -5],
  ])("take one that was merged %s for a mention", async (_name, gap) => {
    const { github, repository } = shop;
    github.openIssue(repository, "bob", { title: "Totals are off", body: "By a cent" });
    github.mentionIssue(repository, "ada", 2, { source: 1 });
    shop.wait(100);
    await github.closePull(repository, "ada", 1, true);
    shop.wait(gap);
    github.closeIssue(repository, "ada", 2);
    await shop.store.sync(key, shop.source);

    expect(shop.tracker().links(2)).toEqual([{ issue: 2, kind: "mentioned", pull: 1, commit: null }]);
  });

  test("leave out other repositories, forks among them, and issues that name this one", async () => {
    const { github, repository, git } = shop;
    const fork = github.createRepository({ owner: "eve", name: "shop", gitDir: repository.gitDir });
    github.openIssue(fork, "eve", { title: "Issue of the fork", body: null });
    await github.openPull(fork, "eve", { title: "Fork", body: null, head: "feature", base: "main" });
    github.openIssue(repository, "bob", { title: "Totals are off", body: "By a cent" });
    github.openIssue(repository, "bob", { title: "Same as #2", body: null });
    for (const source of [1, 2]) github.mentionIssue(repository, "eve", 2, { source, from: fork });
    github.mentionIssue(repository, "eve", 2, { commit: git.git("rev-parse", "feature").trim(), from: fork });
    github.mentionIssue(repository, "bob", 2, { source: 3 });
    github.closeIssue(repository, "ada", 2);
    await shop.store.sync(key, shop.source);

    expect(shop.tracker().links(2)).toEqual([]);
  });

  test("turn pages, up to a limit", async () => {
    closedIssue();
    const { github, repository } = shop;
    for (let i = 0; i < 100 * limits.timelinePages; i++) github.mentionIssue(repository, "eve", 2, { commit });
    github.mentionIssue(repository, "eve", 2, { source: 1 });
    await shop.store.sync(key, shop.source);

    expect(shop.asked(/timeline/)).toHaveLength(limits.timelinePages);
    expect(shop.tracker().links(2)).toEqual([{ issue: 2, kind: "mentioned", pull: null, commit }]);
  });

  test.each(["transferIssue", "deleteIssue"] as const)(
    "are none after %s between list and timeline",
    async (remove) => {
      closedIssue(commit);
      shop.github.failNext({
        match: /pulls\/comments/,
        meanwhile: () => shop.github[remove](shop.repository, "ada", 2),
      });
      const report = await shop.store.sync(key, shop.source);

      expect(report).toMatchObject({ links: 0, complete: true, skipped: [] });
      expect(shop.tracker().links(2)).toEqual([]);
    },
  );

  test("do not follow an issue to another repository", async () => {
    closedIssue(commit);
    const location = `${shop.github.apiUrl}/repos/acme/shop/issues/1/timeline`;
    shop.github.failNext({ match: /issues\/2\/timeline/, status: 301, headers: { location } });
    const report = await shop.store.sync(key, shop.source);

    expect(report).toMatchObject({ links: 0, complete: true, skipped: [] });
    expect(shop.asked(/issues\/1\/timeline/)).toEqual([]);
  });

  test("are read again once an issue was opened and closed again", async () => {
    closedIssue();
    await shop.store.sync(key, shop.source);
    shop.wait(100);
    shop.github.reopenIssue(shop.repository, "bob", 2);
    await shop.store.sync(key, shop.source);
    expect(shop.tracker().issue(2)).toMatchObject({ state: "open", stateReason: "reopened" });
    shop.wait(100);
    shop.github.closeIssue(shop.repository, "ada", 2, commit);
    await shop.store.sync(key, shop.source);

    expect(shop.asked(/timeline/)).toHaveLength(2);
    expect(shop.tracker().links(2)).toEqual([{ issue: 2, kind: "closed", pull: null, commit }]);
  });
});
