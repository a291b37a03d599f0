/** PORT of the jobs stage: a durable queue. The SQLite implementation is `sqlite-queue.ts`. */
import type { Job } from "./job.ts";

export interface Delivery {
  /** `X-GitHub-Delivery`. A redelivery carries the same one. */
  id: string;
  event: string;
}

export interface ClaimedJob {
  id: number;
  job: Job;
  /** 1 on the first try. */
  attempt: number;
  /** Tries before this one that ended through no fault of the job: GitHub was away or asked to wait, the worker was stopped. */
  excused: number;
}

export interface QueueCounts {
  waiting: number;
  running: number;
  done: number;
  /** Given up after limits.jobAttempts; kept and shown. */
  failed: number;
}

/** Jobs of one kind that wait; `oldestMs`: for how long the oldest of them has been due. */
export interface QueueDepth {
  kind: Job["kind"];
  priority: number;
  waiting: number;
  oldestMs: number;
}

/** What a person who may wants to end. */
export type StopJob = Extract<Job, { kind: "stop" }>;

/** A job as a person is shown it. */
export interface ShownJob {
  kind: Job["kind"];
  /** subjectKey. */
  subject: string;
  attempt: number;
  /** Why it failed, or why its last try did; null where none did. */
  error: string | null;
  /** When it failed, epoch ms; null while it runs. */
  endedAt: number | null;
  /** Who runs it; null where nobody does any more. */
  worker: string | null;
}

export interface Queue {
  /**
   * Remembers the delivery and adds its jobs in one durable transaction. Returns "duplicate", and adds nothing, when the
   * delivery was accepted before. A waiting job with the same jobKey is superseded: the new job replaces it.
   */
  accept(delivery: Delivery, jobs: Job[]): Promise<"accepted" | "duplicate">;
  /**
   * Takes the next job: by priority; of one priority from the installation that had its turn the longest ago, so that a
   * busy one keeps nobody waiting; of one installation by age. None whose subject (subjectKey) is running elsewhere; none before its retry time.
   * The lease ends after limits.leaseMs without heartbeat; then another worker may take the job (attempt + 1), unless its
   * worker died limits.jobAttempts times, excused tries not counted: then it fails.
   * @param holds ids of the jobs that this worker has, where it says: whatever else is leased to it goes back to the others
   * first. It gave that up when it could not reach the queue, or the answer to its claim was lost.
   */
  claim(worker: string, holds?: readonly number[]): Promise<ClaimedJob | null>;
  /** Errors: AssistantError `lease-lost` when the job is not this worker's any more; it must then stop and write nothing. */
  heartbeat(id: number, worker: string): Promise<void>;
  /** This and the next two do nothing where another worker has the job by now. */
  complete(id: number, worker: string): Promise<void>;
  /**
   * Puts the job back, due at `at` (epoch ms). Superseded instead where a newer job with the same key waits.
   * @param excused the try does not count for limits.jobAttempts
   */
  retry(id: number, worker: string, at: number, error: string, excused?: boolean): Promise<void>;
  /** Sets the job aside for good; it stays visible. */
  fail(id: number, worker: string, error: string): Promise<void>;
  /** Releases every lease of this worker at once: after a restart under the same name nothing has to time out. */
  release(worker: string): Promise<void>;
  counts(): Promise<QueueCounts>;
  depths(): Promise<QueueDepth[]>;
  /** Running jobs in the order of their ids, then the failed ones, those that failed last first: `k` of each at most. */
  shown(k: number): Promise<ShownJob[]>;
  /** Whether a job on the same subject waits or runs: it will see the subject's newest state. */
  isBusyWith(job: Job): Promise<boolean>;
  /**
   * Tells every worker, on whatever machine, what is to end. Gives the jobs on that issue or pull request that ran when it
   * was told of this comment first.
   */
  noteStop(stop: StopJob): Promise<Job[]>;
  /** What was told behind an id (0: all that is kept), in that order. */
  stops(after: number): Promise<{ id: number; stop: StopJob }[]>;
  /** Forgets every job of a repository (repositoryKey) that does not run now: the app was taken off it. */
  forgetRepository(key: string): Promise<void>;
  /** Forgets jobs that failed before a time, epoch ms; done ones, deliveries and stops go by limits.deliveryRetentionDays. */
  purge(failedBefore: number): Promise<void>;
  close(): Promise<void>;
}
