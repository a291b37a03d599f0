import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "../../src/jobs/job.ts";
import type { Queue } from "../../src/jobs/queue.ts";
import { limits } from "../../src/shared/limits.ts";
import { implementJob, reviewJob, stopJob, syncJob, triageJob } from "../helpers/jobs.ts";

/** What every queue does; `open` gives an empty one that goes by this process's clock. */
export function queueSuite(name: string, open: () => Queue | Promise<Queue>): void {
  describe(`${name} queue`, () => {
    afterEach(() => void vi.useRealTimers());

    let queue: Queue;

    beforeEach(async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
      queue = await open();
    });
    afterEach(() => queue.close());

    let deliveries = 0;
    async function accept(...jobs: Job[]): Promise<void> {
      await queue.accept({ id: `delivery-${++deliveries}`, event: "test" }, jobs);
    }
    async function claimedJobs(worker = "w"): Promise<Job[]> {
      const jobs: Job[] = [];
      for (let next = await queue.claim(worker); next; next = await queue.claim(worker)) jobs.push(next.job);
      return jobs;
    }

    it("accepts a delivery once", async () => {
      const delivery = { id: "a", event: "pull_request" };

      expect(await queue.accept(delivery, [reviewJob(1)])).toBe("accepted");
      expect(await queue.accept(delivery, [reviewJob(2)])).toBe("duplicate");

      expect(await claimedJobs()).toEqual([reviewJob(1)]);
    });

    it("gives the job back as it was accepted, without extra fields", async () => {
      const job = reviewJob(1, { argument: "x".repeat(2_000) });
      await accept(job);

      expect(await queue.claim("w")).toEqual({ id: expect.any(Number), job, attempt: 1, excused: 0 });
    });

    it("claims by priority, then by age", async () => {
      await accept(syncJob("c1"));
      await accept(reviewJob(1));
      await accept(reviewJob(2));
      await accept(reviewJob(3, { verb: "review" }));

      expect(await claimedJobs()).toEqual([
        reviewJob(3, { verb: "review" }),
        reviewJob(1),
        reviewJob(2),
        syncJob("c1"),
      ]);
    });

    it("gives each installation its turn, however much another one asks for", async () => {
      const of = (installationId: number, number: number) => ({
        ...reviewJob(number),
        installationId,
        repository: { host: "github.com", owner: `owner-${installationId}`, name: "hello" },
      });
      await accept(of(1, 1), of(1, 2), of(1, 3), of(2, 4), of(2, 5), of(3, 6));
      expect((await claimedJobs()).map((job) => "number" in job && job.number)).toEqual([1, 4, 6, 2, 5, 3]);

      await accept(of(3, 7), of(1, 8), of(2, 9));
      expect((await claimedJobs()).map((job) => "number" in job && job.number)).toEqual([7, 9, 8]);
    });

    it("supersedes a waiting job with the same key, which keeps its place in the queue", async () => {
      await accept(reviewJob(1, null, "old"));
      await accept(reviewJob(2));
      await accept(reviewJob(1, null, "new"));

      expect(await claimedJobs()).toEqual([reviewJob(1, null, "new"), reviewJob(2)]);
    });

    it("keeps a command beside an event for the same pull request", async () => {
      await accept(reviewJob(1));
      await accept(reviewJob(1, { commentId: 7 }));
      await accept(reviewJob(1, { commentId: 8 }));

      expect(await queue.counts()).toMatchObject({ waiting: 3 });
    });

    it("runs one job of a subject at a time", async () => {
      await accept(reviewJob(1));
      const first = await queue.claim("w");
      await accept(reviewJob(1), triageJob(1), reviewJob(2));

      expect((await queue.claim("v"))?.job).toEqual(reviewJob(2));
      expect(await queue.claim("v")).toBeNull();

      await queue.complete(first!.id, "w");
      expect((await queue.claim("v"))?.job).toEqual(reviewJob(1));
    });

    it("does not claim a retry before its time, and counts the attempt", async () => {
      await accept(reviewJob(1));
      const { id } = (await queue.claim("w"))!;
      await queue.retry(id, "w", Date.now() + 5_000, "boom");

      vi.setSystemTime(Date.now() + 4_999);
      expect(await queue.claim("w")).toBeNull();
      vi.setSystemTime(Date.now() + 1);
      expect(await queue.claim("w")).toMatchObject({ id, attempt: 2 });
    });

    it("drops a retry when a newer job with the same key waits", async () => {
      await accept(reviewJob(1, null, "old"));
      const { id } = (await queue.claim("w"))!;
      await accept(reviewJob(1, null, "new"));
      await queue.retry(id, "w", Date.now(), "boom");

      expect(await claimedJobs()).toEqual([reviewJob(1, null, "new")]);
      expect(await queue.counts()).toEqual({ waiting: 0, running: 1, done: 0, failed: 0 });
    });

    it("gives a waiting retry the newer state and a fresh start", async () => {
      await accept(reviewJob(1, null, "old"));
      await queue.retry((await queue.claim("w"))!.id, "w", Date.now() + 60_000, "boom");
      await accept(reviewJob(1, null, "new"));

      expect(await queue.claim("w")).toMatchObject({ job: reviewJob(1, null, "new"), attempt: 1 });
    });

    it("lets another worker take a job whose lease ended, but never its own worker", async () => {
      await accept(reviewJob(1));
      const { id } = (await queue.claim("dead"))!;

      vi.setSystemTime(Date.now() + limits.leaseMs);
      expect(await queue.claim("w")).toBeNull();
      vi.setSystemTime(Date.now() + 1);
      expect(await queue.claim("dead")).toBeNull();
      expect(await queue.claim("w")).toMatchObject({ id, attempt: 2 });
      await expect(queue.heartbeat(id, "dead")).rejects.toMatchObject({ code: "lease-lost" });
    });

    it("takes back what its worker does not know that it has, and leaves it what it says", async () => {
      await accept(reviewJob(1), reviewJob(2));
      const { id } = (await queue.claim("w"))!;
      const { id: lost } = (await queue.claim("w"))!;

      expect(await queue.claim("w", [id, lost])).toBeNull();
      expect(await queue.claim("w", [id])).toMatchObject({ id: lost, attempt: 2 });
      expect(await queue.claim("other", [])).toBeNull();
    });

    it("heeds nothing that a worker says of a job which another one has by now", async () => {
      await accept(reviewJob(1));
      const { id } = (await queue.claim("late"))!;
      vi.setSystemTime(Date.now() + limits.leaseMs + 1);
      await queue.claim("w");
      await queue.complete(id, "late");
      await queue.retry(id, "late", Date.now(), "late");
      await queue.fail(id, "late", "late");

      expect(await queue.counts()).toEqual({ waiting: 0, running: 1, done: 0, failed: 0 });
      await queue.heartbeat(id, "w");
    });

    it("keeps a lease that is renewed", async () => {
      await accept(reviewJob(1));
      const { id } = (await queue.claim("w"))!;
      vi.setSystemTime(Date.now() + limits.leaseMs);
      await queue.heartbeat(id, "w");
      vi.setSystemTime(Date.now() + limits.leaseMs);

      expect(await queue.claim("other")).toBeNull();
    });

    it("releases every lease of a worker at once, and of no other", async () => {
      await accept(reviewJob(1), reviewJob(2));
      await queue.claim("w");
      await queue.claim("other");
      await queue.release("w");

      expect(await queue.counts()).toMatchObject({ waiting: 1, running: 1 });
      expect(await claimedJobs()).toEqual([reviewJob(1)]);
    });

    it("drops a released job when a newer one with the same key waits", async () => {
      await accept(reviewJob(1, null, "old"));
      await queue.claim("w");
      await accept(reviewJob(1, null, "new"));
      await queue.release("w");

      expect(await claimedJobs()).toEqual([reviewJob(1, null, "new")]);
    });

    it("sets a job aside whose worker died limits.jobAttempts times", async () => {
      await accept(reviewJob(1));
      for (let attempt = 1; attempt <= limits.jobAttempts; attempt++) {
        expect(await queue.claim("w")).toMatchObject({ attempt });
        await queue.release("w");
      }

      expect(await queue.claim("w")).toBeNull();
      expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 0, failed: 1 });
    });

    it("sets no job aside for tries that ended through no fault of its own", async () => {
      await accept(reviewJob(1));
      for (let excused = 0; excused < limits.jobAttempts + 2; excused++) {
        expect(await queue.claim("w")).toMatchObject({ attempt: excused + 1, excused });
        await queue.retry(1, "w", Date.now(), "GitHub is away", true);
      }
      await queue.claim("w");
      await queue.release("w");
      expect(await queue.counts()).toMatchObject({ waiting: 1, failed: 0 });

      // A newer state of the same begins anew.
      await accept(reviewJob(1, null, "new"));
      expect(await queue.claim("w")).toMatchObject({ attempt: 1, excused: 0 });
    });

    it("counts jobs by state", async () => {
      await accept(reviewJob(1), reviewJob(2), reviewJob(3), reviewJob(4));
      await queue.complete((await queue.claim("w"))!.id, "w");
      await queue.fail((await queue.claim("w"))!.id, "w", "boom");
      await queue.claim("w");

      expect(await queue.counts()).toEqual({ waiting: 1, running: 1, done: 1, failed: 1 });
    });

    it("tells what waits by kind and priority, and for how long the oldest is due", async () => {
      await accept(reviewJob(1), syncJob("c1"));
      vi.setSystemTime(Date.now() + 5_000);
      await accept(reviewJob(2), reviewJob(3, { verb: "review" }));
      const running = (await queue.claim("w"))!;
      await queue.retry(running.id, "w", Date.now() + 60_000, "later");

      const [asked, ...rest] = await queue.depths();
      expect(asked).toEqual({ kind: "review", priority: 1, waiting: 1, oldestMs: 0 });
      expect(rest.map(({ kind, priority, waiting }) => [kind, priority, waiting])).toEqual([
        ["review", 2, 2],
        ["sync", 3, 1],
      ]);
      expect(rest.every(({ oldestMs }) => oldestMs >= 5_000)).toBe(true);
    });

    it("knows whether a job on a subject waits or runs", async () => {
      expect(await queue.isBusyWith(reviewJob(1))).toBe(false);
      await accept(reviewJob(1, { verb: "review" }));
      expect(await queue.isBusyWith(reviewJob(1))).toBe(true);
      expect(await queue.isBusyWith(reviewJob(2))).toBe(false);
      const { id } = (await queue.claim("w"))!;
      expect(await queue.isBusyWith(reviewJob(1))).toBe(true);
      await queue.complete(id, "w");
      expect(await queue.isBusyWith(reviewJob(1))).toBe(false);
    });

    it("shows what runs and what failed last, with its error, and so many of each", async () => {
      await accept(reviewJob(1), reviewJob(2), reviewJob(3), reviewJob(4));
      for (const error of ["first", "second"]) {
        await queue.fail((await queue.claim("w"))!.id, "w", error);
        vi.setSystemTime(Date.now() + 1_000);
      }
      const ended = Date.now();
      await queue.claim("w");

      const subject = (number: number): string => `github.com/octo/hello #${number}`;
      expect(await queue.shown(2)).toEqual([
        { kind: "review", subject: subject(3), attempt: 1, error: null, endedAt: null, worker: "w" },
        { kind: "review", subject: subject(2), attempt: 1, error: "second", endedAt: ended - 1_000, worker: null },
        { kind: "review", subject: subject(1), attempt: 1, error: "first", endedAt: ended - 2_000, worker: null },
      ]);
      expect(await queue.shown(1)).toHaveLength(2);
    });

    it("forgets the jobs of one repository, and of no other whose name begins alike", async () => {
      const other = { ...reviewJob(1), repository: { host: "github.com", owner: "octo", name: "hello-2" } };
      await accept(reviewJob(1), reviewJob(2), other);
      await queue.fail((await queue.claim("w"))!.id, "w", "boom");
      await queue.forgetRepository("github.com/octo/hello");

      expect(await queue.counts()).toEqual({ waiting: 1, running: 0, done: 0, failed: 0 });
      expect(await claimedJobs()).toEqual([other]);
    });

    it("forgets jobs that failed before a time", async () => {
      await accept(reviewJob(1), reviewJob(2));
      await queue.fail((await queue.claim("w"))!.id, "w", "boom");
      vi.setSystemTime(Date.now() + 1_000);
      await queue.fail((await queue.claim("w"))!.id, "w", "boom");
      await queue.purge(Date.now());

      expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 0, failed: 1 });
    });

    it("tells all workers what is to end, and what ran there when it was told of it first", async () => {
      await accept(reviewJob(1), implementJob(1), reviewJob(11), reviewJob(2));
      expect(await claimedJobs()).toHaveLength(4);
      await accept(reviewJob(1, { verb: "review" }));

      expect(await queue.stops(0)).toEqual([]);
      const ran = await queue.noteStop(stopJob(1, 15));
      expect(ran.toSorted((a, b) => a.kind.localeCompare(b.kind))).toEqual([implementJob(1), reviewJob(1)]);
      await queue.release("w");
      expect(await queue.noteStop(stopJob(3, 16))).toEqual([]);
      expect(await queue.noteStop(stopJob(1, 15))).toEqual(ran);

      const told = await queue.stops(0);
      expect(told.map(({ stop }) => stop)).toEqual([stopJob(1, 15), stopJob(3, 16)]);
      expect(await queue.stops(told[0]!.id)).toEqual(told.slice(1));
      expect(await queue.stops(told[1]!.id)).toEqual([]);
    });

    it("leaves a settled job alone", async () => {
      await accept(reviewJob(1));
      const { id } = (await queue.claim("w"))!;
      await queue.complete(id, "w");
      await queue.retry(id, "w", Date.now(), "late");
      await queue.fail(id, "w", "later");

      expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 1, failed: 0 });
    });
  });
}
