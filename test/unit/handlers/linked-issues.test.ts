import { Octokit } from "@octokit/rest";
import { describe, expect, it } from "vitest";
import { closedIssues, readLinkedIssues } from "../../../src/handlers/linked-issues.ts";
import { tracked, trackerOf } from "../retrieval/tracked.ts";

const repository = { host: "github.com", owner: "ada", name: "shop" };
const closed = (body: string, branch = "topic", title = "Title"): number[] =>
  closedIssues({ title, body, branch }, repository);

describe("closedIssues", () => {
  it.each([
    ["Closes #12, fixes #13 and mentions #14", [12, 13]],
    ["Resolves https://github.com/ada/shop/issues/7", [7]],
    ["Closes other/repo#5 and fixes https://github.com/other/repo/issues/6", []],
    ["<!-- Closes #1 -->\n`Closes #2`\n```\nCloses #3\n```", []],
    ["", []],
  ])("reads %j", (body, numbers) => {
    expect(closed(body)).toEqual(numbers);
  });

  it.each([
    ["12-keep-the-text", [12]],
    ["ada/fix-34", [34]],
    ["issue/56-retries", [56]],
    ["release-2024", []],
    ["2024.1", []],
    ["feature", []],
  ])("reads the branch %s", (branch, numbers) => {
    expect(closed("", branch)).toEqual(numbers);
  });

  it("names each once, also where the title says it too", () => {
    expect(closed("Closes #12", "12-text", "Fix #12")).toEqual([12]);
  });
});

describe("readLinkedIssues", () => {
  const pull = { number: 5, title: "Fix #5 and fix #8", body: "Closes #12, closes #13, closes #14", branch: "topic" };

  it("takes them out of the tracker, without pull requests and the pull request itself", async () => {
    const issues = [tracked(8, { pull: true }), tracked(12, { body: "- [ ] one" }), tracked(13)];
    const octokit = new Octokit({ request: { fetch: () => Promise.reject(new Error("asked")) } });
    const found = await readLinkedIssues(pull, { octokit, repository, tracker: trackerOf({ issues }) });
    expect(found.map(({ number }) => number)).toEqual([12, 13]);
    expect(found[0]).toEqual({ number: 12, title: "Issue 12", body: "- [ ] one", state: "open" });
  });

  it("reviews without them where GitHub does not answer", async () => {
    const octokit = new Octokit({
      request: { fetch: () => Promise.reject(new Error("no net")) },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
    expect(await readLinkedIssues(pull, { octokit, repository, tracker: null })).toEqual([]);
  });
});
