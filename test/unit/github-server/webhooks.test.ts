import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { verify } from "@octokit/webhooks-methods";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  appToken,
  changedLines,
  client,
  type Example,
  failure,
  onPull,
  startExample,
  target,
  text,
} from "./example.ts";

interface Received {
  event: string;
  guid: string;
  signature: string;
  contentType: string;
  text: string;
}

let example: Example;
let receiver: Server;
let received: Received[];
let status: number;
beforeEach(async () => {
  received = [];
  status = 200;
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const header = (name: string) => String(request.headers[name]);
      received.push({
        event: header("x-github-event"),
        guid: header("x-github-delivery"),
        signature: header("x-hub-signature-256"),
        contentType: header("content-type"),
        text: Buffer.concat(parts).toString("utf8"),
      });
      if (status > 0) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  example = await startExample({ webhookTimeoutMs: 1_500 });
  example.github.hooks.setUrl(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`);
});
afterEach(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await example.stop();
});

async function arrived(): Promise<[string, Record<string, unknown>][]> {
  await example.github.hooks.settled();
  return received.map((one) => [one.event, JSON.parse(one.text) as Record<string, unknown>]);
}

describe("what people do arrives as GitHub's events", () => {
  test("a comment: signed, with a GUID, and with who, where and which installation", async () => {
    const { github, repository, installation } = example;
    github.comment(repository, "ada", 1, "/assistant review");

    const [[event, payload] = []] = await arrived();
    expect(event).toBe("issue_comment");
    expect(payload).toMatchObject({
      action: "created",
      comment: { body: "/assistant review", user: { login: "ada", type: "User" } },
      issue: { number: 1, pull_request: { url: `${github.apiUrl}/repos/acme/shop/pulls/1` } },
      repository: { full_name: "acme/shop", default_branch: "main" },
      organization: { login: "acme" },
      sender: { login: "ada" },
      installation: { id: installation.id },
    });
    const [delivery] = received;
    expect(delivery?.contentType).toBe("application/json");
    expect(delivery?.guid).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(await verify(github.webhookSecret, delivery?.text ?? "", delivery?.signature ?? "")).toBe(true);
  });

  test("a push to the head: push, then synchronize with both commits", async () => {
    const { github, git, repository, pull } = example;
    const before = pull.pull.headSha;
    git.git("checkout", "--quiet", "feature");
    git.write("counter.txt", text([...changedLines, "more"]));
    const after = git.commit("More");
    git.git("checkout", "--quiet", "--detach");
    await github.push(repository, "ada", "feature");

    expect(await arrived()).toMatchObject([
      [
        "push",
        {
          ref: "refs/heads/feature",
          before,
          after,
          forced: false,
          created: false,
          commits: [{ id: after, message: "More", modified: ["counter.txt"] }],
        },
      ],
      ["pull_request", { action: "synchronize", before, after, number: 1, pull_request: { head: { sha: after } } }],
    ]);
  });

  test("a forced push says so", async () => {
    const { github, repository } = example;
    await github.push(repository, "ada", "feature", "main");

    expect((await arrived())[0]).toMatchObject(["push", { forced: true }]);
  });

  test("a branch that somebody moved already is pushed from where it stood before", async () => {
    const { github, git, repository, pull } = example;
    const before = pull.pull.baseSha;
    git.git("checkout", "--quiet", "main");
    git.write("docs/guide.md", "# Guide, second edition\n");
    const after = git.commit("Second edition");
    await github.push(repository, "ada", "main");
    await github.push(repository, "ada", "main");
    git.git("branch", "fresh");

    expect(await arrived()).toMatchObject([
      ["push", { ref: "refs/heads/main", before, after, head_commit: { id: after }, commits: [{ id: after }] }],
    ]);
    await expect(github.push(repository, "ada", "fresh")).rejects.toThrow("say where fresh goes");
  });

  test("a new branch says that it is new", async () => {
    const { github, repository, pull } = example;
    await github.push(repository, "ada", "release", "main");

    expect(await arrived()).toMatchObject([
      ["push", { created: true, before: "0".repeat(40), after: pull.pull.baseSha, ref: "refs/heads/release" }],
    ]);
  });

  test("issues: opened, labelled, edited with what was there before, closed", async () => {
    const { github, repository } = example;
    const { number } = github.openIssue(repository, "bob", { title: "Off", body: "By one." });
    github.label(repository, "ada", number, ["bug"]);
    github.editIssue(repository, "bob", number, { body: "By two." });
    github.closeIssue(repository, "ada", number);

    const payloads = (await arrived()).map(([event, { action, changes }]) => ({ event, action, changes }));
    expect(payloads).toEqual([
      { event: "issues", action: "opened", changes: undefined },
      { event: "issues", action: "labeled", changes: undefined },
      { event: "issues", action: "edited", changes: { body: { from: "By one." } } },
      { event: "issues", action: "closed", changes: undefined },
    ]);
  });

  test("pull requests: draft, ready, closed", async () => {
    const { github, repository } = example;
    await github.editPull(repository, "ada", 1, { draft: true });
    await github.editPull(repository, "ada", 1, { draft: false });
    await github.closePull(repository, "ada", 1, true);

    const payloads = (await arrived()).map(([, { action, pull_request: pull }]) => [
      action,
      (pull as { merged: boolean }).merged,
    ]);
    expect(payloads).toEqual([
      ["converted_to_draft", false],
      ["ready_for_review", false],
      ["closed", true],
    ]);
  });

  test("the App's own writes come back to it, sent by its bot", async () => {
    await example.octokit.rest.issues.createComment({ ...target, issue_number: 1, body: "Hello" });
    await example.octokit.rest.pulls.createReview({
      ...onPull,
      event: "COMMENT",
      comments: [{ path: "counter.txt", line: 5, body: "Hm" }],
    });

    // Deliveries go side by side; which arrives first is nobody's promise.
    const senders = new Map((await arrived()).map(([event, { sender }]) => [event, (sender as { type: string }).type]));
    expect(senders).toEqual(
      new Map([
        ["issue_comment", "Bot"],
        ["pull_request_review_comment", "Bot"],
      ]),
    );
  });
});

describe("deliveries", () => {
  test("a failed one is recorded, listed, and sent again with the same GUID", async () => {
    const { github, repository } = example;
    status = 503;
    github.comment(repository, "ada", 1, "first");
    await github.hooks.settled();
    const asApp = client(github, appToken(github));
    const { data: listed } = await asApp.rest.apps.listWebhookDeliveries();
    status = 200;
    await asApp.rest.apps.redeliverWebhookDelivery({ delivery_id: listed[0]?.id ?? 0 });
    await github.hooks.settled();

    expect(listed).toMatchObject([
      { status: "Invalid HTTP Response: 503", status_code: 503, redelivery: false, event: "issue_comment" },
    ]);
    expect(received).toHaveLength(2);
    expect(received[1]).toEqual(received[0]);
    expect(github.hooks.deliveries[1]).toMatchObject({ status: "OK", redelivery: true, guid: listed[0]?.guid });
    expect((await failure(asApp.rest.apps.redeliverWebhookDelivery({ delivery_id: 1 }))).status).toBe(404);
  });

  test("they are listed newest first, page by page", async () => {
    const { github, repository } = example;
    for (const body of ["one", "two", "three"]) github.comment(repository, "ada", 1, body);
    await github.hooks.settled();
    const asApp = client(github, appToken(github));

    const pages: string[][] = [];
    for await (const { data } of asApp.paginate.iterator("GET /app/hook/deliveries", { per_page: 2 })) {
      pages.push(data.map((one) => one.guid));
    }

    const [one, two, three] = github.hooks.deliveries.map((delivery) => delivery.guid);
    expect(pages).toEqual([[three, two], [one]]);
  });

  test("a receiver that takes too long, or is not there, fails the delivery", async () => {
    const { github, repository } = example;
    status = 0;
    github.comment(repository, "ada", 1, "slow");
    await github.hooks.settled();
    github.hooks.setUrl("http://127.0.0.1:1/");
    github.comment(repository, "ada", 1, "nobody");
    await github.hooks.settled();

    expect(github.hooks.deliveries.map((one) => one.status)).toEqual(["timed out", "failed to connect to host"]);
    // Cut off at the 1.5 s of this server, not at GitHub's 10 s.
    expect(github.hooks.deliveries[0]?.duration).toBeLessThan(5);
  });

  test("held ones leave in any order, repeated or dropped", async () => {
    const { github, repository } = example;
    github.hooks.hold();
    for (const body of ["one", "two", "three"]) github.comment(repository, "ada", 1, body);
    await github.hooks.settled();
    const before = received.length;
    await github.hooks.flush(([one, , three]) => [three, one, three].filter((held) => held !== undefined));

    expect(before).toBe(0);
    const bodies = (await arrived()).map(([, payload]) => (payload["comment"] as { body: string }).body);
    expect(bodies).toEqual(["three", "one", "three"]);
    expect(received[0]?.guid).toBe(received[2]?.guid);
  });

  test("nothing is sent without the App installed, nor for an event it has not subscribed to", async () => {
    const { github, git, installation } = example;
    const other = github.createRepository({ owner: "zeta", name: "other", gitDir: git.dir });
    github.openIssue(other, "bob", { title: "Unseen", body: null });
    installation.events = ["issues"];
    github.comment(example.repository, "ada", 1, "not subscribed");

    expect(await arrived()).toEqual([]);
  });
});
