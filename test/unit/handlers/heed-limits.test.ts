import { afterEach, expect, it, vi } from "vitest";
import { heedingLimits } from "../../../src/handlers/heed-limits.ts";
import type { Job } from "../../../src/jobs/job.ts";
import { decideOnError } from "../../../src/jobs/on-error.ts";
import type { ServerServices } from "../../../src/services.ts";
import { reviewJob } from "../../helpers/jobs.ts";

const { signal } = new AbortController();
const services = {} as ServerServices;
const limited = Object.assign(new Error("You have exceeded a secondary rate limit."), {
  name: "HttpError",
  status: 403,
  response: { headers: { "retry-after": "120" } },
});

afterEach(() => void vi.useRealTimers());

it("lets other jobs of a limited installation wait as long, unasked, and those of others go on", async () => {
  const begun: Job[] = [];
  let error: Error | null = limited;
  const run = heedingLimits(async (job) => {
    begun.push(job);
    if (error !== null) throw error;
  });
  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now });
  await expect(run(reviewJob(1), services, signal, 1)).rejects.toThrow(limited);
  error = null;
  const second = await run(reviewJob(2), services, signal, 1).catch((thrown: unknown) => thrown);
  expect(decideOnError(second, 1)).toEqual({ action: "retry", at: now + 120_000, excused: true });
  await run({ ...reviewJob(3), installationId: 2 }, services, signal, 1);
  // What asks nothing of GitHub need not wait.
  const { repository, installationId } = reviewJob(1);
  await run({ kind: "forget", repository, installationId, what: "issue", id: 1 }, services, signal, 1);
  expect(begun.map((job) => [job.kind, job.installationId])).toEqual([
    ["review", 1],
    ["review", 2],
    ["forget", 1],
  ]);

  vi.setSystemTime(now + 120_000);
  await run(reviewJob(2), services, signal, 2);
  expect(begun).toHaveLength(4);
});
