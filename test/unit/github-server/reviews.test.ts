import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { changedLines, type Example, failure, onPull, startExample, target, text } from "./example.ts";

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.stop());

interface Asked {
  path?: string;
  line?: number;
  start_line?: number;
  side?: string;
  body?: string;
}

function review(comments: Asked[], more: object = {}) {
  const filled = comments.map((comment) => ({ path: "counter.txt", body: "hm", ...comment }));
  return example.octokit.rest.pulls.createReview({
    ...onPull,
    event: "COMMENT",
    body: "Seen.",
    comments: filled,
    ...more,
  });
}

async function standing() {
  return (await example.octokit.rest.pulls.listReviewComments(onPull)).data;
}

describe("anchors", () => {
  test("a comment lands on a line of the diff, with every field that clients read", async () => {
    const { data: created } = await review([{ start_line: 30, line: 32 }]);

    const [comment] = await standing();
    expect(comment).toMatchObject({
      path: "counter.txt",
      line: 32,
      start_line: 30,
      original_line: 32,
      original_start_line: 30,
      side: "RIGHT",
      start_side: "RIGHT",
      commit_id: example.pull.pull.headSha,
      original_commit_id: example.pull.pull.headSha,
      pull_request_review_id: created.id,
      subject_type: "line",
      body: "hm",
      user: { login: "engram-assistant[bot]", type: "Bot" },
    });
    expect(comment?.in_reply_to_id).toBeUndefined();
    expect(comment?.diff_hunk.split("\n").slice(-2)).toEqual(["+new A", "+new B"]);
    expect(created).toMatchObject({ state: "COMMENTED", commit_id: example.pull.pull.headSha, body: "Seen." });
  });

  test("on the left side count the lines of the old file", async () => {
    await review([{ line: 5, side: "LEFT" }]);

    expect((await standing())[0]?.diff_hunk).toMatch(/\n-line 5$/);
  });

  test("one off the diff refuses the whole review and does not say which", async () => {
    const answer = await failure(review([{ line: 5 }, { line: 15 }, { line: 6 }]));

    expect(answer).toMatchObject({ status: 422, message: "Unprocessable Entity" });
    expect(answer.errors).toEqual([
      "Pull request review thread line must be part of the diff and Pull request review thread diff hunk can't be blank",
    ]);
    expect(await standing()).toEqual([]);
    expect((await example.octokit.rest.pulls.listReviews(onPull)).data).toEqual([]);
  });

  test.each([
    ["a path outside the diff", { path: "docs/guide.md", line: 1 }, "path is invalid"],
    ["a start in another hunk", { start_line: 5, line: 32 }, "start line must be part of the same hunk"],
    ["a start on the line itself", { start_line: 32, line: 32 }, "start line must precede the end line"],
    ["a start below the line", { start_line: 33, line: 32 }, "start line must precede the end line"],
    ["no line", {}, "line must be part of the diff"],
    ["a deleted line on the right side", { line: 44 }, "line must be part of the diff"],
  ])("refuses %s", async (_, asked: Asked, reason) => {
    const answer = await failure(review([asked]));

    expect(answer.status).toBe(422);
    expect(String(answer.errors)).toContain(reason);
  });

  test("exactly the lines that git's diff shows are accepted", async () => {
    const shown = linesShown(example.git.git("diff", "main", "feature"));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 45 }), fc.constantFrom("LEFT", "RIGHT"), async (line, side) => {
        const accepted = await review([{ line, side }]).then(
          () => true,
          () => false,
        );
        expect(accepted).toBe(shown.has(`${side} ${line}`));
      }),
      { numRuns: 25 },
    );
  });

  test("a commit that is no part of the pull request is refused", async () => {
    const answer = await failure(review([], { commit_id: example.git.git("rev-parse", "main") }));

    expect(answer).toMatchObject({
      status: 422,
      errors: [expect.stringContaining("is not part of the pull request") as string],
    });
  });

  test("a comment on a whole file has no line", async () => {
    const { data } = await example.octokit.rest.pulls.createReviewComment({
      ...onPull,
      path: "counter.txt",
      body: "All of it",
      commit_id: example.pull.pull.headSha,
      subject_type: "file",
    });

    expect(data).toMatchObject({ subject_type: "file", line: null });
  });
});

describe("a moved head", () => {
  async function push(lines: string[]): Promise<void> {
    const { git, github, repository } = example;
    git.git("checkout", "--quiet", "feature");
    git.write("counter.txt", text(lines));
    git.commit("Follow up");
    git.git("checkout", "--quiet", "--detach");
    await github.push(repository, "ada", "feature");
  }

  test("carries comments to the new place of their line", async () => {
    await review([{ line: 32 }]);
    const before = example.pull.pull.headSha;

    await push(["line 0", ...changedLines]);

    expect(await standing()).toMatchObject([
      { line: 33, original_line: 32, commit_id: example.pull.pull.headSha, original_commit_id: before },
    ]);
    expect(example.pull.pull.headSha).not.toBe(before);
    expect(example.git.git("rev-parse", "refs/pull/1/head")).toBe(example.pull.pull.headSha);
  });

  test("outdates a comment whose line changed, and one whose line left the diff", async () => {
    await review([{ line: 32 }, { line: 5 }, { start_line: 30, line: 32 }, { line: 33 }]);

    await push(changedLines.map((line) => (line === "new B" ? "new B, better" : line)).with(4, "line 5"));

    const lines = (await standing()).map((comment) => [comment.original_line, comment.line, comment.position]);
    expect(lines).toEqual([
      [32, null, null],
      [5, null, null],
      [32, null, null],
      [33, 33, 6],
    ]);
  });

  test("keeps comments over a rebase that shifts them", async () => {
    await review([{ line: 32 }, { line: 5, side: "LEFT" }]);
    const { git, github, repository } = example;
    git.git("checkout", "--quiet", "main");
    git.write("counter.txt", text(["title", "", ...Array.from({ length: 40 }, (_, index) => `line ${index + 1}`)]));
    git.commit("A title above");
    git.git("rebase", "--quiet", "main", "feature");
    git.git("checkout", "--quiet", "--detach");
    await github.push(repository, "ada", "main");
    await github.push(repository, "ada", "feature");

    expect((await standing()).map((comment) => [comment.side, comment.line])).toEqual([
      ["RIGHT", 34],
      ["LEFT", 7],
    ]);
  });

  test("refuses a commit that a forced push took away", async () => {
    const old = example.pull.pull.headSha;
    await push(changedLines);
    example.git.git("branch", "--force", "feature", "main");
    example.git.git("checkout", "--quiet", "feature");
    example.git.write("counter.txt", text(changedLines));
    example.git.commit("Again");
    example.git.git("checkout", "--quiet", "--detach");
    await example.github.push(example.repository, "ada", "feature");

    expect(await failure(review([{ line: 5 }], { commit_id: old }))).toMatchObject({ status: 422 });
  });
});

describe("reviews", () => {
  test("there is one pending review a person, unseen until it is submitted", async () => {
    const { data: pending } = await review([{ line: 5 }], { event: undefined });
    const second = await failure(review([{ line: 6 }]));
    const unseen = await standing();
    const { pulls } = example.octokit.rest;
    const { data: submitted } = await pulls.submitReview({ ...onPull, review_id: pending.id, event: "COMMENT" });

    expect(pending.state).toBe("PENDING");
    expect(second).toMatchObject({
      status: 422,
      errors: ["User can only have one pending review per pull request"],
    });
    expect(unseen).toEqual([]);
    expect(submitted.state).toBe("COMMENTED");
    expect(await standing()).toHaveLength(1);
  });

  test("a pending review can be deleted with its comments, a submitted one cannot", async () => {
    const { pulls } = example.octokit.rest;
    const { data: pending } = await review([{ line: 5 }], { event: undefined });
    await pulls.deletePendingReview({ ...onPull, review_id: pending.id });
    const { data: submitted } = await review([{ line: 5 }]);

    expect((await failure(pulls.deletePendingReview({ ...onPull, review_id: submitted.id }))).status).toBe(422);
    expect(await standing()).toHaveLength(1);
  });

  test("bodies end at 65,536 characters", async () => {
    const longest = "x".repeat(65_536);
    await review([{ line: 5, body: longest }], { body: longest });

    const tooLong = [
      await failure(review([], { body: `${longest}x` })),
      await failure(review([{ line: 5, body: `${longest}x` }])),
    ];
    for (const answer of tooLong) {
      expect(answer).toMatchObject({ status: 422, errors: ["Body is too long (maximum is 65536 characters)"] });
    }
  });

  test("an empty one is refused, and an unknown event breaks GitHub's schema", async () => {
    expect((await failure(review([], { body: "" }))).status).toBe(422);
    expect(await failure(review([], { event: "PRAISE" }))).toMatchObject({
      status: 422,
      message: expect.stringContaining("Invalid request") as string,
    });
  });
});

describe("threads", () => {
  test("are answered at their first comment alone, edited, reacted to and deleted", async () => {
    const { pulls, reactions } = example.octokit.rest;
    const root = await example.github.reviewComment(example.repository, "bob", 1, {
      path: "counter.txt",
      line: 5,
      body: "Why?",
    });
    const { data: answer } = await pulls.createReplyForReviewComment({
      ...onPull,
      comment_id: root.id,
      body: "Because.",
    });
    const onAnswer = await failure(
      pulls.createReplyForReviewComment({ ...onPull, comment_id: answer.id, body: "Really." }),
    );
    const edited = await pulls.updateReviewComment({ ...target, comment_id: answer.id, body: "Since Monday." });
    const rocket = { ...target, comment_id: root.id, content: "rocket" as const };
    const first = await reactions.createForPullRequestReviewComment(rocket);
    const second = await reactions.createForPullRequestReviewComment(rocket);
    await pulls.deleteReviewComment({ ...target, comment_id: answer.id });

    expect(answer).toMatchObject({ in_reply_to_id: root.id, path: "counter.txt", line: 5 });
    expect(onAnswer.status).toBe(404);
    expect(edited.data.body).toBe("Since Monday.");
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(await standing()).toMatchObject([
      { id: root.id, user: { login: "bob", type: "User" }, reactions: { rocket: 1 } },
    ]);
  });

  test("are resolved by GraphQL only with contents:write, while minimising a comment needs less", async () => {
    const { github, octokit, installation } = example;
    await review([{ line: 5 }]);
    const list = () =>
      octokit.graphql<{ repository: { pullRequest: { reviewThreads: { nodes: Thread[] } } } }>(
        `query ($owner: String!, $name: String!, $number: Int!) {
          repository(owner: $owner, name: $name) { pullRequest(number: $number) { reviewThreads(first: 50) { nodes { id } } } }
        }`,
        { owner: "acme", name: "shop", number: 1 },
      );
    const threads = async () => (await list()).repository.pullRequest.reviewThreads.nodes;
    const [thread] = await threads();
    const resolve = () =>
      octokit.graphql("mutation ($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id } } }", {
        id: thread?.id,
      });

    await expect(resolve()).rejects.toThrow("Resource not accessible by integration");
    expect(await threads()).toMatchObject([{ isResolved: false, isOutdated: false }]);

    // A permission granted later counts for tokens made after it; this stands for such a token.
    for (const token of github.state.tokens.values())
      token.permissions = { ...installation.permissions, contents: "write" };
    await resolve();
    await octokit.graphql(
      "mutation ($input: MinimizeCommentInput!) { minimizeComment(input: $input) { minimizedComment { isMinimized } } }",
      {
        input: { subjectId: thread?.comments.nodes[0]?.id, classifier: "OUTDATED" },
      },
    );
    expect(await threads()).toMatchObject([
      {
        isResolved: true,
        comments: { nodes: [{ isMinimized: true, author: { __typename: "Bot", login: "engram-assistant" } }] },
      },
    ]);
  });
});

interface Thread {
  id: string;
  comments: { nodes: { id: string }[] };
}

/** `SIDE LINE` of every line in a diff of one file, counted anew from its hunk headers. */
function linesShown(diff: string): Set<string> {
  const shown = new Set<string>();
  let left = 0;
  let right = 0;
  for (const line of diff.slice(diff.indexOf("@@")).split("\n")) {
    const header = /^@@ -(\d+)\S* \+(\d+)/.exec(line);
    if (header) [left, right] = [Number(header[1]), Number(header[2])];
    else {
      if (!line.startsWith("+")) shown.add(`LEFT ${left++}`);
      if (!line.startsWith("-")) shown.add(`RIGHT ${right++}`);
    }
  }
  return shown;
}
