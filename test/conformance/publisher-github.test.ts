import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDryRunPublisher } from "../../src/publish/dry-run-publisher.ts";
import { createGitHubPublisher } from "../../src/publish/github-publisher.ts";
import { parseMarker } from "../../src/publish/marker.ts";
import type { Finding, ReviewOutcome } from "../../src/publish/outcome.ts";
import type { TestRepository } from "../helpers/git-repository.ts";
import type { Fault } from "../helpers/github-server/faults.ts";
import { secondaryRateLimit } from "../helpers/github-server/github-server.ts";
import { type ReviewComment, userNamed } from "../helpers/github-server/state.ts";
import { finding, identity, repository, review } from "../unit/publish/samples.ts";
import {
  createPagingRepository,
  type GitHubConversation,
  openGitHubConversation,
} from "./publisher-github-conversation.ts";
import { publisherSuite, receipt } from "./publisher-suite.ts";

let git: TestRepository;
beforeAll(() => {
  git = createPagingRepository();
});
afterAll(() => git.dispose());

publisherSuite("GitHub", () => openGitHubConversation(git));

describe("the GitHub publisher", () => {
  let on: GitHubConversation;
  let outcome: ReviewOutcome;

  beforeEach(async () => {
    on = await openGitHubConversation(git);
    outcome = reviewed([finding("1", "src/a.ts"), finding("2", "src/b.ts"), finding("3", "src/c.ts")]);
  });
  afterEach(() => on.end());

  const reviewed = (findings: Finding[]): ReviewOutcome => review(findings, { head: on.head() });
  const conversation = (): string[] => on.bodies(on.pull);
  const post = /^POST .*\/reviews$/;

  it("writes each comment once, whichever write broke off and whether GitHub had carried it out", async () => {
    const first = reviewed([...outcome.findings, finding("4", "src/a.ts")]);
    const second = reviewed([finding("1", "src/a.ts"), finding("5", "src/b.ts")]);
    const third = reviewed([...second.findings, finding("2", "src/b.ts")]);
    const writes: Pick<Fault, "match" | "body">[] = [
      { match: post },
      { match: /^PATCH .*\/pulls\// },
      { match: /^POST .*\/issues\// },
      { match: /^PATCH .*\/issues\// },
      { match: /^POST \/graphql/, body: /reviewThreads\(/ },
      { match: /^POST \/graphql/, body: / resolveReviewThread\(/ },
      { match: /^POST \/graphql/, body: / unresolveReviewThread\(/ },
    ];
    const faults = writes.flatMap((write): Fault[] => [
      { ...write, drop: "after" },
      { ...write, status: 502 },
    ]);
    for (const fault of faults) {
      Object.assign(on.repository, { reviews: [], reviewComments: [], comments: [] });
      on.github.failNext(fault);
      for (const one of [first, second, third]) {
        await expect(untilDone(on, one)).resolves.toBeDefined();
      }

      expect(on.github.state.faults).toEqual([]);
      expect(conversation()).toHaveLength(1);
      const states = on.onLines().map(({ body }) => parseMarker(body));
      expect(
        states.map((one) => one?.kind === "finding" && `${Number(one.id)}${one.resolved ? " resolved" : ""}`),
      ).toEqual(["1", "2", "3 resolved", "4 resolved", "5"]);
      expect(on.folded()).toEqual([false, false, true, true, false]);
    }
  });

  it.each([
    ["gone", [], true],
    ["back", [finding("1", "src/a.ts")], false],
  ])(
    "knows its own thread where a run broke off after folding it, and the finding is %s",
    async (_is, found, folded) => {
      outcome = reviewed([finding("1", "src/a.ts")]);
      await on.publisher.publish(outcome);
      on.github.failNext({ match: /^PATCH .*\/pulls\//, status: 502 });
      await expect(on.publisher.publish(reviewed([]))).rejects.toMatchObject({ transient: true });
      expect(on.folded()).toEqual([true]);

      await on.publisher.publish(reviewed(found));

      expect(on.folded()).toEqual([folded]);
      expect(parseMarker(on.onLines()[0]?.body ?? "")).toMatchObject({ addressed: folded, resolved: folded });
    },
  );

  it("resolves no thread in which somebody replied, and marks its comment all the same", async () => {
    await on.publisher.publish(outcome);
    const [first] = on.repository.reviewComments;
    on.github.reply(on.repository, "ada", first as ReviewComment, "Are you sure?");
    on.github.reply(on.repository, identity.login, on.repository.reviewComments[1] as ReviewComment, "We said more.");

    expect(await on.publisher.publish(reviewed([]))).toMatchObject({ addressed: 3, resolved: 2 });

    expect(on.folded()).toEqual([false, true, true]);
    expect(on.onLines()[0]?.body).toMatch(/^Addressed in /);
  });

  it("leaves threads as people put them: resolved by hand, or opened again", async () => {
    await on.publisher.publish(outcome);
    const [byHand, opened] = on.repository.reviewComments as [ReviewComment, ReviewComment];
    const resolve = (comment: ReviewComment, resolved: boolean): void => {
      Object.assign(comment, { resolved, resolvedBy: resolved ? userNamed(on.github.state, "ada") : null });
    };
    resolve(byHand, true);
    await on.publisher.publish(outcome);
    expect(on.folded()).toEqual([true, false, false]);
    await on.publisher.publish(reviewed([]));
    expect(on.folded()).toEqual([true, true, true]);
    resolve(opened, false);
    for (const comment of on.repository.reviewComments) if (comment !== byHand) comment.resolvedBy = null;

    await on.publisher.publish(reviewed([]));
    expect(on.folded()).toEqual([true, false, true]);
    await on.publisher.publish(outcome);
    expect(on.folded()).toEqual([true, false, false]);
    for (const { body } of on.onLines()) expect(body).toContain("An earlier push had addressed this");
  });

  it("only marks where the app may not resolve, and asks once", async () => {
    await on.end();
    const least = { contents: "read", issues: "write", pull_requests: "write" } as const;
    on = await openGitHubConversation(git, least);
    outcome = reviewed([finding("1", "src/a.ts"), finding("2", "src/b.ts")]);
    await on.publisher.publish(outcome);

    expect(await on.publisher.publish(reviewed([]))).toEqual(receipt({ addressed: 2, summary: "updated" }));

    expect(on.folded()).toEqual([false, false]);
    for (const { body } of on.onLines()) expect(body).toMatch(/^Addressed in \[`[0-9a-f]{7}`\]/);
    const asked = on.github.state.requests.filter(({ body }) =>
      JSON.stringify(body ?? "").includes(" resolveReviewThread("),
    );
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["no GraphQL is there", { match: /graphql/, status: 404 }],
    ["GraphQL is closed to apps", { match: /graphql/, status: 403, message: "Resource not accessible by integration" }],
  ])("publishes all but the folding where %s", async (_name, fault: Fault) => {
    await on.publisher.publish(outcome);
    on.github.failNext({ ...fault, times: Infinity });

    expect(await on.publisher.publish(reviewed([]))).toEqual(receipt({ addressed: 3, summary: "updated" }));
    expect(on.folded()).toEqual([false, false, false]);
  });

  it("publishes an older head where it is told to: nothing on lines, nothing marked, and says so", async () => {
    const { octokit } = on;
    await on.publisher.publish(outcome);
    const old = reviewed([finding("1", "src/a.ts"), finding("5", "src/b.ts", { title: "New" })]);
    await on.push();
    const publisher = createGitHubPublisher({ octokit, repository, identity, olderHead: true, log: { info() {} } });
    const before = on.onLines();

    expect(await publisher.publish(old)).toEqual(receipt({ standing: 1, summary: "updated" }));

    expect(on.onLines()).toEqual(before);
    expect(conversation()[0]).toContain(`The pull request has moved on to [\`${on.head().slice(0, 7)}\`]`);
    expect(conversation()[0]).toContain("**New** in");
    expect(await publisher.publish(old)).toEqual(receipt({ standing: 1, summary: "unchanged" }));
  });

  it("posts the others when GitHub refuses one comment, and puts that one into the summary", async () => {
    on.github.failNext({ match: post, body: /"path":"src\/b\.ts"/, times: Infinity, status: 422 });

    expect(await on.publisher.publish(outcome)).toEqual(receipt({ posted: 2, summary: "created" }));

    expect(on.onLines().map(({ path }) => path)).toEqual(["src/a.ts", "src/c.ts"]);
    expect(conversation()[0]).toContain("2 comments on lines, 1 note below.");
    expect(conversation()[0]).toContain("src/b.ts#L10-L11");
    expect(await on.publisher.publish(outcome)).toEqual(receipt({ standing: 2, summary: "unchanged" }));
  });

  it("says stale-head when the push came between the check and the review", async () => {
    on.github.failNext({ match: post, meanwhile: () => on.forcePush() });

    await expect(on.publisher.publish(outcome)).rejects.toMatchObject({ code: "stale-head" });
    expect([...on.onLines(), ...conversation()]).toEqual([]);
  });

  it("does not take a stranger's copy of a marker for its own", async () => {
    await on.publisher.publish(outcome);
    const copies = [...on.repository.reviewComments, ...on.repository.comments];
    for (const copy of copies) copy.author = userNamed(on.github.state, "mallory");

    expect(await on.publisher.publish(outcome)).toEqual(receipt({ posted: 3, summary: "created" }));
    expect(await on.publisher.publish(reviewed([]))).toEqual(
      receipt({ addressed: 3, resolved: 3, summary: "updated" }),
    );
    expect(copies).toHaveLength(4);
    for (const { body } of copies) expect(body).not.toContain("Addressed");
  });

  it("finds its own comments behind pages of others", async () => {
    const { github, repository: shop, pull } = on;
    const root = await github.reviewComment(shop, "mallory", pull, { path: "src/a.ts", line: 10, body: "Nice." });
    for (let count = 0; count < 150; count++) {
      github.reply(shop, "mallory", root, "Nice.");
      github.comment(shop, "mallory", pull, "Nice.");
    }
    await on.publisher.publish(outcome);

    expect(await on.publisher.publish(outcome)).toEqual(receipt({ standing: 3, summary: "unchanged" }));
  });

  it("finds its own threads behind pages of others", async () => {
    for (let count = 0; count < 101; count++)
      await on.github.reviewComment(on.repository, "mallory", on.pull, { path: "src/a.ts", line: 10, body: "Nice." });
    await on.publisher.publish(outcome);

    expect(await on.publisher.publish(reviewed([]))).toMatchObject({ addressed: 3, resolved: 3 });
    expect(on.folded().lastIndexOf(false)).toBe(100);
  });

  it("clears its own pending review, and nobody else's", async () => {
    const { octokit, pull } = on;
    const pending = (): number => on.repository.reviews.filter(({ state }) => state === "PENDING").length;
    await octokit.rest.pulls.createReview({ owner: repository.owner, repo: repository.name, pull_number: pull });

    // GitHub shows it to its author alone, so the author has to pass for somebody else.
    const stranger = { login: "mallory" };
    await createGitHubPublisher({ octokit, repository, identity: stranger, log: { info() {} } }).publish(outcome);
    expect(pending()).toBe(1);
    expect(await on.publisher.publish(outcome)).toMatchObject({ posted: 3 });
    expect(pending()).toBe(0);
  });

  it("keeps Octokit from repeating a creation by itself: the lost one may have been carried out", async () => {
    const retries: unknown[] = [];
    on.octokit.hook.before("request", ({ method, request }) => {
      if (method === "POST") retries.push(request?.["retries"]);
    });

    await on.publisher.publish(outcome);

    expect(retries).toEqual([0, 0]);
  });

  it("sends exactly what a dry run shows", async () => {
    const dryRun = createDryRunPublisher({ repository, identity });

    await on.publisher.publish(outcome);
    await dryRun.publish(outcome);

    const sent = on.github.state.requests.filter(({ method, path }) => post.test(`${method} ${path}`));
    expect(sent.map(({ body }) => body)).toEqual([dryRun.payloads[0]?.body]);
  });

  it.each([
    ["a limit", secondaryRateLimit({ match: post, retryAfterSeconds: 30 }), "github-limited"],
    [
      "a missing permission",
      { match: post, status: 403, message: "Resource not accessible by integration" },
      "not-permitted",
    ],
    ["a failure of GitHub", { match: post, status: 503 }, "github-unavailable"],
  ])("says what to do about %s", async (_name, fault: Fault, code) => {
    on.github.failNext(fault);

    await expect(on.publisher.publish(outcome)).rejects.toMatchObject({ name: "AssistantError", code });
    expect(conversation()).toEqual([]);
  });

  it("refuses the outcome of a local clone", async () => {
    await expect(on.publisher.publish(review([], { subject: null }))).rejects.toMatchObject({ code: "no-subject" });
  });

  it("stops when it is told to", async () => {
    await expect(on.publisher.publish(outcome, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    expect(on.writes()).toBe(0);
  });
});

/** As the queue does: again after a failure that may pass. */
async function untilDone({ publisher }: GitHubConversation, outcome: ReviewOutcome): Promise<unknown> {
  try {
    return await publisher.publish(outcome);
  } catch (error) {
    expect(error).toMatchObject({ transient: true });
    return publisher.publish(outcome);
  }
}
