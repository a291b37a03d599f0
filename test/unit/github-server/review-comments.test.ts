import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Example, failure, onPull, startExample, target } from "./example.ts";

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.stop());

/** One comment on its own, outside of a review. */
function comment(asked: object) {
  const fields = { path: "counter.txt", body: "hm", commit_id: example.pull.pull.headSha, ...asked };
  return example.octokit.rest.pulls.createReviewComment({ ...onPull, ...fields });
}

function refused(...errors: object[]) {
  return { status: 422, message: "Validation Failed", errors };
}

const resource = "PullRequestReviewComment";
const noHunk = { resource, code: "missing_field", field: "pull_request_review_thread.diff_hunk" };

describe("a refused comment names its fields, where a refused review says a sentence", () => {
  test("off the diff", async () => {
    const field = "pull_request_review_thread.line";

    expect(await failure(comment({ line: 15 }))).toEqual(
      refused({ resource, code: "custom", field, message: `${field} must be part of the diff` }, noHunk),
    );
  });

  test("on a file that the pull request does not touch", async () => {
    expect(await failure(comment({ path: "docs/guide.md", line: 1 }))).toEqual(
      refused({ resource, code: "invalid", field: "pull_request_review_thread.path" }, noHunk),
    );
  });

  test("at a position that the patch does not have", async () => {
    expect(await failure(comment({ position: 100 }))).toEqual(
      refused({ resource, code: "invalid", field: "pull_request_review_thread.position" }, noHunk),
    );
  });

  test("on a commit of somewhere else", async () => {
    const answer = await failure(comment({ line: 5, commit_id: example.git.git("rev-parse", "main") }));

    const field = "end_commit_oid";
    expect(answer).toEqual(
      refused({ resource, code: "custom", field, message: `${field} is not part of the pull request` }),
    );
  });

  test.each([
    ["too long", "x".repeat(65_537), "custom"],
    ["blank", " \n", "missing_field"],
  ])("with a body that is %s, new, edited or as an answer", async (_, body, code) => {
    const { pulls } = example.octokit.rest;
    const { data: standing } = await comment({ line: 5 });
    const about = { ...target, comment_id: standing.id, body };

    const answers = await Promise.all([
      failure(comment({ line: 5, body })),
      failure(pulls.updateReviewComment(about)),
      failure(pulls.createReplyForReviewComment({ ...about, ...onPull })),
    ]);

    for (const answer of answers) expect(answer).toMatchObject(refused({ resource, code, field: "body" }));
    expect(example.repository.reviewComments).toMatchObject([{ body: "hm" }]);
  });

  test("beside a pending review, as a comment and as an answer", async () => {
    const { pulls } = example.octokit.rest;
    const { data: root } = await comment({ line: 5 });
    await pulls.createReview({ ...onPull, body: "Later." });
    const pending = refused({
      resource: "PullRequestReview",
      code: "custom",
      field: "user_id",
      message: "user_id can only have one pending review per pull request",
    });

    expect(await failure(comment({ line: 6 }))).toEqual(pending);
    expect(await failure(pulls.createReplyForReviewComment({ ...onPull, comment_id: root.id, body: "So?" }))).toEqual(
      pending,
    );
  });
});

describe("where a comment stands", () => {
  test("a position counts the lines of the patch below its first header, headers of later hunks included", async () => {
    const { data: files } = await example.octokit.rest.pulls.listFiles(onPull);
    const patch = files[0]?.patch?.split("\n") ?? [];
    const position = patch.indexOf("+new A");

    const { data } = await comment({ position });

    expect(patch[position]).toBe("+new A");
    expect(data).toMatchObject({ line: 31, side: "RIGHT", position });
  });

  test("a range may start on the removed side", async () => {
    const { data } = await comment({ start_line: 5, start_side: "LEFT", line: 5, side: "RIGHT" });

    expect(data).toMatchObject({ start_line: 5, start_side: "LEFT", line: 5, side: "RIGHT" });
  });

  test("comments on whole files are no part of a review's comments", async () => {
    const comments = [{ path: "counter.txt", body: "All of it", subject_type: "file" }];
    const answer = await failure(
      example.octokit.rest.pulls.createReview({ ...onPull, event: "COMMENT", body: "Seen.", comments }),
    );

    expect(answer).toMatchObject({ status: 422, message: expect.stringContaining("not a permitted key") as string });
    expect(example.repository.reviews).toEqual([]);
  });

  test("a comment answers by its id, and is gone once deleted", async () => {
    const { pulls } = example.octokit.rest;
    const { data: made } = await comment({ line: 5 });
    const about = { ...target, comment_id: made.id };
    const { data: read } = await pulls.getReviewComment(about);
    await pulls.deleteReviewComment(about);

    expect(read).toEqual(made);
    expect(read.user.login).toBe("engram-assistant[bot]");
    expect((await failure(pulls.getReviewComment(about))).status).toBe(404);
  });
});
