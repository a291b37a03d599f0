import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, afterEach, expect, it, vi } from "vitest";
import { runJobs } from "../../../src/jobs/run-jobs.ts";
import { openSqliteQueue } from "../../../src/jobs/sqlite-queue.ts";
import type { Job } from "../../../src/jobs/job.ts";
import { publishError } from "../../../src/publish/github-errors.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { reviewJob } from "../../helpers/jobs.ts";

const hourMs = 60 * 60_000;
const folder = mkdtempSync(join(tmpdir(), "outage-"));
let errors: unknown[];

/** What a job meets while GitHub is away, as its clients really throw it. */
beforeAll(async () => {
  const down: Server = createServer((_, response) => void response.writeHead(503).end("{}"));
  await new Promise<void>((resolve) => down.listen(0, "127.0.0.1", resolve));
  const { port } = down.address() as AddressInfo;
  const unavailable = await failure(`http://127.0.0.1:${port}`);
  await new Promise((resolve) => down.close(resolve));
  const refused = await failure(`http://127.0.0.1:${port}`);
  const fetch = new AssistantError("no", { code: "fetch-failed", remedy: "", transient: true });
  errors = [unavailable, refused, publishError(unavailable, "none"), fetch];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => void vi.useFakeTimers({ now: 1_800_000_000_000 }));
afterEach(() => void vi.useRealTimers());

function failure(baseUrl: string): Promise<unknown> {
  const octokit = new Octokit({ baseUrl, log: { debug() {}, info() {}, warn() {}, error() {} } });
  return octokit.request("GET /").catch((error: unknown) => error);
}

it("brings everything through an hour without GitHub, and a bug and a killed worker after it", async () => {
  const queue = openSqliteQueue(join(folder, "jobs.db"));
  const back = Date.now() + hourMs;
  const tries = new Map<number, number>();
  const done: number[] = [];
  const failed: unknown[] = [];
  const stumbled = new Set<number>();
  const log = pino({ level: "silent" });
  const ended = (_: Job, end: string): void => void (end === "failed" && failed.push(end));
  const run = async (job: Job): Promise<void> => {
    const number = "number" in job ? job.number : 0;
    tries.set(number, (tries.get(number) ?? 0) + 1);
    if (Date.now() < back) throw errors[number % errors.length];
    // GitHub is there again: the first thing that happens to each job then must not be its last.
    if (!stumbled.has(number)) {
      stumbled.add(number);
      throw new TypeError("x is undefined");
    }
    done.push(number);
  };
  const start = () => runJobs({ queue, worker: "w", concurrency: 2, run, ended, log });

  const runner = await start();
  for (let number = 0; number < 20; number++) {
    await queue.accept({ id: `d${number}`, event: "test" }, [reviewJob(number)]);
    await vi.advanceTimersByTimeAsync(hourMs / 20);
    expect(await queue.counts()).toMatchObject({ failed: 0, done: 0 });
  }
  // The first ones were tried more often than a job that is at fault itself, and not over and over.
  expect(tries.get(0)).toBeGreaterThan(5);
  expect(Math.max(...tries.values())).toBeLessThan(12);

  // A worker that dies now has one try of a job on its conscience, not all of them.
  await runner.stop();
  vi.setSystemTime(Date.now() + hourMs);
  const killed = await queue.claim("dead");
  expect(killed?.excused).toBe(killed!.attempt - 1);
  await queue.release("dead");
  expect(await queue.counts()).toMatchObject({ failed: 0, running: 0, waiting: 20 });

  const next = await start();
  await vi.advanceTimersByTimeAsync(hourMs / 20);
  expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, number) => number));
  expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 20, failed: 0 });
  expect(failed).toEqual([]);
  await next.stop();
  await queue.close();
});
