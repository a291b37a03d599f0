import type { Logger } from "pino";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type Job, jobKey } from "./job.ts";
import { leaseLost } from "./lease.ts";
import { decideOnError, ShutdownError } from "./on-error.ts";
import type { ClaimedJob, Queue } from "./queue.ts";

export interface RunJobsOptions {
  queue: Queue;
  /** Names this worker's leases; the same after a restart, so that its jobs are taken up at once, and no other's. */
  worker: string;
  /** Jobs that run at the same time. */
  concurrency: number;
  /**
   * Does one job. It must end soon after `signal` aborts (shutdown, deadline, lost lease) and write nothing more.
   * What it throws is looked up in on-error.ts. `attempt` is 1 on the first try.
   */
  run(job: Job, signal: AbortSignal, attempt: number): Promise<void>;
  /** Called at the end of each try. */
  ended?(job: Job, end: "done" | "retried" | "discarded" | "failed" | "lost", ms: number): void;
  log: Logger;
}

export interface JobRunner {
  /** Looks for work now: called when this process has accepted a job, so that nobody waits for the next poll. */
  wake(): void;
  /** Claims nothing more, lets running jobs finish for limits.drainMs, then aborts them and puts them back. */
  stop(): Promise<void>;
}

interface RunningJob {
  abort: AbortController;
  ended: Promise<void>;
}

interface State extends RunJobsOptions {
  running: Map<number, RunningJob>;
  stopping: boolean;
  /** The look for work that is under way; `wokenAgain` asks for another one behind it. */
  claiming: Promise<void> | null;
  wokenAgain: boolean;
}

/** Takes jobs from the queue and runs them until stopped. */
export async function runJobs(options: RunJobsOptions): Promise<JobRunner> {
  const state: State = { ...options, running: new Map(), stopping: false, claiming: null, wokenAgain: false };
  await state.queue.release(state.worker);
  const poll = setInterval(() => wake(state), limits.jobPollMs);
  wake(state);
  return {
    wake: () => wake(state),
    stop: async () => {
      clearInterval(poll);
      await stop(state);
    },
  };
}

function wake(state: State): void {
  if (state.claiming) {
    state.wokenAgain = true;
    return;
  }
  state.wokenAgain = false;
  state.claiming = claimFreeSlots(state)
    .catch((error: unknown) => state.log.error({ err: error }, "cannot claim jobs"))
    .finally(() => {
      state.claiming = null;
      if (state.wokenAgain) wake(state);
    });
}

async function claimFreeSlots(state: State): Promise<void> {
  while (!state.stopping && state.running.size < state.concurrency) {
    const claimed = await state.queue.claim(state.worker, [...state.running.keys()]);
    if (!claimed) return;
    const abort = new AbortController();
    const ended = runOne(state, claimed, abort)
      .catch((error: unknown) => state.log.error({ err: error, job: jobKey(claimed.job) }, "cannot settle a job"))
      .finally(() => {
        state.running.delete(claimed.id);
        wake(state);
      });
    state.running.set(claimed.id, { abort, ended });
  }
}

async function runOne(state: State, claimed: ClaimedJob, abort: AbortController): Promise<void> {
  const { queue, worker, log } = state;
  const { id, job, attempt } = claimed;
  const startedAt = Date.now();
  let heldUntil = startedAt + limits.leaseMs;
  const deadline = setTimeout(() => abort.abort(deadlineError()), limits.jobDeadlineMs);
  const heartbeat = setInterval(() => {
    const beganAt = Date.now();
    queue.heartbeat(id, worker).then(
      () => (heldUntil = beganAt + limits.leaseMs),
      (error: unknown) => {
        // A busy database is tried again with the next beat. A lost lease is final; so is one that ends before it, since
        // whoever cannot reach the queue does not see that another worker takes the job.
        if (isLeaseLost(error)) abort.abort(error);
        else if (Date.now() + limits.heartbeatMs >= heldUntil) abort.abort(leaseLost(id));
        else log.warn({ err: error, job: jobKey(job) }, "heartbeat failed");
      },
    );
  }, limits.heartbeatMs);
  try {
    await untilGivenUp(state.run(job, abort.signal, attempt), abort.signal);
    await untilWritten(state, () => queue.complete(id, worker));
    log.info({ id, job: jobKey(job), attempt, ms: Date.now() - startedAt }, "job done");
    state.ended?.(job, "done", Date.now() - startedAt);
  } catch (error) {
    // What an aborted job throws says less than why it was aborted.
    const end = await settle(state, claimed, abort.signal.aborted ? abort.signal.reason : error);
    state.ended?.(job, end, Date.now() - startedAt);
  } finally {
    clearTimeout(deadline);
    clearInterval(heartbeat);
  }
}

async function settle(
  state: State,
  claimed: ClaimedJob,
  error: unknown,
): Promise<"retried" | "discarded" | "failed" | "lost"> {
  const { queue, worker, log } = state;
  const { id, attempt, excused } = claimed;
  const job = jobKey(claimed.job);
  if (isLeaseLost(error)) {
    log.warn({ id, job, attempt }, "job given up: its lease ended; whoever is there takes it");
    return "lost";
  }
  const decision = decideOnError(error, attempt, Math.random, excused);
  if (decision.action === "retry") {
    log.warn({ err: error, id, job, attempt, at: new Date(decision.at).toISOString() }, "job will be tried again");
    await untilWritten(state, () => queue.retry(id, worker, decision.at, messageOf(error), decision.excused));
    return "retried";
  }
  if (decision.action === "discard") {
    log.warn({ err: error, id, job }, "job discarded: its subject is gone, or the app may not see it");
    await untilWritten(state, () => queue.complete(id, worker));
    return "discarded";
  }
  log.error({ err: error, id, job, attempt }, "job failed");
  await untilWritten(state, () => queue.fail(id, worker, messageOf(error)));
  return "failed";
}

/**
 * Writes to the queue, again and again where it cannot be written (disk full): a job that stayed "running" there would block
 * its subject until the next start. At shutdown one try is enough: the start releases what is left.
 */
async function untilWritten(state: State, write: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (state.stopping) throw error;
      state.log.error({ err: error }, "cannot write to the job queue");
      await new Promise((resolve) => setTimeout(resolve, limits.jobPollMs));
    }
  }
}

/** Settles as `work` does, but rejects at the latest limits.abortGraceMs after `signal` aborts. */
async function untilGivenUp(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let grace: NodeJS.Timeout | undefined;
  const givenUp = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => {
      grace = setTimeout(() => reject(signal.reason as Error), limits.abortGraceMs);
    });
  });
  await Promise.race([work, givenUp]).finally(() => clearTimeout(grace));
}

async function stop(state: State): Promise<void> {
  state.stopping = true;
  await state.claiming;
  const running = [...state.running.values()];
  const drain = setTimeout(() => {
    for (const { abort } of running) abort.abort(new ShutdownError("the worker is shutting down"));
  }, limits.drainMs);
  await Promise.all(running.map(({ ended }) => ended));
  clearTimeout(drain);
  await state.queue.release(state.worker);
}

function deadlineError(): AssistantError {
  return new AssistantError(`the job ran for more than ${limits.jobDeadlineMs / 60_000} minutes`, {
    code: "job-deadline",
    remedy: "Look in the log for what took so long; a smaller model or a narrower review.ignore may help.",
  });
}

function isLeaseLost(error: unknown): boolean {
  return error instanceof AssistantError && error.code === "lease-lost";
}
