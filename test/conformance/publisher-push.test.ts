import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { answerMergeGroup } from "../../src/publish/check-run.ts";
import { createCommitCommentApi } from "../../src/publish/commit-comment-api.ts";
import { createOctokitCheckApi } from "../../src/publish/octokit-check-api.ts";
import type { Finding, ReviewOutcome } from "../../src/publish/outcome.ts";
import { publishPushCheck, publishPushComment, type PushReview } from "../../src/publish/publish-push.ts";
import type { TestRepository } from "../helpers/git-repository.ts";
import type { Permissions } from "../helpers/github-server/github-server.ts";
import { finding, identity, repository, review } from "../unit/publish/samples.ts";
import {
  createPagingRepository,
  type GitHubConversation,
  openGitHubConversation,
} from "./publisher-github-conversation.ts";

let git: TestRepository;
let on: GitHubConversation;
beforeAll(() => {
  git = createPagingRepository();
});
afterEach(() => on.end());
afterAll(() => git.dispose());

const granted: Permissions = { contents: "read", checks: "write", pull_requests: "read" };

function pushed(findings: Finding[], changes: Partial<ReviewOutcome> = {}): PushReview {
  const outcome = review(findings, { head: on.head(), subject: null, ...changes });
  return { repository, branch: "topic `x`", outcome };
}

describe("a comment on a commit", () => {
  const publish = (push: PushReview) =>
    publishPushComment(createCommitCommentApi(on.octokit, repository), identity, push);
  const bodies = () => on.repository.commitComments.map(({ body }) => body);

  it("is written where something was found, and the same again changes nothing", async () => {
    on = await openGitHubConversation(git, granted);
    expect(await publish(pushed([]))).toBe("none");
    expect(await publish(pushed([finding("1", "src/a.ts")]))).toBe("created");
    expect(await publish(pushed([finding("1", "src/a.ts")]))).toBe("unchanged");
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).toMatch(/^Pushed to `` topic `x` `` since \[`aaaaaaa`\]/);
    expect(bodies()[0]).not.toContain("/assistant ignore");
    expect(bodies()[0]).toMatch(/\n\n<!-- engram-assistant:v1 push -->$/);
    expect(on.repository.commitComments[0]?.commit).toBe(on.head());
  });

  it("is changed where the app may, and else left as it is", async () => {
    on = await openGitHubConversation(git, granted);
    await publish(pushed([finding("1", "src/a.ts")]));
    const [before] = bodies();
    expect(await publish(pushed([]))).toBe("unchanged");
    expect(bodies()).toEqual([before]);
    await on.end();

    on = await openGitHubConversation(git, { ...granted, contents: "write" });
    await publish(pushed([finding("1", "src/a.ts")]));
    expect(await publish(pushed([]))).toBe("updated");
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).toContain("no findings");
  });

  it("is known again by its author, whatever others copy", async () => {
    on = await openGitHubConversation(git, { ...granted, contents: "write" });
    const author = on.github.state.app.owner;
    const at = "2026-01-01T00:00:00Z";
    const body = "Mine.\n\n<!-- engram-assistant:v1 push -->";
    on.repository.commitComments.push({ id: 1, commit: on.head(), author, body, createdAt: at, updatedAt: at });
    expect(await publish(pushed([finding("1", "src/a.ts")]))).toBe("created");
    expect(bodies()[0]).toBe(body);
  });

  it("is not posted twice where the answer got lost", async () => {
    on = await openGitHubConversation(git, granted);
    on.github.failNext({ match: /^POST .*\/comments$/, drop: "after" });
    await expect(publish(pushed([finding("1", "src/a.ts")]))).rejects.toMatchObject({ transient: true });
    expect(await publish(pushed([finding("1", "src/a.ts")]))).toBe("unchanged");
    expect(bodies()).toHaveLength(1);
  });
});

describe("a check run without a pull request", () => {
  beforeEach(async () => {
    on = await openGitHubConversation(git, granted);
  });
  const checks = () => createOctokitCheckApi(on.octokit, repository, identity);

  it("holds all that there is to say, and the same again changes nothing", async () => {
    const note = finding("2", "src/b.ts", { placement: "summary", body: "Said in the summary." });
    const push = pushed([finding("1", "src/a.ts", { body: "Said on a line." }), note]);
    expect(await publishPushCheck(checks(), push)).toBe("updated");
    expect(await publishPushCheck(checks(), push)).toBe("unchanged");
    const [run, ...others] = on.repository.checkRuns;
    expect(others).toEqual([]);
    expect(run).toMatchObject({ externalId: `push-${"a".repeat(40)}`, status: "completed", conclusion: "neutral" });
    expect(run?.summary).toMatch(/Said on a line\.[^]*Said in the summary\./);
    expect(run?.summary).not.toContain("<!-- engram-assistant");
  });

  it("is done without where it is not permitted", async () => {
    await on.end();
    on = await openGitHubConversation(git, { contents: "read" });
    expect(await publishPushCheck(checks(), pushed([]))).toBe("not-permitted");
  });

  it("answers a merge queue once, as neutral", async () => {
    await answerMergeGroup(checks(), on.head());
    await answerMergeGroup(checks(), on.head());
    expect(on.repository.checkRuns).toMatchObject([
      { name: "Engram Assistant", externalId: "merge-group", status: "completed", conclusion: "neutral" },
    ]);
    expect(on.github.state.requests.filter(({ method }) => method === "PATCH")).toHaveLength(1);
  });
});
