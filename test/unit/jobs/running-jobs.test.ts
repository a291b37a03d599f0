import { expect, it } from "vitest";
import { createRunningJobs, StoppedError } from "../../../src/jobs/running-jobs.ts";
import { reviewJob } from "../../helpers/jobs.ts";

const never = new AbortController().signal;

/** Ends when its signal says so, as jobs do. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
}

it("ends what matches and nothing else, and knows who wanted it", async () => {
  const running = createRunningJobs();
  const reasons: unknown[] = [];
  const work = (signal: AbortSignal) => {
    signal.addEventListener("abort", () => reasons.push(signal.reason));
    return untilAborted(signal);
  };
  const ended = running.run(reviewJob(1), never, work);
  const other = new AbortController();
  const goesOn = running.run(reviewJob(2), other.signal, work);
  const isFirst = (job: ReturnType<typeof reviewJob>) => "number" in job && job.number === 1;

  expect(running.stop(isFirst, "ann")).toEqual([reviewJob(1)]);
  await ended;
  expect(reasons).toEqual([new StoppedError("ann")]);
  expect(running.stop(isFirst, "ann")).toEqual([]);
  other.abort(new Error("shutdown"));
  await expect(goesOn).rejects.toThrow("shutdown");
});

it("tells what failed by itself", async () => {
  const running = createRunningJobs();
  await expect(running.run(reviewJob(1), never, () => Promise.reject(new Error("bug")))).rejects.toThrow("bug");
  expect(running.stop(() => true, "ann")).toEqual([]);
});

it("does not end the same work twice", async () => {
  const running = createRunningJobs();
  let end = (): void => {};
  const slow = running.run(reviewJob(1), never, () => new Promise((resolve) => (end = resolve)));
  expect(running.stop(() => true, "ann")).toHaveLength(1);
  expect(running.stop(() => true, "ben")).toEqual([]);
  end();
  await slow;
});
