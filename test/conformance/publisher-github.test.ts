import { Octokit } from "@octokit/rest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDryRunPublisher } from "../../src/publish/dry-run-publisher.ts";
import { createGitHubPublisher } from "../../src/publish/github-publisher.ts";
import { parseMarker } from "../../src/publish/marker.ts";
import type { Publisher } from "../../src/publish/publisher.ts";
import { finding, head, identity, repository, review } from "../unit/publish/samples.ts";
import { startGitHubEdge, type EdgeFault, type GitHubEdge } from "./publisher-github-edge.ts";
import { publisherSuite, receipt } from "./publisher-suite.ts";

/** Warnings of Octokit about the failures that these tests provoke. */
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

function publisherOn(edge: GitHubEdge): Publisher {
  const octokit = new Octokit({ baseUrl: edge.url, log: quiet });
  return createGitHubPublisher({ octokit, repository, identity, log: quiet });
}

const writesOf = (edge: GitHubEdge): string[] => edge.requests.filter((request) => !request.startsWith("GET"));

publisherSuite("GitHub", async () => {
  const edge = await startGitHubEdge(head);
  let pushes = 0;
  return {
    publisher: publisherOn(edge),
    pull: 7,
    issue: 9,
    head: () => edge.head,
    push: () => {
      pushes += 1;
      edge.head = String(pushes).padStart(40, "d");
    },
    onLines: () => edge.onLines,
    bodies: (number) => edge.inConversation.flatMap((comment) => (comment.number === number ? [comment.body] : [])),
    writes: () => writesOf(edge).length,
    end: () => edge.stop(),
  };
});

describe("the GitHub publisher", () => {
  let edge: GitHubEdge;
  let publisher: Publisher;
  const outcome = review([finding("1", "src/a.ts"), finding("2", "src/b.ts"), finding("3", "src/c.ts")]);

  beforeEach(async () => {
    edge = await startGitHubEdge(head);
    publisher = publisherOn(edge);
  });
  afterEach(() => edge.stop());

  it("writes each comment once, whichever write broke off and whether GitHub had carried it out", async () => {
    const first = review([...outcome.findings, finding("4", "src/a.ts")]);
    const second = review([finding("1", "src/a.ts"), finding("5", "src/b.ts")]);
    const faults: EdgeFault[] = [/^POST .*reviews$/, /^PATCH \/pulls/, /^POST .*issues/, /^PATCH .*issues/].flatMap(
      (match) => [true, false].map((after): EdgeFault => ({ match, after, status: after ? "cut" : 502 })),
    );
    for (const fault of faults) {
      edge.onLines = [];
      edge.inConversation = [];
      edge.faults = [fault];
      for (const one of [first, second]) {
        await expect(untilDone(publisher, one)).resolves.toBeDefined();
      }

      expect(edge.faults).toEqual([]);
      expect(edge.inConversation).toHaveLength(1);
      const states = edge.onLines.map(({ body }) => parseMarker(body));
      expect(
        states.map((one) => one?.kind === "finding" && `${Number(one.id)}${one.addressed ? " addressed" : ""}`),
      ).toEqual(["1", "2 addressed", "3 addressed", "4 addressed", "5"]);
    }
  });

  it("posts the others when GitHub refuses one comment, and puts that one into the summary", async () => {
    edge.refusedPaths.add("src/b.ts");

    expect(await publisher.publish(outcome)).toEqual(receipt({ posted: 2, summary: "created" }));

    expect(edge.onLines.map(({ path }) => path)).toEqual(["src/a.ts", "src/c.ts"]);
    expect(edge.inConversation[0]?.body).toContain("2 comments on lines, 1 note below.");
    expect(edge.inConversation[0]?.body).toContain("src/b.ts#L10-L11");
    expect(await publisher.publish(outcome)).toEqual(receipt({ standing: 2, summary: "unchanged" }));
  });

  it("says stale-head when the push came between the check and the review", async () => {
    edge.faults = [{ match: /^POST .*reviews/, status: 422, after: false, message: "line must be part of the diff" }];
    const moved = publisher.publish(review([finding("1", "src/a.ts")]));
    while (!edge.requests.some((request) => request.startsWith("GET /pulls/7/files"))) await tick();
    edge.head = "e".repeat(40);

    await expect(moved).rejects.toMatchObject({ code: "stale-head" });
    expect(edge.inConversation).toEqual([]);
  });

  it("does not take a stranger's copy of a marker for its own", async () => {
    await publisher.publish(outcome);
    const copies = (comments: GitHubEdge["onLines"]): GitHubEdge["onLines"] =>
      comments.map((comment) => ({ ...comment, author: "mallory" }));
    edge.onLines = copies(edge.onLines);
    edge.inConversation = copies(edge.inConversation);

    expect(await publisher.publish(outcome)).toEqual(receipt({ posted: 3, summary: "created" }));
    expect(await publisher.publish(review([]))).toEqual(receipt({ addressed: 3, summary: "updated" }));
    const strangers = [...edge.onLines, ...edge.inConversation].filter(({ author }) => author === "mallory");
    expect(strangers).toHaveLength(4);
    for (const { body } of strangers) expect(body).not.toContain("Addressed");
  });

  it("finds its own comments behind pages of others", async () => {
    const others = Array.from({ length: 150 }, (_, index) => ({
      id: index + 1,
      number: 7,
      author: "mallory",
      body: "Nice.",
      path: "src/a.ts",
      line: 10,
    }));
    edge.onLines = [...others];
    edge.inConversation = [...others];
    await publisher.publish(outcome);

    expect(await publisher.publish(outcome)).toEqual(receipt({ standing: 3, summary: "unchanged" }));
  });

  it("clears its own pending review, and nobody else's", async () => {
    edge.reviews = [
      { id: 1, author: "mallory", state: "PENDING" },
      { id: 2, author: identity.login, state: "PENDING" },
    ];

    expect(await publisher.publish(outcome)).toMatchObject({ posted: 3 });
    expect(edge.reviews.filter(({ state }) => state === "PENDING").map(({ id }) => id)).toEqual([1]);
  });

  it("keeps Octokit from repeating a creation by itself: the lost one may have been carried out", async () => {
    const octokit = new Octokit({ baseUrl: edge.url, log: quiet });
    const retries: unknown[] = [];
    octokit.hook.before("request", ({ method, request }) => {
      if (method === "POST") retries.push(request?.["retries"]);
    });

    await createGitHubPublisher({ octokit, repository, identity, log: quiet }).publish(outcome);

    expect(retries).toEqual([0, 0]);
  });

  it("sends exactly what a dry run shows", async () => {
    const bodies: unknown[] = [];
    const octokit = new Octokit({ baseUrl: edge.url, log: quiet });
    octokit.hook.before("request", ({ method, owner: _owner, repo: _repo, url, ...options }) => {
      if (method === "POST" && url.endsWith("/reviews")) {
        const { commit_id, event, body, comments } = options as Record<string, unknown>;
        bodies.push({ commit_id, event, body, comments });
      }
    });
    const dryRun = createDryRunPublisher({ repository, identity });

    await createGitHubPublisher({ octokit, repository, identity, log: quiet }).publish(outcome);
    await dryRun.publish(outcome);

    expect(bodies).toEqual([dryRun.payloads[0]?.body]);
  });

  it.each([
    ["a limit", { status: 403, headers: { "retry-after": "30" }, message: "secondary rate limit" }, "github-limited"],
    ["a missing permission", { status: 403, message: "Resource not accessible by integration" }, "not-permitted"],
    ["a failure of GitHub", { status: 503, message: "" }, "github-unavailable"],
  ] as const)("says what to do about %s", async (_name, fault, code) => {
    edge.faults = [{ match: /^POST .*reviews/, after: false, ...fault }];

    await expect(publisher.publish(outcome)).rejects.toMatchObject({ name: "AssistantError", code });
    expect(edge.inConversation).toEqual([]);
  });

  it("refuses the outcome of a local clone", async () => {
    await expect(publisher.publish(review([], { subject: null }))).rejects.toMatchObject({ code: "no-subject" });
  });

  it("stops when it is told to", async () => {
    await expect(publisher.publish(outcome, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    expect(writesOf(edge)).toEqual([]);
  });
});

/** As the queue does: again after a failure that may pass. */
async function untilDone(publisher: Publisher, outcome: Parameters<Publisher["publish"]>[0]): Promise<unknown> {
  try {
    return await publisher.publish(outcome);
  } catch (error) {
    expect(error).toMatchObject({ transient: true });
    return publisher.publish(outcome);
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
