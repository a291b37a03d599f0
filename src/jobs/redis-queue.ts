import { createClient, type RedisClientType } from "@redis/client";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type Job, jobKey, jobPriority, jobSchema, subjectKey } from "./job.ts";
import { leaseLost, workerDied } from "./lease.ts";
import type { ClaimedJob, Queue, QueueDepth, ShownJob } from "./queue.ts";
import { type ScriptName, scripts } from "./redis-scripts.ts";

export interface RedisQueueOptions {
  /** `redis://` or `rediss://`, with name and password where it wants them. */
  url: string;
  /** Before all keys. Default: those of this program. */
  prefix?: string;
  /** Whose clock counts, epoch ms. Default: that of Redis, which is the same for all machines. */
  now?: () => number;
  /**
   * How long a waiting job is left to the worker that has its repository's mirror and engram, while that one lives.
   * Default `limits.ownerMs`; 0: whoever is free takes it.
   */
  ownerMs?: number;
  /** Told when the connection is lost, and when Redis may lose what it said yes to. */
  warn?: (error: unknown, text: string) => void;
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
  const client = await connect(options);

  async function run(name: ScriptName, ...parameters: (string | number)[]): Promise<unknown> {
    const time = now === undefined ? "" : String(now());
    // A connection that hangs must not hold a webhook for longer than GitHub waits.
    const bounded = client.withAbortSignal(AbortSignal.timeout(limits.webhookAckMs));
    return bounded.eval(scripts[name], { keys: [prefix], arguments: [time, ...parameters.map(String)] });
  }

  async function claim(worker: string): Promise<ClaimedJob | null> {
    for (;;) {
      const row = (await run("claim", worker, limits.leaseMs, limits.jobAttempts, workerDied, ownerMs)) as ClaimedRow;
      if (!row) return null;
      const [id, payload, attempt] = row;
      const job = jobSchema.safeParse(JSON.parse(payload));
      if (job.success) return { id: Number(id), job: job.data, attempt: Number(attempt) };
      await run(
        "settle",
        id,
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
    complete: async (id) => void (await run("settle", id, "done", "")),
    retry: async (id, at, error) => void (await run("retry", id, at, error)),
    fail: async (id, error) => void (await run("settle", id, "failed", error)),
    release: async (worker) => void (await run("release", worker, limits.jobAttempts, workerDied)),
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
        return { kind, subject, attempt: Number(attempt), error: error || null, endedAt: ended, worker: worker || null };
      });
    },
    isBusyWith: async (job) => (await run("busyWith", subjectKey(job))) === 1,
    forgetRepository: async (key) => void (await run("forget", key)),
    async purge(failedBefore) {
      const doneBefore = (now?.() ?? Date.now()) - limits.deliveryRetentionDays * dayMs;
      await run("purge", failedBefore, doneBefore);
    },
    close: async () => client.destroy(),
  };
}

type RedisClient = RedisClientType<{}, {}, {}, 2>;
type ClaimedRow = [id: string, payload: string, attempt: string] | null;

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

async function connect({ url, warn = () => {} }: RedisQueueOptions): Promise<RedisClient> {
  let connected = false;
  const client: RedisClient = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    pingInterval: limits.heartbeatMs,
    socket: {
      connectTimeout: limits.webhookAckMs,
      // At the start it must be there; afterwards it may go and come back.
      reconnectStrategy: (retries) => (connected ? Math.min(100 * 2 ** retries, limits.redisRetryMs) : false),
    },
  });
  client.on("error", (error: unknown) => connected && warn(error, "the job queue in Redis cannot be reached"));
  try {
    await client.connect();
    connected = true;
    await noteDurability(client, warn);
    return client;
  } catch (error) {
    throw new AssistantError(`the job queue at ${withoutPassword(url)} cannot be opened: ${messageOf(error)}`, {
      code: "queue-unusable",
      remedy: "Check that Redis runs there and takes this name and password: redis-cli -u URL ping.",
      cause: error,
    });
  }
}

/** Redis answers before a write is on its disk, unless it is told otherwise. Not every provider lets itself be asked. */
async function noteDurability(client: RedisClient, warn: (error: unknown, text: string) => void): Promise<void> {
  const settings = await client.configGet(["appendonly", "appendfsync", "maxmemory-policy"]).catch(() => null);
  if (settings === null) return;
  if (settings["appendonly"] !== "yes" || settings["appendfsync"] !== "always")
    warn(null, "Redis may lose accepted webhooks in a power cut: set appendonly yes and appendfsync always");
  if (settings["maxmemory-policy"] !== "noeviction")
    warn(null, "Redis may drop jobs when its memory is full: set maxmemory-policy noeviction");
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//");
}
