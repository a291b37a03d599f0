import { afterEach, beforeEach, expect, test } from "vitest";
import { gitText } from "../../../src/shared/git.ts";
import { client, type Example, failure, installationToken, startExample, target } from "./example.ts";

let example: Example;
beforeEach(async () => {
  example = await startExample({ permissions: { contents: "write", pull_requests: "write", issues: "write" } });
});
afterEach(() => example.stop());

test("writes a commit that git itself reads, and opens a pull request from its branch", async () => {
  const { octokit, repository } = example;
  const base = await tip("main");
  const { data: blob } = await octokit.rest.git.createBlob({ ...target, content: "one\r\ntwo", encoding: "utf-8" });
  const { data: tree } = await octokit.rest.git.createTree({
    ...target,
    base_tree: base,
    tree: [
      { path: "src/deep/new.txt", mode: "100755", type: "blob", sha: blob.sha },
      { path: "docs/guide.md", mode: "100644", type: "blob", sha: null },
    ],
  });
  const commit = { ...target, message: "Add a file\n\nWhy: because.\n", tree: tree.sha, parents: [base] };
  const { data: made } = await octokit.rest.git.createCommit(commit);
  expect(made.author.name).toBe("engram-assistant[bot]");
  const ref = "refs/heads/assistant/issue-1";
  await octokit.rest.git.createRef({ ...target, ref, sha: made.sha });

  const { gitDir } = repository;
  expect(await gitText(gitDir, ["diff", "--raw", "--abbrev=4", "main", "assistant/issue-1"])).toMatch(
    /D\tdocs\/guide\.md\n:000000 100755 .* A\tsrc\/deep\/new\.txt$/,
  );
  expect(await gitText(gitDir, ["show", "assistant/issue-1:src/deep/new.txt"])).toBe("one\r\ntwo");
  const matching = { ...target, ref: "heads/assistant/issue-" };
  expect((await octokit.rest.git.listMatchingRefs(matching)).data.map((one) => one.ref)).toEqual([ref]);

  const asked = { ...target, title: "Add a file", head: "assistant/issue-1", base: "main", draft: true };
  const { data: pull } = await octokit.rest.pulls.create(asked);
  expect(pull).toMatchObject({ number: 2, draft: true, user: { login: "engram-assistant[bot]" }, changed_files: 2 });
  expect(await failure(octokit.rest.pulls.create(asked))).toMatchObject({
    status: 422,
    errors: [{ message: "A pull request already exists for acme:assistant/issue-1." }],
  });
});

test("moves a branch forwards only, unless it is forced, and the pull request along", async () => {
  const { octokit, pull } = example;
  const [base, head] = [await tip("main"), await tip("feature")];
  const ref = "heads/feature";
  expect(await failure(octokit.rest.git.updateRef({ ...target, ref, sha: base }))).toMatchObject({
    status: 422,
    message: "Update is not a fast forward",
  });
  const { data: tree } = await octokit.rest.git.createTree({
    ...target,
    base_tree: head,
    tree: [{ path: "a", content: "a" }],
  });
  const { data: made } = await octokit.rest.git.createCommit({
    ...target,
    message: "A",
    tree: tree.sha,
    parents: [head],
  });
  await octokit.rest.git.updateRef({ ...target, ref, sha: made.sha });
  expect(pull.pull.headSha).toBe(made.sha);
  expect((await octokit.rest.git.getRef({ ...target, ref })).data.object.sha).toBe(made.sha);
  expect((await octokit.rest.git.getCommit({ ...target, commit_sha: made.sha })).data.parents).toHaveLength(1);
});

test("refuses what GitHub refuses", async () => {
  const { octokit, repository } = example;
  const base = await tip("main");
  const refusals = [
    octokit.rest.git.createRef({ ...target, ref: "refs/heads/main", sha: base }),
    octokit.rest.git.createRef({ ...target, ref: "refs/heads/x", sha: "0".repeat(40) }),
    octokit.rest.git.createTree({ ...target, base_tree: base, tree: [{ path: "../x", content: "" }] }),
    octokit.rest.git.createTree({ ...target, base_tree: base, tree: [{ path: "absent", sha: null }] }),
    octokit.rest.pulls.create({ ...target, title: "x", head: "absent", base: "main" }),
  ];
  for (const refused of await Promise.all(refusals.map(failure))) expect(refused).toMatchObject({ status: 422 });
  repository.drafts = false;
  await gitText(repository.gitDir, ["branch", "again", "feature"]);
  const asked = { ...target, title: "x", head: "again", base: "main" };
  expect(await failure(octokit.rest.pulls.create({ ...asked, draft: true }))).toMatchObject({
    message: "Draft pull requests are not supported in this repository.",
  });
  expect((await octokit.rest.pulls.create(asked)).data.draft).toBe(false);
});

test("lets nobody write who may only read", async () => {
  const { github, installation } = example;
  const token = await installationToken(github, installation.id, { permissions: { contents: "read" } });
  const { rest } = client(github, token);
  expect(await failure(rest.git.createBlob({ ...target, content: "x" }))).toMatchObject({
    status: 403,
    message: "Resource not accessible by integration",
  });
  expect((await rest.git.getRef({ ...target, ref: "heads/main" })).data.ref).toBe("refs/heads/main");
});

function tip(branch: string): Promise<string> {
  return gitText(example.repository.gitDir, ["rev-parse", branch]);
}
