/** PORT of the observe stage: what running jobs do now. One implementation, in memory. */
import type { Job } from "../jobs/job.ts";

/** What a job of this process does now. */
export interface JobState {
  job: Job;
  /** Epoch ms. */
  startedAt: number;
  /** Null until it has said anything. */
  step: string | null;
  /** How far the step is, where it can be counted; both null otherwise. */
  done: number | null;
  total: number | null;
}

/** Where running jobs say what they do, for whoever looks. */
export interface JobBoard {
  during<T>(job: Job, work: () => Promise<T>): Promise<T>;
  /** A step, or how far it is. What no longer runs has nothing to say. */
  tell(job: Job, step: string, done?: number, total?: number): void;
  /** In the order in which they began. */
  running(): JobState[];
}

export function createJobBoard(): JobBoard {
  const states = new Map<Job, JobState>();
  return {
    async during(job, work) {
      states.set(job, { job, startedAt: Date.now(), step: null, done: null, total: null });
      try {
        return await work();
      } finally {
        states.delete(job);
      }
    },
    tell(job, step, done, total) {
      const state = states.get(job);
      if (state !== undefined) Object.assign(state, { step, done: done ?? null, total: total ?? null });
    },
    running: () => [...states.values()].map((state) => ({ ...state })),
  };
}
