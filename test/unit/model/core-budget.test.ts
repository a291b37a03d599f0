import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { type CoreBudget, createCoreBudget, openSeats, type Seat } from "../../../src/model/core-budget.ts";
import type { Priority } from "../../../src/model/model.ts";
import { siblingFile } from "../../../src/model/worker-file.ts";

const never = new AbortController().signal;

function seats(budget: CoreBudget, count: number, priority: Priority = "background"): Seat[] {
  const opened = openSeats(budget.take(count));
  for (const seat of opened) seat.begin(priority);
  return opened;
}

/** Whether it has settled after all that could settle it. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await new Promise((resolve) => setTimeout(resolve, 120));
  return done;
}

describe("core budget", () => {
  it("gives a lone request all cores it can use", async () => {
    const [seat] = seats(createCoreBudget(8), 1) as [Seat];
    expect(await seat.acquire(1, 8, never)).toBe(8);
    seat.release();
    expect(await seat.acquire(1, 3, never)).toBe(3);
  });

  it("shares the cores among all that compute, also between two grants", async () => {
    const three = seats(createCoreBudget(8), 3);
    const grants = [];
    for (const seat of three) grants.push(await seat.acquire(1, 8, never));
    expect(grants).toEqual([2, 3, 3]);
    three[1]?.release();
    // The third has its own, the second may come back: the first must not take all that is free now.
    three[0]?.release();
    expect(await three[0]?.acquire(1, 8, never)).toBe(2);
  });

  it("makes who comes when all cores are taken wait, and serves them in order", async () => {
    const [first, second, third] = seats(createCoreBudget(2), 3) as [Seat, Seat, Seat];
    expect(await first.acquire(2, 2, never)).toBe(2);
    const order: string[] = [];
    const waits = [
      second.acquire(2, 2, never).then(() => order.push("second")),
      third.acquire(1, 1, never).then(() => order.push("third")),
    ];
    expect(await settled(Promise.race(waits))).toBe(false);
    expect(first.contended()).toBe(true);
    first.release();
    await waits[0];
    expect(order).toEqual(["second"]);
    second.release();
    await waits[1];
    expect(first.contended()).toBe(false);
  });

  it("does not let one who needs little overtake one who needs much", async () => {
    const [holder, much, little] = seats(createCoreBudget(2), 3) as [Seat, Seat, Seat];
    await holder.acquire(1, 1, never);
    const waiting = much.acquire(2, 2, never);
    const later = little.acquire(1, 1, never);
    expect(await settled(Promise.race([waiting, later]))).toBe(false);
    holder.release();
    expect(await waiting).toBe(2);
    much.release();
    expect(await later).toBe(1);
  });

  it("serves a person before background work that came earlier", async () => {
    const budget = createCoreBudget(1);
    const [running, waiting] = seats(budget, 2) as [Seat, Seat];
    const [person] = seats(budget, 1, "person") as [Seat];
    await running.acquire(1, 1, never);
    const background = waiting.acquire(1, 1, never);
    const urgent = person.acquire(1, 1, never);
    running.release();
    expect(await urgent).toBe(1);
    expect(await settled(background)).toBe(false);
    person.end();
    expect(await background).toBe(1);
  });

  it("lets one who waits be cancelled, which harms nobody", async () => {
    const [running, cancelled, next] = seats(createCoreBudget(1), 3) as [Seat, Seat, Seat];
    await running.acquire(1, 1, never);
    const control = new AbortController();
    const waiting = cancelled.acquire(1, 1, control.signal);
    const after = next.acquire(1, 1, never);
    control.abort(new Error("not wanted"));
    await expect(waiting).rejects.toThrow("not wanted");
    running.release();
    expect(await after).toBe(1);
    await expect(cancelled.acquire(1, 1, control.signal)).rejects.toThrow("not wanted");
  });

  it("takes back what a worker held that is gone", async () => {
    const budget = createCoreBudget(2);
    const range = budget.take(1);
    const [gone] = openSeats(range) as [Seat];
    gone.begin("background");
    await gone.acquire(2, 2, never);
    budget.give(range);
    const [other] = seats(budget, 1) as [Seat];
    expect(await other.acquire(1, 2, never)).toBe(2);
  });

  it("refuses more seats than there are", () => {
    expect(() => createCoreBudget(2).take(100_000)).toThrow(RangeError);
  });

  it("never grants more cores than there are to threads that the main thread does not serve", async () => {
    const budget = createCoreBudget(3);
    const inUse = new Int32Array(new SharedArrayBuffer(8));
    const { url, execArgv } = siblingFile(import.meta.url, "core-budget-worker");
    const workers = Array.from(
      { length: 4 },
      () => new Worker(url, { execArgv, workerData: { range: budget.take(3), inUse, rounds: 300 } }),
    );
    const ends = workers.map((worker) => once(worker, "exit"));
    await Promise.all(workers.map((worker) => once(worker, "online")));
    const blockedUntil = performance.now() + 100;
    while (performance.now() < blockedUntil);
    expect(await Promise.all(ends)).toEqual([[0], [0], [0], [0]]);
    expect(inUse[0]).toBe(0);
    expect(inUse[1]).toBeGreaterThan(0);
    expect(inUse[1]).toBeLessThanOrEqual(3);
  });
});
