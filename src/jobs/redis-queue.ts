import { limits } from "../shared/limits.ts";
import { type Job, jobKey, jobPriority, jobSchema, subjectKey } from "./job.ts";
import { leaseLost, workerDied } from "./lease.ts";
import type { ClaimedJob, Queue, QueueDepth, ShownJob } from "./queue.ts";
import { connectRedis, type RedisConnectionOptions } from "./redis-connection.ts";
import { type ScriptName, scripts } from "./redis-scripts.ts";
import { readJobs, readStop, stoppedSubject } from "./stops.ts";

export interface RedisQueueOptions extends RedisConnectionOptions {
  /** Before all keys. Default: those of this program. */
  prefix?: string;
  /** Whose clock counts, epoch ms. Default: that of Redis, which is the same for all machines. */
  now?: () => number;
  /**
   * How long a waiting job is left to the worker that has its repository's mirror and engram, while that one lives.
   * Default `limits.ownerMs`; 0: whoever is free takes it.
   */
  ownerMs?: number;
}

/** One hash tag: a cluster keeps all keys together. */
const defaultPrefix = "{engram-assistant}:";
const dayMs = 24 * 60 * 60_000;

/**
 * A queue in Redis, for workers on several machines. Each operation is one script (redis-scripts.ts), and fails at once while
 * there is no connection: a webhook is then answered with an error, and asked for again later.
 * Errors: AssistantError `queue-unusable` where Redis cannot be reached at the start.
 */
export async function openRedisQueue(options: RedisQueueOptions): Promise<Queue> {
  const { prefix = defaultPrefix, now, ownerMs = limits.ownerMs } = options;
  const redis = await connectRedis(options);

  async function run(name: ScriptName, ...parameters: (string | number)[]): Promise<unknown> {
    const time = now === undefined ? "" : String(now());
    return redis.run(scripts[name], prefix, [time, ...parameters.map(String)]);
  }

  async function claim(worker: string, holds?: readonly number[]): Promise<ClaimedJob | null> {
    const held = holds === undefined ? "" : `,${holds.join(",")},`;
    for (;;) {
      const attempts = [limits.jobAttempts, workerDied];
      const row = (await run("claim", worker, limits.leaseMs, ...attempts, ownerMs, held)) as ClaimedRow;
      if (!row) return null;
      const [id, payload, attempt, excused] = row;
      const job = jobSchema.safeParse(JSON.parse(payload));
      if (job.success) return { id: Number(id), job: job.data, attempt: Number(attempt), excused: Number(excused) };
      await run(
        "settle",
        id,
        worker,
        "failed",
        "written by another version of this program, whose jobs this one does not know",
      );
    }
  }

  return {
    claim,
    async accept(delivery, jobs) {
      const retention = (limits.deliveryRetentionDays * dayMs) / 1_000;
      return (await run("accept", delivery.id, retention, ...jobs.flatMap(fieldsOf))) === 1 ? "accepted" : "duplicate";
    },
    async heartbeat(id, worker) {
      if ((await run("heartbeat", id, worker, limits.leaseMs)) === 0) throw leaseLost(id);
    },
    complete: async (id, worker) => void (await run("settle", id, worker, "done", "")),
    retry: async (id, worker, at, error, excused = false) =>
      void (await run("retry", id, worker, at, error, excused ? 1 : 0)),
    fail: async (id, worker, error) => void (await run("settle", id, worker, "failed", error)),
    release: async (worker) => void (await run("release", worker, limits.jobAttempts, workerDied)),
    ...countsOf(run),
    isBusyWith: async (job) => (await run("busyWith", subjectKey(job))) === 1,
    ...stopsOf(run),
    forgetRepository: async (key) => void (await run("forget", key)),
    async purge(failedBefore) {
      const doneBefore = (now?.() ?? Date.now()) - limits.deliveryRetentionDays * dayMs;
      await run("purge", failedBefore, doneBefore);
    },
    close: async () => redis.close(),
  };
}

type Run = (name: ScriptName, ...parameters: (string | number)[]) => Promise<unknown>;

function countsOf(run: Run): Pick<Queue, "counts" | "depths" | "shown"> {
  return {
    async counts() {
      const [waiting = 0, running = 0, done = 0, failed = 0] = (await run("counts")) as number[];
      return { waiting, running, done, failed };
    },
    async depths() {
      const rows = (await run("depths")) as [Job["kind"], string, string, string][];
      return rows.map(([kind, priority, waiting, oldestMs]): QueueDepth => {
        return { kind, priority: Number(priority), waiting: Number(waiting), oldestMs: Number(oldestMs) };
      });
    },
    async shown(k) {
      const rows = (await run("shown", k)) as [Job["kind"], string, string, string, string, string][];
      return rows.map(([kind, subject, attempt, error, endedAt, worker]): ShownJob => {
        const ended = endedAt === "" ? null : Number(endedAt);
        return {
          kind,
          subject,
          attempt: Number(attempt),
          error: error || null,
          endedAt: ended,
          worker: worker || null,
        };
      });
    },
  };
}

function stopsOf(run: Run): Pick<Queue, "noteStop" | "stops"> {
  return {
    async noteStop(stop) {
      const ran = (await run("noteStop", stoppedSubject(stop), stop.command.commentId, JSON.stringify(stop))) as string;
      return readJobs(ran.split("\n").filter((line) => line !== ""));
    },
    async stops(after) {
      const rows = (await run("stops", after)) as [string, string][];
      return rows.flatMap(([id, payload]) => {
        const stop = readStop(payload);
        return stop === null ? [] : [{ id: Number(id), stop }];
      });
    },
  };
}

type ClaimedRow = [id: string, payload: string, attempt: string, excused: string] | null;

/** Seven parameters of the script `accept`. */
function fieldsOf(job: Job): (string | number)[] {
  const subject = subjectKey(job);
  // Every subject begins with its repository's key and a blank.
  return [
    jobKey(job),
    subject,
    job.kind,
    subject.split(" ")[0] ?? "",
    JSON.stringify(job),
    jobPriority(job),
    job.installationId,
  ];
}
