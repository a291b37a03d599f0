import { pino } from "pino";
import { afterEach, describe, expect, it, vi } from "vitest";
import { embedSome, queueEmbedding } from "../../../src/handlers/embed-issues.ts";
import { jobPriority, jobSchema } from "../../../src/jobs/job.ts";
import { createMemoryQueue } from "../../../src/jobs/memory-queue.ts";
import type { Encoder, EncoderProvider } from "../../../src/model/encoder.ts";
import { limits } from "../../../src/shared/limits.ts";
import { createPastStores } from "../../helpers/past-stores.ts";
import { fakeGitHub, issueAt } from "../../helpers/tracked-records.ts";

const repository = { host: "github.com", owner: "acme", name: "shop" };
const key = "github.com/acme/shop";
const job = { kind: "embed", repository, installationId: 1 } as const;
const log = pino({ level: "silent" });
const signal = new AbortController().signal;

/** Takes a third of a slice for each batch. */
const slow: Encoder = {
  identity: { name: "slow", sha256: "a".repeat(64), backend: "llama" },
  dimensions: 1,
  async encode(texts) {
    vi.setSystemTime(Date.now() + Math.ceil(limits.embedSliceMs / 3));
    return texts.map(() => Float32Array.of(1));
  },
  close: async () => {},
};

function providerOf(encoder: Encoder | null): EncoderProvider {
  const found = encoder === null ? { encoder, reason: "none" } : { encoder, reason: null };
  return { encoder: async () => found, close: async () => {} };
}

describe("the background job of meanings", () => {
  const past = createPastStores();
  afterEach(() => vi.useRealTimers());

  it("takes turns with all other work, slice by slice, until every issue was read", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const issues = Array.from({ length: 4 * limits.embedBatch }, (_, at) => issueAt(at + 1, at));
    await past.trackers.sync(key, fakeGitHub({ issues }).source);
    const queue = createMemoryQueue();
    const services = { past: { ...past, encoders: providerOf(slow) }, queue, log };
    await queueEmbedding(job, services);
    await queueEmbedding(job, services);

    const sizes: number[] = [];
    for (let claimed = await queue.claim("w"); claimed !== null; claimed = await queue.claim("w")) {
      if (claimed.job.kind !== "embed") throw new Error(`a job of kind ${claimed.job.kind}`);
      await embedSome(claimed.job, services, signal);
      await queue.complete(claimed.id, "w");
      sizes.push(past.trackers.vectors(key).read("a".repeat(64)).length);
    }
    expect(sizes).toEqual([3 * limits.embedBatch, 4 * limits.embedBatch]);
    expect(await queue.counts()).toMatchObject({ waiting: 0, failed: 0 });
  });

  it("does nothing without an encoder, or where nothing was read", async () => {
    const queue = createMemoryQueue();
    await embedSome(job, { past: { ...past, encoders: providerOf(null) }, queue, log }, signal);
    await embedSome(job, { past, queue, log }, signal);
    const other = { ...job, repository: { ...repository, name: "never-read" } };
    await embedSome(other, { past: { ...past, encoders: providerOf(slow) }, queue, log }, signal);
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });

  it("goes behind every other kind of job", () => {
    expect(jobSchema.parse(job)).toEqual(job);
    const sync = { kind: "sync", repository, installationId: 1, commit: "c" } as const;
    expect(jobPriority(job)).toBeGreaterThan(jobPriority(sync));
  });
});
