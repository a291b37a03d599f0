import { describe, expect, it } from "vitest";
import { type AdaptiveThreads, adaptiveThreads } from "../../../src/model/adaptive-threads.ts";

/** A machine whose threads take so long for a token; returns how many tokens were computed with each number of threads. */
function compute(
  threads: AdaptiveThreads,
  now: { ms: number },
  forMs: number,
  speeds: Record<number, number>,
): Record<number, number> {
  const used: Record<number, number> = {};
  const end = now.ms + forMs;
  while (now.ms < end) {
    const count = threads.next();
    const ms = speeds[count] as number;
    now.ms += ms;
    threads.record(count, 1, ms);
    used[count] = (used[count] ?? 0) + 1;
  }
  return used;
}

function started(most: number, isCrowded: (threads: number) => boolean = () => false) {
  const now = { ms: 0 };
  const threads = adaptiveThreads(most, { clock: () => now.ms, isCrowded });
  threads.record(1, 1, 16);
  return { threads, now };
}

const quiet = { 1: 16, 2: 10 };
const busy = { 1: 30, 2: 500 };

describe("the number of threads", () => {
  it("is all cores on a quiet machine, without a trial of fewer", () => {
    const { threads, now } = started(2);
    expect(compute(threads, now, 60_000, quiet)).toEqual({ 2: 6_000 });
  });

  it("falls to one with the first evaluation that is far slower", () => {
    const { threads, now } = started(2);
    compute(threads, now, 1_000, quiet);
    const used = compute(threads, now, 2_000, busy);
    expect(used[2]).toBe(1);
    expect(used[1]).toBeGreaterThan(45);
  });

  it("spends little on trials while the machine stays busy", () => {
    const { threads, now } = started(2);
    const used = compute(threads, now, 600_000, busy);
    expect((used[2] as number) * busy[2]).toBeLessThan(0.02 * 600_000);
  });

  it("comes back to all cores when the machine is quiet again, and soon where it was busy for a moment", () => {
    const { threads, now } = started(2);
    compute(threads, now, 600_000, busy);
    compute(threads, now, 61_000, quiet);
    expect(threads.next()).toBe(2);
    compute(threads, now, 60_000, quiet);
    compute(threads, now, 500, busy);
    expect(threads.next()).toBe(1);
    compute(threads, now, 5_000, quiet);
    expect(threads.next()).toBe(2);
  });

  it("is not changed by one hiccup", () => {
    const { threads, now } = started(2);
    compute(threads, now, 1_000, quiet);
    threads.record(2, 1, 30);
    expect(threads.next()).toBe(2);
  });

  it("finds that fewer are faster although all are not slower than one was at the start", () => {
    const { threads, now } = started(2);
    for (let times = 0; times < 40; times++) threads.record(1, 1, 60);
    compute(threads, now, 5_000, quiet);
    compute(threads, now, 10_000, { 1: 16, 2: 40 });
    expect(threads.next()).toBe(1);
  });

  it("does not take one for faster by what it took with less in the context", () => {
    const { threads, now } = started(2);
    const used = compute(threads, now, 60_000, { 1: 30, 2: 20 });
    expect(used[1]).toBe(3);
  });

  it("goes down by halves where there are many cores, and may stay in between", () => {
    const { threads, now } = started(12);
    expect(threads.next()).toBe(12);
    compute(threads, now, 300_000, { 1: 16, 2: 10, 4: 7, 8: 5, 12: 40 });
    const used = compute(threads, now, 100_000, { 1: 16, 2: 10, 4: 7, 8: 5, 12: 40 });
    expect(used[8]).toBeGreaterThan(15_000);
  });

  it("is one, without a slow trial, while others have the processors", () => {
    const others = { crowd: true };
    const { threads, now } = started(2, () => others.crowd);
    now.ms += 5_000;
    expect(compute(threads, now, 60_000, busy)[2]).toBeUndefined();
    others.crowd = false;
    compute(threads, now, 10_000, quiet);
    expect(threads.next()).toBe(2);
    others.crowd = true;
    now.ms += 5_000;
    expect(threads.next()).toBe(1);
  });

  it("is one where there is one core", () => {
    const { threads, now } = started(1);
    expect(compute(threads, now, 10_000, { 1: 16 })).toEqual({ 1: 625 });
  });
});
