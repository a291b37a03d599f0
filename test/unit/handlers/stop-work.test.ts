import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { JobContext, JobOf } from "../../../src/handlers/job-context.ts";
import { keptOutcome, newOutcome, type Run, stopperOf } from "../../../src/handlers/implement-run.ts";
import { endHere, endWork, stoppedBy } from "../../../src/handlers/stop-work.ts";
import type { PullNotes } from "../../../src/intake/pull-notes.ts";
import { openSqlitePullNotes } from "../../../src/intake/sqlite-pull-notes.ts";
import { followStops, type StopFollower } from "../../../src/jobs/follow-stops.ts";
import type { Job } from "../../../src/jobs/job.ts";
import { createMemoryQueue } from "../../../src/jobs/memory-queue.ts";
import type { Queue } from "../../../src/jobs/queue.ts";
import { createRunningJobs, type RunningJobs } from "../../../src/jobs/running-jobs.ts";
import type { ImplementOutcome } from "../../../src/publish/implement-outcome.ts";
import { reviewJob } from "../../helpers/jobs.ts";
import { implementOutcome } from "../publish/samples.ts";

const origin = { repository: { host: "github.com", owner: "octo", name: "hello" }, installationId: 1, number: 7 };
const command = (verb: string, commentId: number) => ({ verb, argument: "", commentId, sender: "ann" });

const key = "github.com/octo/hello";
let folder: string;
let opened: PullNotes[];
let followers: StopFollower[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stops-"));
  opened = [];
  followers = [];
});
afterEach(() => {
  for (const follower of followers) follower.close();
  for (const notes of opened) notes.shut();
  rmSync(folder, { recursive: true, force: true });
});

/** What a server has of its own beside the queue. */
function machine(queue: Queue) {
  const file = join(folder, `${opened.length}.db`);
  const notes = openSqlitePullNotes(file);
  opened.push(notes);
  const running = createRunningJobs();
  const stops = followStops({
    queue,
    stop: (job) => endHere(job, { notes, running }),
    log: pino({ level: "silent" }),
  });
  followers.push(stops);
  return { queue, notes, running, stops, file };
}

function contextOf({ notes, running }: ReturnType<typeof machine>, signal: AbortSignal): JobContext {
  const config = { home: { outcomes: join(folder, "outcomes") } };
  return { services: { notes, running, config }, key, signal } as unknown as JobContext;
}

/** They run, as the queue sees it. */
async function begin(queue: Queue, jobs: Job[]): Promise<void> {
  await queue.accept({ id: JSON.stringify(jobs), event: "test" }, jobs);
  for (const _ of jobs) await queue.claim("w");
}

function implement(at: string, commentId: number, number = 7): JobOf<"implement"> {
  const asked = { at, command: command("implement", commentId), text: { title: "", body: "" }, thread: null };
  return { kind: "implement", ...origin, number, onPull: false, ...asked };
}

function stop(at: string, commentId: number): JobOf<"stop"> {
  return { kind: "stop", ...origin, onPull: false, at, command: command("stop", commentId), thread: null };
}

/** Runs a job until it is ended; the function ends it otherwise. */
function run(running: RunningJobs, job: Job): () => void {
  const other = new AbortController();
  const work = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  running.run(job, other.signal, work).catch(() => {});
  return () => other.abort();
}

it("ends what runs on its subject and was asked for before, and says so again where it is tried again", async () => {
  const { queue, notes, running } = machine(createMemoryQueue());
  await begin(queue, [implement("2031-01-01T00:00:09Z", 20), implement("2031-01-01T00:00:01Z", 1, 8)]);
  const services = { queue, notes, running };
  const ends = [
    run(running, implement("2031-01-01T00:00:09Z", 20)),
    run(running, implement("2031-01-01T00:00:01Z", 1, 8)),
  ];
  expect(await endWork(stop("2031-01-01T00:00:05Z", 15), services)).toEqual([]);

  const review = { ...reviewJob(7), head: "abc" } as Job;
  await begin(queue, [review]);
  run(running, review);
  expect(await endWork(stop("2031-01-01T00:00:06Z", 16), services)).toEqual(["review"]);
  expect(await endWork(stop("2031-01-01T00:00:06Z", 16), services)).toEqual(["review"]);
  expect(running.stop(() => true, "test")).toHaveLength(2);
  for (const end of ends) end();
});

it("reaches what runs on another machine, and what waits there; what there was by then is kept", async () => {
  const queue = createMemoryQueue();
  const [here, there] = [machine(queue), machine(queue)];
  const job = implement("2031-01-01T00:00:01Z", 10);
  await begin(queue, [job]);
  let outcome: ImplementOutcome | null = null;
  await there.running.run(job, new AbortController().signal, async (signal) => {
    const context = contextOf(there, signal);
    const opened = {
      implement: async () => {
        const ended = new Promise<ImplementOutcome>((resolve) =>
          signal.addEventListener("abort", () => resolve(implementOutcome({ number: 7, verdict: "stopped" }))),
        );
        expect(await endWork(stop("2031-01-01T00:00:05Z", 15), here)).toEqual(["implement"]);
        expect(signal.aborted).toBe(false);
        await there.stops.look();
        return ended;
      },
    };
    const asked = { asked: {}, opened, goal: "write", progress: { tell: () => {} } } as unknown as Run;
    outcome = await newOutcome(job, asked, context);
    expect(stopperOf(signal)).toBe("ann");
    expect(await keptOutcome(job, context)).toEqual(outcome);
  });
  expect(outcome).toMatchObject({ verdict: "stopped" });

  const { signal } = new AbortController();
  expect(stoppedBy(implement("2031-01-01T00:00:04Z", 9), contextOf(there, signal))).toBe("ann");
  // Whoever says so again, or starts anew, is told the same.
  expect(await endWork(stop("2031-01-01T00:00:05Z", 15), there)).toEqual(["implement"]);
  const third = machine(queue);
  await third.stops.look();
  expect(stoppedBy(implement("2031-01-01T00:00:04Z", 9), contextOf(third, signal))).toBe("ann");
});

it("is looked for once more by whoever asks while a look is under way, and goes on after a failure", async () => {
  const queue = createMemoryQueue();
  let fails = true;
  const told: number[] = [];
  const follower = followStops({
    queue: { stops: async (after) => (fails ? Promise.reject(new Error("no connection")) : queue.stops(after)) },
    stop: ({ command: { commentId } }) => told.push(commentId),
    log: pino({ level: "silent" }),
  });
  await follower.look();
  fails = false;
  const first = follower.look();
  await queue.noteStop(stop("2031-01-01T00:00:05Z", 15));
  await Promise.all([first, follower.look(), follower.look()]);
  expect(told).toEqual([15]);
  await queue.noteStop(stop("2031-01-01T00:00:05Z", 16));
  await follower.look();
  follower.close();
  expect(told).toEqual([15, 16]);
});

it("is known to what waited, also after a restart", () => {
  const one = machine(createMemoryQueue());
  endHere(stop("2031-01-01T00:00:05Z", 15), one);
  one.notes.shut();
  const again = openSqlitePullNotes(one.file);
  opened.push(again);
  const context = { services: { notes: again }, key } as unknown as JobContext;
  expect(stoppedBy(implement("2031-01-01T00:00:04Z", 99), context)).toBe("ann");
  expect(stoppedBy(implement("2031-01-01T00:00:05Z", 14), context)).toBe("ann");
  expect(stoppedBy(implement("2031-01-01T00:00:05Z", 16), context)).toBeNull();
  expect(stoppedBy(implement("2031-01-01T00:00:06Z", 16), context)).toBeNull();
  expect(stoppedBy(implement("2031-01-01T00:00:01Z", 1, 8), context)).toBeNull();
});
