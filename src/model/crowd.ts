import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/**
 * Whether so many computing threads would have to share the processors with others now: only Linux tells, elsewhere it is
 * never so. A moment's look, and a single other thread is often only this process's own: two are a crowd.
 */
export function isCrowded(threads: number): boolean {
  processors ||= cpus().length;
  return othersRunning() + threads > processors + 1;
}

let processors = 0;

/** Threads of the whole machine that run or want to, without the one that asks. */
function othersRunning(): number {
  try {
    return Number(readFileSync("/proc/loadavg", "utf8").split(/[ /]/)[3]) - 1;
  } catch {
    return 0;
  }
}
