import { expect, it, vi } from "vitest";
import { commentWork, type ListedComment, reviewCommentWork } from "../../../src/intake/polled-comments.ts";

const place = {
  repository: { host: "github.com", owner: "acme", name: "shop" },
  installationId: 7,
  installedAt: 0,
};
const since = Date.parse("2026-01-01T12:00:00Z");
const readSubject = vi.fn(async () => ({ title: "Title", body: "Body" }));

function comment(changes: Partial<ListedComment> = {}): ListedComment {
  return {
    id: 5,
    body: "/assistant review",
    html_url: "https://github.com/acme/shop/pull/3#issuecomment-5",
    user: { id: 1, login: "ann", type: "User" },
    created_at: "2026-01-01T12:00:00Z",
    ...changes,
  };
}

it("makes of a listed comment the job that its webhook would have made, under an id of its own", async () => {
  expect(await commentWork([comment()], place, { since, readSubject })).toEqual([
    {
      id: "polled comment 5",
      job: expect.objectContaining({
        kind: "review",
        number: 3,
        installationId: 7,
        command: { verb: "review", argument: "", commentId: 5, sender: "ann" },
      }),
    },
  ]);
  const onIssue = comment({
    html_url: "https://github.com/acme/shop/issues/4#issuecomment-5",
    body: "/assistant triage",
  });
  expect(await commentWork([onIssue], place, { since, readSubject })).toMatchObject([
    { job: { kind: "triage", number: 4 } },
  ]);
});

it.each([
  ["was written before the last look, and edited since", { created_at: "2026-01-01T11:59:59Z" }],
  ["is of a bot", { user: { id: 2, login: "renovate[bot]", type: "Bot" } }],
  ["is of nobody any more", { user: null }],
  ["is on no issue", { html_url: "https://github.com/acme/shop/commit/abc#commitcomment-5" }],
])("leaves a comment alone that %s", async (_name, changes) => {
  expect(await commentWork([comment(changes)], place, { since, readSubject })).toEqual([]);
});

it("asks for the subject only where there may be a command", async () => {
  readSubject.mockClear();
  await commentWork([comment({ body: "Nice." })], place, { since, readSubject });
  expect(readSubject).not.toHaveBeenCalled();
});

it("reads comments on lines, with their place", async () => {
  const onLine = {
    ...comment({ body: "/assistant explain" }),
    body: "/assistant explain",
    pull_request_url: "https://api.github.com/repos/acme/shop/pulls/3",
    path: "src/a.ts",
    commit_id: "a".repeat(40),
    original_commit_id: "b".repeat(40),
    line: 12,
    side: "RIGHT",
  };
  const found = await reviewCommentWork([onLine], place, { since, readSubject });
  expect(found).toMatchObject([
    {
      id: "polled review comment 5",
      job: { kind: "ask", number: 3, thread: { first: 5, path: "src/a.ts", lines: { start: 12, end: 12 } } },
    },
  ]);
  const old = { ...onLine, created_at: "2026-01-01T11:00:00Z" };
  expect(await reviewCommentWork([old], place, { since, readSubject })).toEqual([]);
});
