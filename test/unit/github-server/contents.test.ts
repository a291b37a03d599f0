import { afterAll, beforeAll, expect, test } from "vitest";
import { type Example, failure, startExample, target } from "./example.ts";

let example: Example;
beforeAll(async () => {
  example = await startExample();
});
afterAll(() => example.stop());

test("a file comes in base64, at any ref, or raw", async () => {
  const { repos } = example.octokit.rest;
  const decoded = async (ref?: string) => {
    const { data } = await repos.getContent({ ...target, path: "counter.txt", ref });
    if (Array.isArray(data) || data.type !== "file") throw new Error("not a file");
    return Buffer.from(data.content, "base64").toString("utf8");
  };
  const raw = await repos.getContent({ ...target, path: "counter.txt", mediaType: { format: "raw" } });

  expect(await decoded()).toContain("\nline 5\n");
  expect(await decoded("feature")).toContain("\nline 5, changed\n");
  expect(raw.data as unknown).toBe(await decoded());
});

test("a path is found whether its slash is encoded or not, and a folder lists its entries", async () => {
  const { data } = await example.octokit.rest.repos.getContent({ ...target, path: "docs/guide.md" });
  const plain = await example.octokit.request(`GET /repos/acme/shop/contents/docs/guide.md`);
  const { data: root } = await example.octokit.rest.repos.getContent({ ...target, path: "" });

  expect(data).toEqual(plain.data);
  expect(Array.isArray(root) && root.map((entry) => [entry.path, entry.type])).toEqual([
    ["counter.txt", "file"],
    ["docs", "dir"],
  ]);
});

test("what is not there answers 404, for the path and for the ref", async () => {
  const get = (path: string, ref?: string) => failure(example.octokit.rest.repos.getContent({ ...target, path, ref }));

  expect(await get(".github/assistant.yml")).toMatchObject({ status: 404, message: "Not Found" });
  expect(await get("counter.txt", "gone")).toMatchObject({ status: 404, message: "No commit found for the ref gone" });
});

test("branches, commits and comparisons come from git", async () => {
  const { repos } = example.octokit.rest;
  const main = example.git.git("rev-parse", "main");
  const head = example.git.git("rev-parse", "feature");
  const branches = await repos.listBranches(target);
  const branch = await repos.getBranch({ ...target, branch: "feature" });
  const commits = await repos.listCommits({ ...target, sha: "feature", path: "docs" });
  const commit = await repos.getCommit({ ...target, ref: "feature" });
  const compared = await repos.compareCommitsWithBasehead({ ...target, basehead: "main...feature" });

  expect(branches.data.map((one) => [one.name, one.commit.sha])).toEqual([
    ["feature", head],
    ["main", main],
  ]);
  expect(branch.data.commit.sha).toBe(head);
  expect(commits.data.map((one) => one.sha)).toEqual([main]);
  expect(commit.data).toMatchObject({ sha: head, stats: { additions: 3, deletions: 1 } });
  expect(compared.data).toMatchObject({ status: "ahead", ahead_by: 1, behind_by: 0, merge_base_commit: { sha: main } });
  expect(compared.data.files?.map((file) => file.filename)).toEqual(["counter.txt"]);
});

test("the repository itself", async () => {
  const { data } = await example.octokit.rest.repos.get(target);

  expect(data).toMatchObject({ full_name: "acme/shop", default_branch: "main", owner: { type: "Organization" } });
  expect(data.clone_url).toBe(`${example.github.url}/acme/shop.git`);
});
