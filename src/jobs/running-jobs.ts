import type { Job } from "./job.ts";

/** What runs in this process now, so that a person can end it before it ends by itself. */
export interface RunningJobs {
  /** Runs work that `stop` may end; it then resolves, whatever the work throws. */
  run(job: Job, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Ends what matches: its signal aborts with a StoppedError. Gives what was running. */
  stop(matches: (job: Job) => boolean, by: string): Job[];
}

/** The reason of the signal of a job that a person ended. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
  /** Login. */
  readonly by: string;

  constructor(by: string) {
    super(`stopped by ${by}`);
    this.by = by;
  }
}

export function createRunningJobs(): RunningJobs {
  const running = new Map<AbortController, Job>();
  return {
    async run(job, signal, work) {
      const own = new AbortController();
      running.set(own, job);
      try {
        await work(AbortSignal.any([signal, own.signal]));
      } catch (error) {
        if (signal.aborted || !own.signal.aborted) throw error;
      } finally {
        running.delete(own);
      }
    },
    stop(matches, by) {
      const found = [...running].filter(([own, job]) => !own.signal.aborted && matches(job));
      for (const [own] of found) own.abort(new StoppedError(by));
      return found.map(([, job]) => job);
    },
  };
}
