import { createClient } from "@redis/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openRedisQueue } from "../../src/jobs/redis-queue.ts";
import { limits } from "../../src/shared/limits.ts";
import { queueSuite } from "../conformance/queue-suite.ts";
import { startCutProxy } from "../helpers/cut-proxy.ts";
import { reviewJob } from "../helpers/jobs.ts";
import { hasRedis, type RedisServer, startRedis } from "../helpers/redis-server.ts";

describe.skipIf(!hasRedis)(`a queue in Redis${hasRedis ? "" : " (there is no redis-server here)"}`, () => {
  let redis: RedisServer;
  let queues = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  /** An empty one, on the clock of this process. */
  const open = (more: object = {}) =>
    openRedisQueue({ url: redis.url, prefix: `{test-${++queues}}:`, now: () => Date.now(), ownerMs: 0, ...more });
  const shared = (prefix: string, more: object = {}) => openRedisQueue({ url: redis.url, prefix, ...more });

  queueSuite("redis", () => open());

  it("keeps what it said yes to although Redis is killed, and goes on when it is back", async () => {
    const warn = vi.fn();
    const queue = await shared("{killed}:", { warn });
    await queue.accept({ id: "a", event: "test" }, [reviewJob(1)]);
    await redis.kill();
    await expect(queue.accept({ id: "b", event: "test" }, [reviewJob(2)])).rejects.toThrow();
    await redis.start();
    await vi.waitFor(async () => expect(await queue.counts()).toMatchObject({ waiting: 1 }), { timeout: 90_000 });
    expect(await queue.claim("w")).toMatchObject({ job: reviewJob(1), attempt: 1 });
    expect(await queue.accept({ id: "b", event: "test" }, [reviewJob(2)])).toBe("accepted");
    expect(warn).toHaveBeenCalledWith(expect.anything(), "the job queue in Redis cannot be reached");
    await queue.close();
  });

  it("keeps what it knows of deliveries as long as GitHub may deliver them again, and no longer", async () => {
    const queue = await shared("{retention}:");
    await queue.accept({ id: "a", event: "test" }, [reviewJob(1)]);
    const client = await createClient({ url: redis.url }).connect();
    const days = (await client.ttl("{retention}:delivery:a")) / 86_400;
    expect(days).toBeGreaterThan(limits.deliveryRetentionDays - 0.1);
    expect(days).toBeLessThanOrEqual(limits.deliveryRetentionDays);
    // As Redis does by itself when the time has come.
    await client.del("{retention}:delivery:a");
    expect(await queue.accept({ id: "a", event: "test" }, [reviewJob(1)])).toBe("accepted");
    await client.close();
    await queue.close();
  });

  it("does not wait for an answer that never comes, and is back once the network is", async () => {
    const network = await startCutProxy(redis.port);
    const queue = await open({ url: `redis://127.0.0.1:${network.port}` });
    network.cut();
    await expect(queue.accept({ id: "a", event: "test" }, [reviewJob(1)])).rejects.toThrow(/does not answer/);
    network.mend();
    await vi.waitFor(async () => expect(await queue.counts()).toMatchObject({ waiting: 1 }), { timeout: 90_000 });
    // Redis took it late. Told to deliver it again, GitHub does so under the same id.
    expect(await queue.accept({ id: "a", event: "test" }, [reviewJob(1)])).toBe("duplicate");
    await queue.close();
    await network.stop();
  });

  it("gives each of a thousand jobs to one of three workers, once", async () => {
    const workers = await Promise.all(["a", "b", "c"].map(() => shared("{many}:", { ownerMs: 0 })));
    const jobs = Array.from({ length: 1_000 }, (_, index) => reviewJob(index + 1));
    await Promise.all(jobs.map((job, index) => workers[index % 3]!.accept({ id: `d${index}`, event: "test" }, [job])));
    const taken = await Promise.all(
      workers.map(async (queue, index) => {
        const numbers: number[] = [];
        for (let next = await queue.claim(`w${index}`); next; next = await queue.claim(`w${index}`)) {
          if ("number" in next.job) numbers.push(next.job.number);
          await queue.complete(next.id, `w${index}`);
        }
        return numbers;
      }),
    );
    expect(taken.flat().sort((a, b) => a - b)).toEqual(jobs.map((_, index) => index + 1));
    expect(await workers[0]?.counts()).toEqual({ waiting: 0, running: 0, done: 1_000, failed: 0 });
    await Promise.all(workers.map((queue) => queue.close()));
  });

  it("leaves a repository to the worker that has it, until that one is too busy or gone", async () => {
    let now = 1_800_000_000_000;
    const queue = await open({ now: () => now, ownerMs: 20_000 });
    await queue.accept({ id: "a", event: "test" }, [reviewJob(1), reviewJob(2), reviewJob(3)]);
    expect(await queue.claim("first")).toMatchObject({ job: reviewJob(1) });
    expect(await queue.claim("second")).toBeNull();
    now += 20_000;
    expect(await queue.claim("second")).toMatchObject({ job: reviewJob(2) });

    await queue.accept({ id: "b", event: "test" }, [reviewJob(4)]);
    expect(await queue.claim("second")).toMatchObject({ job: reviewJob(3) });
    now += limits.leaseMs + 1;
    await queue.accept({ id: "c", event: "test" }, [reviewJob(5)]);
    expect(await queue.claim("third")).not.toBeNull();
    await queue.close();
  });

  it("says what is wrong where nothing answers, without the password", async () => {
    const opening = openRedisQueue({ url: "redis://user:secret@127.0.0.1:1" });
    await expect(opening).rejects.toMatchObject({ code: "queue-unusable" });
    await expect(opening).rejects.not.toThrow(/secret/);
  });
});
