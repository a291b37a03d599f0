import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { type AssistantProcess, startAssistant } from "../../test/helpers/assistant-process.ts";
import { startCutProxy } from "../../test/helpers/cut-proxy.ts";
import type { GitHubServer } from "../../test/helpers/github-server/github-server.ts";
import { startRedis } from "../../test/helpers/redis-server.ts";

/** The built program, once or several times, as an operator runs it. */
export interface Programs {
  /** kill -9 of the first one, which is started again. */
  killFirst(): Promise<void>;
  /** Cuts the last one off from the queue, or lets it back. Does nothing where there is one program. */
  setCut(cut: boolean): void;
  isBusy(): Promise<boolean>;
  /** Of the first one. */
  rssMb(): number;
  /** Jobs that were set aside as failed, and tries that were given up because the lease ended. */
  counts(): Promise<{ failed: number; givenUp: number }>;
  stop(): Promise<void>;
}

export async function startPrograms(
  folder: string,
  github: GitHubServer,
  queue: "sqlite" | "redis",
): Promise<Programs> {
  return queue === "redis" ? startThree(folder, github) : startOne(folder, github);
}

async function startOne(folder: string, github: GitHubServer): Promise<Programs> {
  const one = await startProgram(join(folder, "home"), github, { concurrency: 4 });
  github.hooks.setUrl(one.url("/api/github/webhooks"));
  return {
    killFirst: () => one.restart(),
    setCut: () => {},
    isBusy: () => isBusy(one),
    rssMb: () => one.rssMb(),
    counts: async () => ({ failed: (await queueCounts(one))?.failed ?? 0, givenUp: one.givenUp() }),
    stop: () => one.stop(),
  };
}

/**
 * Three on one Redis, each with its own disk, and a balancer that sends webhooks to those that say they are ready. The way
 * of the last one to Redis can be cut.
 */
async function startThree(folder: string, github: GitHubServer): Promise<Programs> {
  const redis = await startRedis();
  const network = await startCutProxy(redis.port);
  const queues = [redis.url, redis.url, `redis://127.0.0.1:${network.port}`];
  const programs = await Promise.all(
    queues.map((url, index) => startProgram(join(folder, `home-${index}`), github, { concurrency: 2, queue: url })),
  );
  const [first, second] = programs as [Program, Program, Program];
  const balancer = balance(github, programs);
  return {
    killFirst: () => first.restart(),
    setCut: (cut) => (cut ? network.cut() : network.mend()),
    isBusy: () => isBusy(second),
    rssMb: () => first.rssMb(),
    counts: async () => ({
      failed: (await queueCounts(second))?.failed ?? 0,
      givenUp: programs.reduce((sum, one) => sum + one.givenUp(), 0),
    }),
    async stop() {
      balancer.stop();
      await Promise.all(programs.map((one) => one.stop()));
      await network.stop();
      await redis.stop();
    },
  };
}

const readyMs = 3_000;
const turnMs = 200;

/** Webhooks go to one program after the other, as long as its /readyz says that it can take them. */
function balance(github: GitHubServer, programs: readonly Program[]): { stop(): void } {
  const ready = new Set(programs);
  let turn = 0;
  const ask = setInterval(() => {
    for (const program of programs)
      void fetch(program.url("/readyz"), { signal: AbortSignal.timeout(readyMs) }).then(
        ({ ok }) => (ok ? ready.add(program) : ready.delete(program)),
        () => ready.delete(program),
      );
  }, readyMs / 2);
  const next = (): void => {
    const able = programs.filter((program) => ready.has(program));
    const chosen = able[turn++ % Math.max(1, able.length)] ?? programs[0];
    if (chosen) github.hooks.setUrl(chosen.url("/api/github/webhooks"));
  };
  next();
  const timer = setInterval(next, turnMs);
  return {
    stop() {
      clearInterval(ask);
      clearInterval(timer);
    },
  };
}

interface Program {
  url(path: string): string;
  restart(): Promise<void>;
  rssMb(): number;
  givenUp(): number;
  stop(): Promise<void>;
}

/** Always on the same port: GitHub sends where it always did, and leases have the port in their worker's name. */
async function startProgram(
  home: string,
  github: GitHubServer,
  { concurrency, queue }: { concurrency: number; queue?: string },
): Promise<Program> {
  mkdirSync(home);
  writeFileSync(join(home, "config.yml"), `jobs: {concurrency: ${concurrency}}\n`);
  const port = await freePort();
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PORT: String(port),
    LOG_LEVEL: "info",
    CODING_MODEL: "none",
    RESEARCH_MODEL: "none",
    ...(queue !== undefined && { QUEUE_URL: queue }),
  };
  const start = (): Promise<AssistantProcess> => startAssistant({ home, github, env });
  let running = await start();
  let givenUp = 0;
  const countGivenUp = (): number => running.logs.filter(({ msg }) => String(msg).startsWith("job given up")).length;
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    async restart() {
      await running.kill();
      givenUp += countGivenUp();
      running = await start();
    },
    rssMb() {
      const status = readFileSync(`/proc/${running.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
    },
    givenUp: () => givenUp + countGivenUp(),
    stop: async () => running.kill(),
  };
}

async function isBusy(program: Program): Promise<boolean> {
  const counts = await queueCounts(program);
  return counts === null || counts.waiting + counts.running > 0;
}

async function queueCounts(program: Program) {
  const response = await fetch(program.url("/healthz")).catch(() => null);
  if (!response?.ok) return null;
  const { queue } = (await response.json()) as { queue: { waiting: number; running: number; failed: number } };
  return queue;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
