import pino from "pino";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Job } from "../../../src/jobs/job.ts";
import { createMemoryQueue } from "../../../src/jobs/memory-queue.ts";
import type { Queue } from "../../../src/jobs/queue.ts";
import { type JobRunner, runJobs } from "../../../src/jobs/run-jobs.ts";
import { limits } from "../../../src/shared/limits.ts";
import { reviewJob } from "../../helpers/jobs.ts";

let queue: Queue;
let runner: JobRunner | null;

beforeEach(() => {
  vi.useFakeTimers();
  queue = createMemoryQueue();
  runner = null;
});
afterEach(async () => {
  const stopped = runner?.stop();
  await vi.runAllTimersAsync();
  await stopped;
  vi.useRealTimers();
});

/** A `run` whose jobs end when the test says so. */
function controlledRun() {
  const started: { number: number; signal: AbortSignal; finish(): void; throw(error: unknown): void }[] = [];
  const run = (job: Job, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      started.push({ number: "number" in job ? job.number : 0, signal, finish: resolve, throw: reject });
    });
  return { started, run };
}

async function start(run: (job: Job, signal: AbortSignal) => Promise<void>, concurrency = 1): Promise<JobRunner> {
  runner = await runJobs({ queue, worker: "w", concurrency, run, log: pino({ level: "silent" }) });
  await settle();
  return runner;
}

/** Lets every promise that is due run, without moving the clock. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

it("runs what waits at the start, as many at a time as allowed", async () => {
  const { started, run } = controlledRun();
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1), reviewJob(2), reviewJob(3)]);
  await start(run, 2);

  expect(started.map(({ number }) => number)).toEqual([1, 2]);
  started[0]!.finish();
  await settle();
  expect(started.map(({ number }) => number)).toEqual([1, 2, 3]);
  expect(await queue.counts()).toMatchObject({ done: 1, running: 2 });
  started[1]!.finish();
  started[2]!.finish();
});

it("starts an accepted job at once when woken, and by itself with the next poll", async () => {
  const { started, run } = controlledRun();
  await start(run, 2);
  await queue.accept({ id: "a", event: "test" }, [reviewJob(1)]);
  runner!.wake();
  await settle();
  expect(started).toHaveLength(1);

  await queue.accept({ id: "b", event: "test" }, [reviewJob(2)]);
  await vi.advanceTimersByTimeAsync(limits.jobPollMs);
  expect(started).toHaveLength(2);
  for (const job of started) job.finish();
});

it("looks again for a job that was accepted while it looked", async () => {
  const { started, run } = controlledRun();
  await start(run);
  vi.spyOn(queue, "claim").mockImplementationOnce(async () => {
    await queue.accept({ id: "d", event: "test" }, [reviewJob(1)]);
    runner!.wake();
    return null;
  });
  runner!.wake();
  await settle();

  expect(started).toHaveLength(1);
  started[0]!.finish();
});

it("tries a job again that threw, after a wait, and sets it aside in the end", async () => {
  let tries = 0;
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1)]);
  await start(async () => {
    tries++;
    throw new Error("boom");
  });
  expect(tries).toBe(1);
  expect(await queue.counts()).toMatchObject({ waiting: 1 });

  await vi.advanceTimersByTimeAsync(60 * 60_000);
  expect(tries).toBe(limits.jobAttempts);
  expect(await queue.counts()).toMatchObject({ waiting: 0, failed: 1 });
});

it("keeps the lease of a long job", async () => {
  const { started, run } = controlledRun();
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1)]);
  await start(run);
  await vi.advanceTimersByTimeAsync(3 * limits.leaseMs);

  expect(await queue.claim("other")).toBeNull();
  started[0]!.finish();
});

it("aborts a job before its lease ends where the queue cannot be reached: another worker will take it", async () => {
  const { started, run } = controlledRun();
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1)]);
  await start(run);
  await vi.advanceTimersByTimeAsync(limits.heartbeatMs);
  queue.heartbeat = () => Promise.reject(new Error("cut off"));
  await vi.advanceTimersByTimeAsync(limits.heartbeatMs);
  expect(started[0]!.signal.aborted).toBe(false);

  await vi.advanceTimersByTimeAsync(limits.leaseMs - limits.heartbeatMs);
  expect(started[0]!.signal.reason).toMatchObject({ code: "lease-lost" });
  started[0]!.finish();
});

it("takes a job up again that it gave up because the queue was away: nobody else may be there", async () => {
  const { started, run } = controlledRun();
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1)]);
  await start(run);
  const away = vi.spyOn(queue, "heartbeat").mockRejectedValue(new Error("disk full"));
  await vi.advanceTimersByTimeAsync(limits.leaseMs);
  expect(started[0]!.signal.reason).toMatchObject({ code: "lease-lost" });
  started[0]!.throw(started[0]!.signal.reason);
  away.mockRestore();

  await vi.advanceTimersByTimeAsync(limits.jobPollMs);
  expect(started).toHaveLength(2);
  started[1]!.finish();
  await settle();
  expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 1, failed: 0 });
});

it("aborts a job whose lease another worker has, and leaves it to that one", async () => {
  const { started, run } = controlledRun();
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1)]);
  await start(run);
  await queue.release("w");
  await queue.claim("other");
  await vi.advanceTimersByTimeAsync(limits.heartbeatMs);

  expect(started[0]!.signal.reason).toMatchObject({ code: "lease-lost" });
  started[0]!.throw(started[0]!.signal.reason);
  await settle();
  expect(await queue.counts()).toEqual({ waiting: 0, running: 1, done: 0, failed: 0 });
});

it("gives a job up at its deadline, even one that ignores its signal", async () => {
  const { started, run } = controlledRun();
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1), reviewJob(2)]);
  await start(run);
  await vi.advanceTimersByTimeAsync(limits.jobDeadlineMs);
  expect(started[0]!.signal.reason).toMatchObject({ code: "job-deadline" });
  expect(started).toHaveLength(1);

  await vi.advanceTimersByTimeAsync(limits.abortGraceMs);
  expect(started).toHaveLength(2);
  expect(await queue.counts()).toMatchObject({ failed: 1, running: 1 });
  started[1]!.finish();
});

it("waits for running jobs when it stops, and starts no other", async () => {
  const { started, run } = controlledRun();
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1), reviewJob(2)]);
  await start(run);
  const stopped = runner!.stop();
  await settle();
  started[0]!.finish();
  await stopped;

  expect(started).toHaveLength(1);
  expect(started[0]!.signal.aborted).toBe(false);
  expect(await queue.counts()).toEqual({ waiting: 1, running: 0, done: 1, failed: 0 });
});

it.each([
  ["ends when told to", true],
  ["ignores its signal", false],
])("puts a job back at shutdown that takes too long and %s", async (_name, obedient) => {
  const { started, run } = controlledRun();
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1)]);
  await start(run);
  if (obedient) started[0]!.signal.addEventListener("abort", () => started[0]!.throw(new Error("aborted")));
  const stopped = runner!.stop();
  await vi.advanceTimersByTimeAsync(limits.drainMs + limits.abortGraceMs);
  await stopped;

  expect(await queue.counts()).toEqual({ waiting: 1, running: 0, done: 0, failed: 0 });
  expect(await queue.claim("next")).toMatchObject({ job: reviewJob(1) });
});

it("goes on when the queue cannot be read for a while", async () => {
  const { started, run } = controlledRun();
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1)]);
  vi.spyOn(queue, "claim").mockRejectedValueOnce(new Error("disk is on fire"));
  await start(run);
  expect(started).toHaveLength(0);

  await vi.advanceTimersByTimeAsync(limits.jobPollMs);
  expect(started).toHaveLength(1);
  started[0]!.finish();
});

it("settles a job as soon as the queue can be written again", async () => {
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1), reviewJob(2)]);
  vi.spyOn(queue, "complete").mockRejectedValueOnce(new Error("disk full"));
  vi.spyOn(queue, "retry").mockRejectedValueOnce(new Error("disk full"));
  const run = vi.fn(async (job: Job) => {
    if (job.kind === "review" && job.number === 2) throw new Error("boom");
  });
  await start(run, 2);
  expect(await queue.counts()).toMatchObject({ running: 2 });

  await vi.advanceTimersByTimeAsync(limits.jobPollMs);
  expect(await queue.counts()).toMatchObject({ running: 0, done: 1, waiting: 1 });
  expect(run).toHaveBeenCalledTimes(2);
});
