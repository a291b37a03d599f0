import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { JobContext, JobOf } from "../../../src/handlers/job-context.ts";
import { keptOutcome, newOutcome, type Run, stopperOf } from "../../../src/handlers/implement-run.ts";
import { endWork, stoppedBy } from "../../../src/handlers/stop-work.ts";
import type { PullNotes } from "../../../src/intake/pull-notes.ts";
import { openSqlitePullNotes } from "../../../src/intake/sqlite-pull-notes.ts";
import type { Job } from "../../../src/jobs/job.ts";
import { createRunningJobs } from "../../../src/jobs/running-jobs.ts";
import type { ImplementOutcome } from "../../../src/publish/implement-outcome.ts";
import { reviewJob } from "../../helpers/jobs.ts";
import { implementOutcome } from "../publish/samples.ts";

const origin = { repository: { host: "github.com", owner: "octo", name: "hello" }, installationId: 1, number: 7 };
const subject = { repository: "github.com/octo/hello", number: 7 };
const command = (verb: string, commentId: number) => ({ verb, argument: "", commentId, sender: "ann" });

let folder: string;
let notes: PullNotes;
const running = createRunningJobs();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stops-"));
  notes = openSqlitePullNotes(join(folder, "pulls.db"));
});
afterEach(() => {
  notes.shut();
  rmSync(folder, { recursive: true, force: true });
});

function implement(at: string, commentId: number, number = 7): JobOf<"implement"> {
  const asked = { at, command: command("implement", commentId), text: { title: "", body: "" }, thread: null };
  return { kind: "implement", ...origin, number, onPull: false, ...asked };
}

function stop(at: string, commentId: number): JobOf<"stop"> {
  return { kind: "stop", ...origin, onPull: false, at, command: command("stop", commentId), thread: null };
}

/** Runs a job until it is ended; the function ends it otherwise. */
function run(job: Job): () => void {
  const other = new AbortController();
  const work = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  running.run(job, other.signal, work).catch(() => {});
  return () => other.abort();
}

it("ends what runs on its subject and was asked for before, and says so again where it is tried again", () => {
  const others = [run(implement("2031-01-01T00:00:09Z", 20)), run(implement("2031-01-01T00:00:01Z", 1, 8))];
  run(implement("2031-01-01T00:00:01Z", 10));
  run({ ...reviewJob(7), head: "abc" } as Job);

  expect(endWork(stop("2031-01-01T00:00:05Z", 15), { notes, running })).toEqual(["implement", "review"]);
  expect(endWork(stop("2031-01-01T00:00:05Z", 15), { notes, running })).toEqual(["implement", "review"]);
  expect(endWork(stop("2031-01-01T00:00:06Z", 16), { notes, running })).toEqual([]);
  expect(running.stop(() => true, "test")).toHaveLength(2);
  for (const end of others) end();
});

it("is known to what waited, also after a restart", () => {
  endWork(stop("2031-01-01T00:00:05Z", 15), { notes, running });
  notes.shut();
  notes = openSqlitePullNotes(join(folder, "pulls.db"));
  const context = { services: { notes }, key: subject.repository } as unknown as JobContext;
  expect(stoppedBy(implement("2031-01-01T00:00:04Z", 99), context)).toBe("ann");
  expect(stoppedBy(implement("2031-01-01T00:00:05Z", 14), context)).toBe("ann");
  expect(stoppedBy(implement("2031-01-01T00:00:05Z", 16), context)).toBeNull();
  expect(stoppedBy(implement("2031-01-01T00:00:06Z", 16), context)).toBeNull();
  expect(stoppedBy(implement("2031-01-01T00:00:01Z", 1, 8), context)).toBeNull();
});

it("reaches what runs in another process of the same machine, and what there was by then is kept", async () => {
  const job = implement("2031-01-01T00:00:01Z", 10);
  const config = { home: { outcomes: join(folder, "outcomes") } };
  let outcome: ImplementOutcome | null = null;
  await running.run(job, new AbortController().signal, async (signal) => {
    const context = { services: { notes, running, config }, key: subject.repository, signal } as unknown as JobContext;
    const opened = {
      implement: () =>
        new Promise<ImplementOutcome>((resolve) => {
          signal.addEventListener("abort", () => resolve(implementOutcome({ number: 7, verdict: "stopped" })));
          notes.noteStop(subject, { at: "2031-01-01T00:00:05Z", comment: 15, by: "ann", ended: [] });
        }),
    };
    const run = { asked: {}, opened, goal: "write", progress: { tell: () => {} } } as unknown as Run;
    outcome = await newOutcome(job, run, context);
    expect(stopperOf(signal)).toBe("ann");
    expect(await keptOutcome(job, context)).toEqual(outcome);
  });
  expect(outcome).toMatchObject({ verdict: "stopped" });
});
