import { afterAll, beforeAll, expect, test } from "vitest";
import { client, type Example, failure, installationToken, startExample, target } from "./example.ts";

let example: Example;
let clock = Date.UTC(2026, 0, 1);
beforeAll(async () => {
  example = await startExample({ now: () => clock });
  clock += 1_000;
  example.github.openIssue(example.repository, "bob", { title: "Totals are off", body: null });
});
afterAll(() => example.stop());

const timeline = async (issue_number: number) =>
  (await example.octokit.rest.issues.listEventsForTimeline({ ...target, issue_number })).data as {
    event: string;
    commit_id?: string | null;
    commit_url?: string | null;
    source?: { issue: { number: number; pull_request?: object; repository_url: string } };
    body?: string;
  }[];

test("a timeline holds what happened, the oldest first", async () => {
  const { github, repository } = example;
  const commit = "a".repeat(40);
  github.comment(repository, "ada", 2, "I see it");
  clock += 1_000;
  github.mentionIssue(repository, "ada", 2, { source: 1 });
  github.mentionIssue(repository, "ada", 2, { commit });
  github.connectPull(repository, "ada", 2);
  clock += 1_000;
  github.closeIssue(repository, "ada", 2, commit);
  github.reopenIssue(repository, "bob", 2);
  const events = await timeline(2);

  expect(events.map(({ event }) => event)).toEqual([
    "commented",
    "cross-referenced",
    "referenced",
    "connected",
    "closed",
    "reopened",
  ]);
  expect(events[0]?.body).toBe("I see it");
  expect(events[1]?.source?.issue).toMatchObject({
    number: 1,
    pull_request: expect.anything() as object,
    repository_url: `${github.apiUrl}/repos/acme/shop`,
  });
  expect(events[2]).toMatchObject({ commit_id: commit, commit_url: expect.stringContaining("/acme/shop/") as string });
  expect(events[3]).toMatchObject({ commit_id: null });
  expect(events[4]).toMatchObject({ commit_id: commit });
});

test("comments are listed by id, or by when they changed", async () => {
  const { github, repository, octokit } = example;
  const [first, second] = ["one", "two"].map((body) => github.comment(repository, "ada", 1, body));
  clock += 10_000;
  if (first) github.editComment(repository, "ada", first, "one again");
  const list = async (query: object) =>
    (await octokit.rest.issues.listCommentsForRepo({ ...target, ...query })).data.map(({ id }) => id).slice(-2);

  expect(await list({})).toEqual([first?.id, second?.id]);
  expect(await list({ direction: "desc" })).toEqual([first?.id, second?.id]);
  expect(await list({ sort: "updated", direction: "asc" })).toEqual([second?.id, first?.id]);
  expect(await list({ sort: "updated", direction: "asc", since: new Date(clock).toISOString() })).toEqual([first?.id]);
});

test("a long list of issues goes on behind a cursor, and pages are counted only so far", async () => {
  const { github, repository, octokit } = example;
  for (let i = 0; i < 25; i++) github.openIssue(repository, "bob", { title: `Many ${i}`, body: null });
  const query = { ...target, state: "all", sort: "updated", direction: "asc", per_page: 10 } as const;
  const first = await octokit.rest.issues.listForRepo(query);
  const next = new URL(/<([^>]+)>; rel="next"/.exec(first.headers.link ?? "")?.[1] ?? "");
  const moved = first.data[0]?.number ?? 0;
  clock += 10_000;
  github.editIssue(repository, "bob", moved, { title: "Moved to the end" });

  const behind = { ...query, after: next.searchParams.get("after") };
  const after = await octokit.rest.issues.listForRepo(behind);
  const paged = await octokit.rest.issues.listForRepo({ ...query, page: 2 });
  const all = (await octokit.rest.issues.listForRepo({ ...query, per_page: 100 })).data.map(({ number }) => number);

  // The cursor stands where it stood; the second page has passed over one.
  expect(all.slice(9)).toEqual([...after.data.map(({ number }) => number), ...all.slice(19)]);
  expect(paged.data[0]?.number).toBe(all[10]);
  expect(next.searchParams.get("page")).toBe("2");
  expect(await failure(octokit.rest.issues.listForRepo({ ...query, per_page: 100, page: 101 }))).toMatchObject({
    status: 422,
    message: expect.stringContaining("cursor based pagination") as string,
  });
});

test("what a deleted account wrote has nobody as its author", async () => {
  const { github, repository, octokit } = example;
  const { number } = github.openIssue(repository, "leaver", { title: "Mine", body: null });
  github.comment(repository, "leaver", number, "Words");
  github.deleteAccount("leaver");

  expect((await octokit.rest.issues.get({ ...target, issue_number: number })).data.user).toBeNull();
  expect((await octokit.rest.issues.listComments({ ...target, issue_number: number })).data[0]?.user).toBeNull();
});

test("an issue that is gone is in no list, and answers by where it went", async () => {
  const { github, repository, octokit } = example;
  const [deleted = 0, moved = 0] = ["One", "Two"].map(
    (title) => github.openIssue(repository, "bob", { title, body: null }).number,
  );
  github.comment(repository, "ada", moved, "Where to?");
  github.deleteIssue(repository, "ada", deleted);
  github.transferIssue(repository, "ada", moved);
  const get = (issue_number: number) =>
    octokit.rest.issues.get({ ...target, issue_number, request: { redirect: "manual" } });

  expect(await failure(get(deleted))).toMatchObject({ status: 410 });
  expect(await get(moved)).toMatchObject({ status: 301, headers: { location: expect.anything() as string } });
  expect(await failure(timeline(deleted))).toMatchObject({ status: 410 });
  expect(await failure(timeline(moved))).toMatchObject({ status: 404 });
  const listed = (await octokit.rest.issues.listForRepo({ ...target, state: "all", per_page: 100 })).data;
  expect(listed.map(({ number }) => number)).not.toContain(moved);
  expect(
    (await octokit.rest.issues.listCommentsForRepo({ ...target, per_page: 100 })).data.map(({ body }) => body),
  ).not.toContain("Where to?");
});

test("a timeline is shown for either permission, of pull requests alone for theirs", async () => {
  const { github, installation } = example;
  const token = await installationToken(github, installation.id, { permissions: { pull_requests: "read" } });
  const pullsOnly = client(github, token).rest.issues;

  expect((await pullsOnly.listEventsForTimeline({ ...target, issue_number: 1 })).status).toBe(200);
  expect(await failure(pullsOnly.listEventsForTimeline({ ...target, issue_number: 2 }))).toMatchObject({ status: 403 });
});
