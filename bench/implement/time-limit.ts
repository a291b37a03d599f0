import { setInterval } from "node:timers";

/**
 * What a task's time is counted by. `processor`: what this process computes, a model within it included, so that a busy
 * machine gives a task as much work as a quiet one. `wall`: for a model that somebody else computes.
 */
export type Clock = "processor" | "wall";

/** Milliseconds so far. */
export function readClock(clock: Clock): number {
  if (clock === "wall") return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const lookEveryMs = 250;

/** Runs something with a signal that is aborted when the time is up. */
export async function withTimeLimit<T>(clock: Clock, ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const end = readClock(clock) + ms;
  const late = new AbortController();
  const timer = setInterval(() => {
    if (readClock(clock) >= end) late.abort(new Error("the task's time is up"));
  }, lookEveryMs);
  try {
    return await run(late.signal);
  } finally {
    clearInterval(timer);
  }
}
