import { expect, test } from "vitest";
import { toComment, toIssue, toReviewComment } from "../../../src/tracker/github-records.ts";

const times = { created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-02T00:00:00Z" };

test("an issue with as little as GitHub ever sends", () => {
  const raw = {
    ...times,
    number: 7,
    title: "T",
    state: "closed",
    labels: ["bug", {}, { name: "ui" }],
    closed_at: null,
  };

  expect(toIssue(raw)).toMatchObject({
    body: "",
    author: { login: "ghost", association: "NONE", bot: false },
    stateReason: null,
    labels: ["bug", "ui"],
    pull: false,
    mergedAt: null,
  });
  expect(toIssue({ ...raw, pull_request: {} })).toMatchObject({ pull: true, mergedAt: null });
});

test("a reason or an association that is new to us is none", () => {
  const raw = { ...times, number: 7, title: "T", state: "closed", labels: [], closed_at: null };

  expect(toIssue({ ...raw, state_reason: "bored", author_association: "SPONSOR" })).toMatchObject({
    stateReason: null,
    author: { association: "NONE" },
  });
  expect(toIssue({ ...raw, state_reason: "duplicate", author_association: "MEMBER" })).toMatchObject({
    stateReason: "duplicate",
    author: { association: "MEMBER" },
  });
});

test("a comment is its subject's by the end of an address, whatever the host", () => {
  const raw = { ...times, id: 1, issue_url: "https://github.example.com/api/v3/repos/acme/shop-2/issues/41" };

  expect(toComment({ ...raw, user: { login: "renovate[bot]", type: "Bot" } })).toMatchObject({
    issue: 41,
    author: { login: "renovate[bot]", bot: true },
  });
});

test("a comment on a whole file has no line, even where GitHub sends one", () => {
  const raw = {
    ...times,
    id: 1,
    pull_request_url: "https://api.github.com/repos/acme/shop/pulls/5",
    path: "a.ts",
    diff_hunk: "",
    original_commit_id: "c".repeat(40),
    original_line: 1,
    original_start_line: 1,
  };

  expect(toReviewComment({ ...raw, subject_type: "file" })).toMatchObject({ pull: 5, line: null, startLine: null });
  expect(toReviewComment({ ...raw, subject_type: "line", side: "LEFT", in_reply_to_id: 3 })).toMatchObject({
    line: 1,
    startLine: 1,
    side: "LEFT",
    inReplyTo: 3,
  });
  expect(toReviewComment({ ...raw, original_line: null })).toMatchObject({
    line: null,
    side: "RIGHT",
    inReplyTo: null,
  });
});
