import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "../../src/jobs/job.ts";
import type { Queue } from "../../src/jobs/queue.ts";
import { openRedisQueue } from "../../src/jobs/redis-queue.ts";
import { type JobRunner, runJobs } from "../../src/jobs/run-jobs.ts";
import { limits } from "../../src/shared/limits.ts";
import { type CutProxy, startCutProxy } from "../helpers/cut-proxy.ts";
import { reviewJob } from "../helpers/jobs.ts";
import { hasRedis, type RedisServer, startRedis } from "../helpers/redis-server.ts";

/**
 * Two workers and a real Redis; the network of one of them drops everything, and comes back later with what was sent. The
 * clock of leases and heartbeats is the test's; what a job writes to GitHub is a list here, with the publisher's rule: who
 * finds his own comment there writes none.
 */
describe.skipIf(!hasRedis)(`a worker cut off from Redis${hasRedis ? "" : " (there is no redis-server here)"}`, () => {
  let redis: RedisServer;
  let network: CutProxy;
  let queues: { cut: Queue; other: Queue };
  let prefixes = 0;
  const runners: JobRunner[] = [];
  let isCut: boolean;
  let written: string[];
  let ends: string[];

  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.stop());

  beforeEach(async () => {
    vi.useFakeTimers({
      toFake: ["Date", "setInterval", "clearInterval", "setTimeout", "clearTimeout"],
      now: 1_800_000_000_000,
    });
    network = await startCutProxy(redis.port);
    isCut = false;
    written = [];
    ends = [];
    const options = { prefix: `{cut-off-${++prefixes}}:`, now: () => Date.now(), ownerMs: 0 };
    queues = {
      cut: await openRedisQueue({ ...options, url: `redis://127.0.0.1:${network.port}` }),
      other: await openRedisQueue({ ...options, url: redis.url }),
    };
  });
  afterEach(async () => {
    setCut(false);
    // Where a test failed its job may wait for ever.
    await Promise.race([Promise.all(runners.splice(0).map((runner) => runner.stop())), sleep(2_000)]);
    vi.useRealTimers();
    await Promise.all(Object.values(queues).map((queue) => queue.close()));
    await network.stop();
  });

  async function start(worker: "cut" | "other", run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const runner = await runJobs({
      queue: queues[worker],
      worker,
      concurrency: 1,
      run: (_: Job, signal) => run(signal),
      ended: (_, end) => void ends.push(`${worker}: ${end}`),
      log: pino({ level: "silent" }),
    });
    runners.push(runner);
    runner.wake();
  }

  function publish(worker: string, signal: AbortSignal): void {
    signal.throwIfAborted();
    if (written.length === 0) written.push(worker);
  }

  /** Lets time pass, and heartbeats and looks for work with it, until it is so; how quick the machine is does not matter. */
  async function until(what: string, condition: () => boolean | Promise<boolean>, stepMs = 0): Promise<void> {
    const deadline = performance.now() + 90_000;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`waited for: ${what}`);
      vi.advanceTimersByTime(stepMs);
      await sleep(2);
      // Whatever is on its way now is answered before time goes on.
      await queues.other.counts();
      if (!isCut) await queues.cut.counts().catch(() => null);
    }
  }

  function setCut(cut: boolean): void {
    isCut = cut;
    if (cut) network.cut();
    else network.mend();
  }

  const isDone = async (): Promise<boolean> => {
    const { done, waiting, running } = await queues.other.counts();
    return done === 1 && waiting + running === 0;
  };

  it("gives its job up before the lease ends, writes nothing, and another one does it once", async () => {
    let held: AbortSignal | undefined;
    const back = barrier();
    await queues.other.accept({ id: "a", event: "test" }, [reviewJob(1)]);
    await start("cut", async (signal) => {
      held = signal;
      await back.passed;
      publish("cut", signal);
    });
    await until("the job runs", () => held !== undefined);

    setCut(true);
    const began = Date.now();
    await until("the job is given up", () => held?.aborted === true, limits.jobPollMs);
    expect(held?.reason).toMatchObject({ code: "lease-lost" });
    expect(Date.now() - began).toBeLessThan(limits.leaseMs);
    await start("other", async (signal) => publish("other", signal));
    await until("the other one has done it", isDone, limits.jobPollMs);
    setCut(false);
    back.open();

    await until("the network is back", async () => (await queues.cut.counts().catch(() => null)) !== null);
    await until("both have ended", () => ends.length === 2);
    expect(written).toEqual(["other"]);
    expect(ends.toSorted()).toEqual(["cut: lost", "other: done"]);
    expect(await isDone()).toBe(true);
  });

  it("does not undo what another one makes of its job, when it had written already and could not say so", async () => {
    const second = barrier();
    let takenOver = false;
    await queues.other.accept({ id: "a", event: "test" }, [reviewJob(1)]);
    await start("cut", async (signal) => {
      publish("cut", signal);
      setCut(true);
    });
    await until("the first one has written", () => written.length > 0);
    vi.advanceTimersByTime(limits.leaseMs + 1);
    await start("other", async (signal) => {
      takenOver = true;
      await second.passed;
      publish("other", signal);
    });
    await until("the other one has it", () => takenOver);

    setCut(false);
    await until("the first one has said that it is done", () => ends.length > 0, limits.jobPollMs);
    // Neither that nor what was on its way for so long counts.
    expect(await queues.other.counts()).toMatchObject({ running: 1, done: 0 });
    second.open();
    await until("the other one has done it", () => ends.length === 2);
    expect(written).toEqual(["cut"]);
    expect(ends).toEqual(["cut: done", "other: done"]);
  });

  it("takes its own job up again where nobody else is there", async () => {
    const signals: AbortSignal[] = [];
    await queues.other.accept({ id: "a", event: "test" }, [reviewJob(1)]);
    await start("cut", async (signal) => {
      signals.push(signal);
      if (signals.length === 1) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      publish("cut", signal);
    });
    await until("the job runs", () => signals.length === 1);
    setCut(true);
    await until("the job is given up", () => signals[0]?.aborted === true, limits.jobPollMs);
    setCut(false);
    await until("the job is done", () => ends.length === 2, limits.jobPollMs);
    expect(written).toEqual(["cut"]);
    expect(ends).toEqual(["cut: lost", "cut: done"]);
  });
});

function barrier(): { passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}
