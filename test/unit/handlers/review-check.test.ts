import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPagingRepository, openGitHubConversation } from "../../conformance/publisher-github-conversation.ts";
import type { TestRepository } from "../../helpers/git-repository.ts";
import { repositoryConfigSchema } from "../../../src/config/repository-config.ts";
import type { JobContext, JobOf } from "../../../src/handlers/job-context.ts";
import { beginReviewCheck } from "../../../src/handlers/review-check.ts";
import { openSqlitePullNotes } from "../../../src/intake/sqlite-pull-notes.ts";
import { ShutdownError } from "../../../src/jobs/on-error.ts";
import { createRunningJobs } from "../../../src/jobs/running-jobs.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { identity, repository } from "../publish/samples.ts";

const config = repositoryConfigSchema.parse({ mode: "auto", review: { check: true } });

let git: TestRepository;
beforeAll(() => {
  git = createPagingRepository();
});
afterAll(() => git.dispose());

describe("the check run of a review that ends early", () => {
  let on: Awaited<ReturnType<typeof openGitHubConversation>>;
  let folder: string;
  let notes: ReturnType<typeof openSqlitePullNotes>;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "checks-"));
    notes = openSqlitePullNotes(join(folder, "pulls.db"));
    on = await openGitHubConversation(git);
  });
  afterEach(async () => {
    notes.shut();
    rmSync(folder, { recursive: true, force: true });
    await on.end();
  });

  /** Begins a review that lasts until its signal aborts; what it throws is given back. */
  async function review(signal: AbortSignal, begun: () => void): Promise<void> {
    const job = { kind: "review", repository, installationId: 1, number: on.pull, head: on.head(), command: null };
    const services = { notes, identity: async () => identity };
    const log = { warn() {} };
    const context = { services, octokit: on.octokit, signal, log } as unknown as JobContext;
    const of = { config, head: on.head(), olderHead: null };
    const check = await beginReviewCheck(job as JobOf<"review">, of, context);
    await check.during(async () => {
      begun();
      await new Promise<never>((_, reject) => {
        if (signal.aborted) reject(signal.reason as Error);
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    }, "It failed.");
  }

  const runs = () => on.repository.checkRuns.map(({ status, conclusion, summary }) => [status, conclusion, summary]);

  it("is ended at once where a person stopped it, also while it is begun", async () => {
    const running = createRunningJobs();
    const job = { kind: "sync", repository, installationId: 1, commit: "" } as const;
    const stop = () => void running.stop(() => true, "maren");
    await running.run(job, new AbortController().signal, (signal) => review(signal, stop));
    expect(runs()).toEqual([["completed", "cancelled", "Stopped by `maren`."]]);
    expect(notes.openChecks(Infinity)).toEqual([]);

    await on.forcePush();
    on.github.failNext({ match: /^POST .*\/check-runs$/, meanwhile: async () => stop() });
    await running.run(job, new AbortController().signal, (signal) => review(signal, () => {}));
    // Whether GitHub carried out the request before or after it was asked what is open: nothing is open and forgotten.
    const open = runs().filter(([status]) => status !== "completed");
    expect(notes.openChecks(Infinity).length).toBeGreaterThanOrEqual(open.length);
  });

  it("is ended where the time is up or something broke, and left to the next try where the program ends", async () => {
    const late = new AbortController();
    const deadline = new AssistantError("the job ran for more than 30 minutes", { code: "job-deadline", remedy: "" });
    await expect(review(late.signal, () => late.abort(deadline))).rejects.toBe(deadline);
    expect(runs()).toEqual([["completed", "cancelled", "Ended: the job ran for more than 30 minutes."]]);

    await on.forcePush();
    const broken = new Error("no answer");
    const failing = review(new AbortController().signal, () => {
      throw broken;
    });
    await expect(failing).rejects.toBe(broken);
    expect(runs()[1]).toEqual(["completed", "cancelled", "It failed."]);

    await on.push();
    const ended = new AbortController();
    const shutdown = new ShutdownError("the worker is shutting down");
    await expect(review(ended.signal, () => ended.abort(shutdown))).rejects.toBe(shutdown);
    expect(runs()[2]?.[0]).toBe("in_progress");
    expect(notes.openChecks(Infinity)).toHaveLength(1);
  });
});
