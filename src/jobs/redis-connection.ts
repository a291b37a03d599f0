import { createClient, type RedisClientType } from "@redis/client";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://`, with name and password where it wants them. */
  url: string;
  /** Told when the connection is lost, and when Redis may lose what it said yes to. */
  warn?: (error: unknown, text: string) => void;
}

export interface RedisConnection {
  /**
   * Runs a script with one key. Fails at once while there is no connection, and after limits.webhookAckMs where no answer
   * comes: what was asked for may then have been done, or be done later.
   */
  run(script: string, key: string, parameters: string[]): Promise<unknown>;
  close(): void;
}

/**
 * A connection that is made anew whenever it is lost, or hangs: a network that drops packets closes nothing, and the operating
 * system goes on for a quarter of an hour. Errors: AssistantError `queue-unusable` where Redis cannot be reached at the start.
 */
export async function connectRedis({ url, warn = () => {} }: RedisConnectionOptions): Promise<RedisConnection> {
  let closed = false;
  const onError = (error: unknown): void => warn(error, "the job queue in Redis cannot be reached");
  let client = await firstClient(url, onError);
  await noteDurability(client, warn);

  function renew(hung: RedisClient): void {
    if (closed || hung !== client) return;
    onError(new Error(`Redis has not answered for ${limits.webhookAckMs / 1_000} s`));
    hung.destroy();
    client = newClient(url, onError, () => true);
    // It goes on trying; until then what is asked of it fails.
    client.connect().catch(() => {});
  }

  return {
    async run(script, key, parameters) {
      const asked = client;
      let timer: NodeJS.Timeout | undefined;
      const hangs = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new Error("Redis does not answer"));
          renew(asked);
        }, limits.webhookAckMs);
      });
      // The client's own time limits end where a command was written.
      const answer = asked.eval(script, { keys: [key], arguments: parameters });
      return Promise.race([answer, hangs]).finally(() => clearTimeout(timer));
    },
    close() {
      closed = true;
      client.destroy();
    },
  };
}

type RedisClient = RedisClientType<{}, {}, {}, 2>;

async function firstClient(url: string, onError: (error: unknown) => void): Promise<RedisClient> {
  let connected = false;
  // At the start it must be there; afterwards it may go and come back.
  const client = newClient(
    url,
    (error) => connected && onError(error),
    () => connected,
  );
  try {
    await client.connect();
    connected = true;
    return client;
  } catch (error) {
    throw new AssistantError(`the job queue at ${withoutPassword(url)} cannot be opened: ${messageOf(error)}`, {
      code: "queue-unusable",
      remedy: "Check that Redis runs there and takes this name and password: redis-cli -u URL ping.",
      cause: error,
    });
  }
}

function newClient(url: string, onError: (error: unknown) => void, goesOn: () => boolean): RedisClient {
  const client: RedisClient = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    pingInterval: limits.heartbeatMs,
    socket: {
      connectTimeout: limits.webhookAckMs,
      // Two pings: a connection that hangs while it is made is asked for nothing.
      socketTimeout: 2 * limits.heartbeatMs,
      reconnectStrategy: (retries) => (goesOn() ? Math.min(100 * 2 ** retries, limits.redisRetryMs) : false),
    },
  });
  client.on("error", onError);
  return client;
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
