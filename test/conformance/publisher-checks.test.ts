import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { beginCheckRun, cancelCheckRun, cancelOlderCheckRuns, completeCheckRun } from "../../src/publish/check-run.ts";
import type { CheckApi } from "../../src/publish/check-api.ts";
import { createDryRunPublisher } from "../../src/publish/dry-run-publisher.ts";
import { createGitHubPublisher } from "../../src/publish/github-publisher.ts";
import { createOctokitCheckApi } from "../../src/publish/octokit-check-api.ts";
import type { Finding, ReviewOutcome } from "../../src/publish/outcome.ts";
import type { Publisher } from "../../src/publish/publisher.ts";
import type { TestRepository } from "../helpers/git-repository.ts";
import type { Fault } from "../helpers/github-server/faults.ts";
import { codeEvidence, coverage, finding, identity, repository, review } from "../unit/publish/samples.ts";
import {
  createPagingRepository,
  type GitHubConversation,
  openGitHubConversation,
} from "./publisher-github-conversation.ts";
import { receipt } from "./publisher-suite.ts";

let git: TestRepository;
beforeAll(() => {
  git = createPagingRepository();
});
afterAll(() => git.dispose());

describe("a check run", () => {
  let on: GitHubConversation;
  let checks: CheckApi;
  let publisher: Publisher;

  beforeEach(async () => {
    on = await openGitHubConversation(git);
    const { octokit } = on;
    checks = createOctokitCheckApi(octokit, repository, identity);
    publisher = createGitHubPublisher({ octokit, repository, identity, check: true, log: { info() {} } });
  });
  afterEach(() => on.end());

  const reviewed = (findings: Finding[], changes: Partial<ReviewOutcome> = {}): ReviewOutcome =>
    review(findings, { head: on.head(), ...changes });
  const runs = () => on.repository.checkRuns;
  const many = (count: number): Finding[] =>
    Array.from({ length: count }, (_, index) =>
      finding(String(index), "src/a.ts", { placement: "summary", title: `Finding ${index}` }),
    );

  it("is begun once, completed with what was found, and the same again changes nothing", async () => {
    const id = await beginCheckRun(checks, on.pull, on.head());
    expect(await beginCheckRun(checks, on.pull, on.head())).toBe(id);
    expect(runs()).toMatchObject([{ status: "in_progress", conclusion: null, name: "Engram Assistant" }]);
    const left = finding("2", "src/b.ts", { placement: "summary" });
    left.anchor = { path: "src/b.ts", startLine: 8, endLine: 8, side: "LEFT" };
    const outcome = reviewed([finding("1", "src/a.ts"), left]);

    expect(await publisher.publish(outcome)).toEqual(receipt({ posted: 1, summary: "created", check: "updated" }));

    expect(runs()).toMatchObject([{ id, status: "completed", conclusion: "neutral", title: "2 findings" }]);
    expect(runs()[0]?.summary).toMatch(/^Review of .*\n\n- .*src\/a\.ts#L10-L11.*\n- `src\/b\.ts`: .*\n\n<details>/);
    expect(runs()[0]?.annotations).toEqual([
      {
        path: "src/a.ts",
        start_line: 10,
        end_line: 11,
        annotation_level: "warning",
        title: "The same paging stands unchanged in `listInvoices`",
        message: "This hunk corrects the offset. `listInvoices` computes it as before.",
        raw_details: `src/invoices.ts#L10-L11@${"a".repeat(12)}: 9 of 10 lines alike`,
      },
    ]);
    const writes = on.writes();
    expect(await publisher.publish(outcome)).toMatchObject({ check: "unchanged" });
    expect(on.writes()).toBe(writes);
  });

  it("is updated in place, also where nobody began it, and concludes as the findings ask", async () => {
    const unread = { coverage: coverage([{ path: "dist/a.js", reason: "generated" }]) };
    await publisher.publish(reviewed([], unread));
    expect(runs()).toMatchObject([
      { conclusion: "success", title: "No findings; read 3 of 4 files, 5 of 5 hunks, 40 of 60 lines", annotations: [] },
    ]);
    await publisher.publish(reviewed([finding("1", "src/a.ts", { kind: "companion" })]));
    await publisher.publish(
      reviewed([finding("1", "src/a.ts", { kind: "companion" }), finding("2", "src/b.ts", { kind: "secret" })]),
    );

    expect(runs()).toMatchObject([{ conclusion: "failure", title: "2 findings" }]);
    expect(runs()[0]?.annotations.map(({ annotation_level: level }) => level)).toEqual(["notice", "failure"]);
  });

  it("keeps within GitHub's limits: 50 annotations a request, and its lengths", async () => {
    const text = "x".repeat(90_000);
    const long = finding("x", "src/b.ts", { placement: "summary", title: text, body: text });
    long.evidence = [{ ...codeEvidence("src/z.ts", "z"), why: text }];

    // The server refuses what GitHub's schema refuses.
    expect(await completeCheckRun(checks, repository, on.pull, reviewed([...many(119), long]))).toBe("updated");

    expect(runs()[0]?.annotations).toHaveLength(120);
    expect(runs()[0]?.annotations.at(-1)?.title?.length).toBeLessThanOrEqual(255);
    for (const { message, raw_details: details } of runs()[0]?.annotations ?? [])
      expect(Math.max(message.length, details?.length ?? 0)).toBeLessThanOrEqual(16_384);
    const sent = on.github.state.requests.filter(({ method }) => method === "PATCH");
    expect(sent.map(({ body }) => (body as { status?: string }).status)).toEqual([undefined, undefined, "completed"]);
  });

  it("has each annotation once, whichever write broke off and whether GitHub had carried it out", async () => {
    const outcome = reviewed(many(120));
    const create = /^POST .*\/check-runs/;
    const patch = /^PATCH .*\/check-runs\//;
    const last = { match: patch, body: /"completed"/ };
    const faults = [{ match: create }, { match: patch }, last].flatMap((write): Fault[] => [
      { ...write, drop: "after" },
      { ...write, status: 502 },
    ]);
    for (const fault of faults) {
      on.repository.checkRuns = [];
      on.github.failNext(fault);
      await expect(completeCheckRun(checks, repository, on.pull, outcome)).rejects.toMatchObject({ transient: true });

      await completeCheckRun(checks, repository, on.pull, outcome);

      expect(on.github.state.faults).toEqual([]);
      expect(runs()).toHaveLength(1);
      expect(runs()[0]).toMatchObject({ status: "completed", conclusion: "neutral" });
      const titles = runs()[0]?.annotations.map(({ title }) => title) ?? [];
      expect(titles).toHaveLength(120);
      expect(new Set(titles).size).toBe(120);
    }
  });

  it("is taken up again by its pull request alone, and anew only where a person asks", async () => {
    await publisher.publish(reviewed([]));
    const [done] = runs();
    expect(await beginCheckRun(checks, on.pull, on.head())).toBe(done?.id);
    expect(await beginCheckRun(checks, "push-b", on.head())).not.toBe(done?.id);
    expect(await beginCheckRun(checks, on.pull, on.head())).toBe(done?.id);
    const again = await beginCheckRun(checks, on.pull, on.head(), true);
    expect(again).not.toBe(done?.id);
    expect(await beginCheckRun(checks, on.pull, on.head(), true)).toBe(again);
    for (const run of runs()) if (run.id !== again) run.appSlug = "other";

    await publisher.publish(reviewed([finding("1", "src/a.ts")]));

    expect(runs().map(({ conclusion }) => conclusion)).toEqual(["success", null, "neutral"]);
    expect(await cancelCheckRun(checks, "push-b", on.head(), "Failed.")).toBe(0);
  });

  it("is cancelled on older heads that nobody will complete, and only where it is open", async () => {
    const first = on.head();
    await beginCheckRun(checks, on.pull, first);
    await on.push();
    const second = on.head();
    await publisher.publish(reviewed([]));
    await on.forcePush();
    await beginCheckRun(checks, on.pull, on.head());

    expect(await cancelOlderCheckRuns(checks, on.pull, on.head())).toBe(0);
    expect(await cancelOlderCheckRuns(checks, on.pull, on.head(), [first, second])).toBe(1);

    expect(runs().map(({ conclusion }) => conclusion)).toEqual(["cancelled", "success", null]);
    expect(runs()[0]).toMatchObject({ status: "completed", title: "Not completed" });
  });

  it("is found among the pull request's own commits when a push left it behind", async () => {
    await beginCheckRun(checks, on.pull, on.head());
    await on.push();

    expect(await cancelOlderCheckRuns(checks, on.pull, on.head())).toBe(1);
    expect(await cancelOlderCheckRuns(checks, on.pull, on.head())).toBe(0);
  });

  it("is missing where the installation does not grant it; the review stands all the same", async () => {
    await on.end();
    on = await openGitHubConversation(git, { contents: "read", issues: "write", pull_requests: "write" });
    const { octokit } = on;
    publisher = createGitHubPublisher({ octokit, repository, identity, check: true, log: { info() {} } });

    expect(await publisher.publish(reviewed([finding("1", "src/a.ts")]))).toEqual(
      receipt({ posted: 1, summary: "created", check: "not-permitted" }),
    );
  });

  it("sends what a dry run shows", async () => {
    const dryRun = createDryRunPublisher({ repository, identity, check: true });
    const outcome = reviewed(many(60));
    const ours = (path: string): boolean => path.includes("/check-runs");

    await dryRun.publish(outcome);
    await dryRun.publish(outcome);
    await publisher.publish(outcome);

    const shown = dryRun.payloads.filter(({ path }) => ours(path));
    const sent = on.github.state.requests.filter(({ method, path }) => method !== "GET" && ours(path));
    expect(shown.map(({ method, body }) => ({ method, body }))).toEqual(
      sent.map(({ method, body }) => ({ method, body })),
    );
  });
});
