import { afterAll, beforeAll, expect, test } from "vitest";
import { type Example, failure, onPull, startExample, target } from "./example.ts";

let example: Example;
let clock = Date.parse("2026-01-01T00:00:00Z");
beforeAll(async () => {
  clock = Date.now();
  example = await startExample({ now: () => clock });
  example.github.createLabel(example.repository, "bug", "Something is wrong");
  example.github.openIssue(example.repository, "bob", {
    title: "Totals are off",
    body: "By one cent.",
    labels: ["bug"],
  });
  example.github.openIssue(example.repository, "cy", { title: "Done already", body: null });
  example.github.closeIssue(example.repository, "ada", 3);
});
afterAll(() => example.stop());

test("issues and pull requests are listed together, by state, label and creator", async () => {
  const { issues } = example.octokit.rest;
  const list = async (query: object) => (await issues.listForRepo({ ...target, ...query })).data;

  const open = await list({});
  expect(open.map((issue) => [issue.number, issue.pull_request !== undefined])).toEqual([
    [2, false],
    [1, true],
  ]);
  expect((await list({ state: "closed" })).map((issue) => [issue.number, issue.state_reason])).toEqual([
    [3, "completed"],
  ]);
  expect((await list({ labels: "bug" })).map((issue) => issue.number)).toEqual([2]);
  expect((await list({ state: "all", creator: "cy" })).map((issue) => issue.number)).toEqual([3]);
});

test("`since` keeps what changed at or after it", async () => {
  const { issues } = example.octokit.rest;
  clock += 10_000;
  const since = new Date(clock).toISOString();
  const before = (await issues.listForRepo({ ...target, since, state: "all" })).data;
  await issues.createComment({ ...target, issue_number: 2, body: "Me too" });

  expect(before).toEqual([]);
  expect((await issues.listForRepo({ ...target, since, state: "all" })).data.map((issue) => issue.number)).toEqual([2]);
  expect((await issues.listCommentsForRepo({ ...target, since })).data.map((comment) => comment.body)).toEqual([
    "Me too",
  ]);
});

test("comments are created as the App's bot, edited in place, reacted to once, and deleted", async () => {
  const { issues, reactions } = example.octokit.rest;
  const { data: created } = await issues.createComment({ ...target, issue_number: 1, body: "First" });
  clock += 5_000;
  const { data: edited } = await issues.updateComment({ ...target, comment_id: created.id, body: "Second" });
  const eyes = { ...target, comment_id: created.id, content: "eyes" as const };
  const statuses = [
    (await reactions.createForIssueComment(eyes)).status,
    (await reactions.createForIssueComment(eyes)).status,
  ];
  const { data: listed } = await issues.listComments({ ...target, issue_number: 1 });
  await issues.deleteComment({ ...target, comment_id: created.id });

  expect(created.user).toMatchObject({ login: "engram-assistant[bot]", type: "Bot" });
  expect(edited.id).toBe(created.id);
  expect(Date.parse(edited.updated_at)).toBe(Date.parse(created.updated_at) + 5_000);
  expect(statuses).toEqual([201, 200]);
  expect(listed).toMatchObject([{ id: created.id, body: "Second", reactions: { eyes: 1, total_count: 1 } }]);
  expect((await issues.listComments({ ...target, issue_number: 1 })).data).toEqual([]);
});

test("a body over 65,536 characters, a blank one and none at all are refused in GitHub's words", async () => {
  const post = (body: unknown) =>
    failure(example.octokit.request("POST /repos/acme/shop/issues/1/comments", { body } as { body: string }));

  expect(await post("x".repeat(65_537))).toMatchObject({
    status: 422,
    message: "Validation Failed",
    errors: [{ message: "Body is too long (maximum is 65536 characters)" }],
  });
  expect((await post(" ")).status).toBe(422);
  expect((await post(undefined)).message).toContain("Invalid request");
});

test("labels are added, never replaced", async () => {
  const { data } = await example.octokit.rest.issues.addLabels({
    ...target,
    issue_number: 2,
    labels: ["bug", "billing"],
  });

  expect(data.map((label) => label.name)).toEqual(["bug", "billing"]);
  expect((await example.octokit.rest.issues.listLabelsForRepo(target)).data.map((label) => label.name)).toEqual([
    "bug",
    "billing",
  ]);
});

test("`role_name` tells what the legacy permission hides", async () => {
  const { github, repository, octokit } = example;
  github.setPermission(repository, "tri", "triage");
  github.setPermission(repository, "main", "maintain");
  const role = async (username: string) => {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ ...target, username });
    return [data.permission, data.role_name, data.user?.permissions?.triage, data.user?.permissions?.push];
  };

  expect(await role("tri")).toEqual(["read", "triage", true, false]);
  expect(await role("main")).toEqual(["write", "maintain", true, true]);
  expect(await role("bob")).toEqual(["none", "none", false, false]);
  expect(
    await failure(octokit.rest.repos.getCollaboratorPermissionLevel({ ...target, username: "nobody" })),
  ).toMatchObject({
    status: 404,
  });
});

test("an unchanged answer costs nothing: 304 for its entity tag", async () => {
  const { octokit } = example;
  const first = await octokit.rest.pulls.get(onPull);
  const again = await failure(octokit.rest.pulls.get({ ...onPull, headers: { "if-none-match": first.headers.etag } }));
  const next = await octokit.rest.pulls.get(onPull);

  expect(again.status).toBe(304);
  expect(example.github.state.requests.at(-2)?.status).toBe(304);
  expect(Number(next.headers["x-ratelimit-used"])).toBe(Number(first.headers["x-ratelimit-used"]) + 1);
});
