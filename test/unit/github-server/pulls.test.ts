import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository } from "../../helpers/git-repository.ts";
import {
  client,
  type Example,
  failure,
  installationToken,
  numbered,
  onPull,
  startExample,
  target,
  text,
} from "./example.ts";

let example: Example;
beforeAll(async () => {
  example = await startExample();
});
afterAll(() => example.stop());

describe("a pull request", () => {
  test("carries its commits and counts from git", async () => {
    const { data } = await example.octokit.rest.pulls.get(onPull);

    expect(data).toMatchObject({ number: 1, state: "open", commits: 1, additions: 3, deletions: 1, changed_files: 1 });
    expect(data.user.login).toBe("ada");
    expect(data.head).toMatchObject({ ref: "feature", sha: example.git.git("rev-parse", "feature") });
    expect(data.base).toMatchObject({ ref: "main", sha: example.git.git("rev-parse", "main") });
    expect(example.git.git("rev-parse", "refs/pull/1/head")).toBe(data.head.sha);
  });

  test("comes as a diff, too", async () => {
    const { data } = await example.octokit.rest.pulls.get({ ...onPull, mediaType: { format: "diff" } });

    expect(data).toBe(`${example.git.git("diff", "main", "feature")}\n`);
  });

  test("is listed by state, branch and head", async () => {
    const { pulls } = example.octokit.rest;
    const numbers = async (query: object) => (await pulls.list({ ...target, ...query })).data.map((one) => one.number);

    expect(await numbers({})).toEqual([1]);
    expect(await numbers({ state: "closed" })).toEqual([]);
    expect(await numbers({ head: "acme:feature" })).toEqual([1]);
    expect(await numbers({ head: "acme:other" })).toEqual([]);
    expect(await numbers({ base: "other" })).toEqual([]);
  });

  test("lists its commits, oldest first", async () => {
    const { data } = await example.octokit.rest.pulls.listCommits(onPull);

    expect(data.map((one) => one.commit.message)).toEqual(["Change the counter"]);
  });

  test("does not exist where the number is an issue", async () => {
    const issue = example.github.openIssue(example.repository, "bob", { title: "Plain", body: null });

    expect(await failure(example.octokit.rest.pulls.get({ ...onPull, pull_number: issue.number }))).toMatchObject({
      status: 404,
    });
  });
});

describe("the files of a pull request", () => {
  test("are those since the merge base, with GitHub's statuses, and without the patch of large and binary ones", async () => {
    const { github, git, repository, octokit } = example;
    git.git("checkout", "--quiet", "-b", "many", "main");
    git.write("old-name.txt", text(numbered(1, 60)));
    git.write("gone.txt", "gone\n");
    git.commit("Before");
    git.git("branch", "many-base");
    git.git("mv", "old-name.txt", "new-name.txt");
    git.remove("gone.txt");
    git.write("image.bin", Buffer.from([0, 1, 2, 0, 255]));
    git.write("large.txt", text(Array.from({ length: 20_001 }, (_, index) => `row ${index}`)));
    git.write("a b/ü.txt", "no line end");
    git.write("crossed.txt", "one\rdiff --git a/x b/x\r@@ -1 +1 @@\n");
    git.commit("Everything at once");
    git.git("checkout", "--quiet", "many-base");
    git.write("unrelated.txt", "the base moved on\n");
    git.commit("Unrelated");
    git.git("checkout", "--quiet", "--detach");
    const pull = await github.openPull(repository, "ada", {
      title: "Many",
      body: null,
      head: "many",
      base: "many-base",
    });

    const { data } = await octokit.rest.pulls.listFiles({ ...target, pull_number: pull.number });

    expect(data.map((file) => [file.filename, file.status, file.patch !== undefined])).toEqual([
      ["a b/ü.txt", "added", true],
      ["crossed.txt", "added", true],
      ["gone.txt", "removed", true],
      ["image.bin", "added", false],
      ["large.txt", "added", false],
      ["new-name.txt", "renamed", false],
    ]);
    expect(data[0]?.patch).toBe("@@ -0,0 +1 @@\n+no line end\n\\ No newline at end of file");
    expect(data[4]).toMatchObject({ additions: 20_001, changes: 20_001 });
    expect(data[5]?.previous_filename).toBe("old-name.txt");
    expect(data[0]?.sha).toBe(git.git("rev-parse", "many:a b/ü.txt"));
  });

  test("are paged with links, and too many for the diff", async () => {
    const { github, installation } = example;
    const git = createRepository();
    git.commit("Empty");
    git.git("checkout", "--quiet", "-b", "wide");
    for (let index = 0; index < 301; index++) git.write(`files/${String(index).padStart(3, "0")}.txt`, `${index}\n`);
    git.commit("Wide");
    const wide = github.createRepository({ owner: "acme", name: "wide", gitDir: join(git.dir, ".git") });
    installation.repositories.add("acme/wide");
    await github.openPull(wide, "ada", { title: "Wide", body: null, head: "wide", base: "main" });
    const octokit = client(github, await installationToken(github, installation.id));
    const where = { owner: "acme", repo: "wide", pull_number: 1 };

    const first = await octokit.rest.pulls.listFiles(where);
    const all = await octokit.paginate(octokit.rest.pulls.listFiles, { ...where, per_page: 100 });
    const diff = await failure(octokit.rest.pulls.get({ ...where, mediaType: { format: "diff" } }));
    git.dispose();

    expect(first.data).toHaveLength(30);
    expect(first.headers.link).toContain('page=11>; rel="last"');
    expect(all.map((file) => file.filename)).toHaveLength(301);
    expect(new Set(all.map((file) => file.filename)).size).toBe(301);
    expect(diff).toMatchObject({ status: 406, errors: [{ code: "too_large" }] });
  });
});
