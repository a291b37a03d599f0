import { limits } from "../shared/limits.ts";
import type { SandboxRun } from "./sandbox.ts";

/** How long the commands of a repository may take, from one run of all of them to the next. */
export interface CommandTime {
  /** ms that a command may take now. */
  of(name: string): number;
  /** How it ended. What to say of it where its time was up; null where it was not. */
  note(name: string, run: Pick<SandboxRun, "limitHit" | "ms">): string | null;
}

/**
 * A command that hung gets several times what it takes where it ends, and no longer all of its time: a change that makes it hang
 * is tried up to three times, and each hang would take as long as the first.
 */
export function createCommandTime(mostMs: number): CommandTime {
  /** The longest that each took to end by itself, in ms; those that were ended. */
  const ended = new Map<string, number>();
  const hung = new Set<string>();
  function of(name: string): number {
    const known = ended.get(name);
    if (!hung.has(name) || known === undefined) return mostMs;
    return Math.min(mostMs, Math.max(limits.hungCommandMs, limits.hungCommandTimes * known));
  }
  return {
    of,
    note(name, { limitHit, ms }) {
      const given = of(name);
      if (limitHit === "time") {
        hung.add(name);
        const again =
          given < mostMs ? `, because it hung before and takes ${spanOf(ended.get(name) ?? 0)} otherwise` : "";
        return `stopped after ${spanOf(ms)}${again}`;
      }
      if (limitHit === null) ended.set(name, Math.max(ms, ended.get(name) ?? 0));
      return null;
    },
  };
}

function spanOf(ms: number): string {
  return ms < 1_000 ? "less than 1 s" : `${Math.round(ms / 1_000)} s`;
}
