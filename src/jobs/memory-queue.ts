import { limits } from "../shared/limits.ts";
import { type Job, jobKey, jobPriority, subjectKey } from "./job.ts";
import { leaseLost, workerDied } from "./lease.ts";
import type { ClaimedJob, Queue, QueueCounts, QueueDepth, ShownJob, StopJob } from "./queue.ts";
import { stoppedSubject } from "./stops.ts";

interface Row {
  id: number;
  job: Job;
  state: keyof QueueCounts;
  attempt: number;
  excused: number;
  dueAt: number;
  worker: string;
  leaseUntil: number;
  error: string | null;
  /** Epoch ms. */
  endedAt: number;
}

/** A queue that forgets everything with the process: for one run from the command line, and for tests. */
export function createMemoryQueue(): Queue {
  const deliveries = new Set<string>();
  const rows = new Map<number, Row>();
  /** Installations, the one that had its turn last at the end. */
  const turns: number[] = [];
  let lastId = 0;

  function add(job: Job): void {
    const fresh = { job, attempt: 0, excused: 0, dueAt: Date.now(), error: null, endedAt: 0 };
    const superseded = waitingTwin(rows, job);
    if (superseded) Object.assign(superseded, fresh);
    else rows.set(++lastId, { id: lastId, state: "waiting", worker: "", leaseUntil: 0, ...fresh });
  }

  return {
    async accept(delivery, jobs) {
      if (deliveries.has(delivery.id)) return "duplicate";
      deliveries.add(delivery.id);
      for (const job of jobs) add(job);
      return "accepted";
    },
    claim: async (worker, holds) => claimNext(rows, turns, worker, holds),
    async heartbeat(id, worker) {
      const row = heldBy(rows, id, worker);
      if (!row) throw leaseLost(id);
      row.leaseUntil = Date.now() + limits.leaseMs;
    },
    async complete(id, worker) {
      settle(heldBy(rows, id, worker), { state: "done" });
    },
    async retry(id, worker, at, error, excused = false) {
      const row = heldBy(rows, id, worker);
      if (!row) return;
      if (waitingTwin(rows, row.job)) rows.delete(id);
      else settle(row, { state: "waiting", dueAt: at, error, excused: row.excused + (excused ? 1 : 0) });
    },
    async fail(id, worker, error) {
      settle(heldBy(rows, id, worker), { state: "failed", error, endedAt: Date.now() });
    },
    async release(worker) {
      for (const row of running(rows)) if (row.worker === worker) putBack(rows, row);
    },
    async counts() {
      const counts: QueueCounts = { waiting: 0, running: 0, done: 0, failed: 0 };
      for (const row of rows.values()) counts[row.state]++;
      return counts;
    },
    async depths() {
      const waiting = [...rows.values()].filter((row) => row.state === "waiting");
      const kinds = [...new Set(waiting.map(({ job }) => `${jobPriority(job)} ${job.kind}`))].sort();
      return kinds.map((kind) => depthOf(waiting.filter(({ job }) => `${jobPriority(job)} ${job.kind}` === kind)));
    },
    async shown(k) {
      const failed = [...rows.values()].filter(({ state }) => state === "failed");
      failed.sort((a, b) => b.endedAt - a.endedAt || b.id - a.id);
      return [...running(rows).slice(0, k), ...failed.slice(0, k)].map(shownRow);
    },
    async isBusyWith(job) {
      const open = [...rows.values()].filter(({ state }) => state === "waiting" || state === "running");
      return open.some((row) => subjectKey(row.job) === subjectKey(job));
    },
    ...stopsOf(rows),
    async forgetRepository(key) {
      for (const { id, job, state } of rows.values())
        if (state !== "running" && subjectKey(job).startsWith(`${key} `)) rows.delete(id);
    },
    async purge(failedBefore) {
      for (const { id, state, endedAt } of rows.values())
        if (state === "failed" && endedAt < failedBefore) rows.delete(id);
    },
    async close() {},
  };
}

function stopsOf(rows: Rows): Pick<Queue, "noteStop" | "stops"> {
  const stops: { stop: StopJob; ran: Job[] }[] = [];
  return {
    async noteStop(stop) {
      const subject = stoppedSubject(stop);
      const { commentId } = stop.command;
      const isSame = (one: StopJob): boolean => one.command.commentId === commentId && stoppedSubject(one) === subject;
      const told = stops.find((one) => isSame(one.stop));
      if (told) return told.ran;
      const all = running(rows).map(({ job }) => job);
      const ran = all.filter((job) => `${subjectKey(job)} `.startsWith(`${subject} `));
      stops.push({ stop, ran });
      return ran;
    },
    stops: async (after) => stops.slice(after).map(({ stop }, i) => ({ id: after + i + 1, stop })),
  };
}

function claimNext(rows: Rows, turns: number[], worker: string, holds?: readonly number[]): ClaimedJob | null {
  const now = Date.now();
  for (const row of running(rows)) {
    const isOrphan = row.worker === worker ? holds && !holds.includes(row.id) : row.leaseUntil < now;
    if (isOrphan) putBack(rows, row);
  }
  const busy = new Set(running(rows).map((row) => subjectKey(row.job)));
  const turnOf = ({ job }: Row): number => turns.indexOf(job.installationId);
  const [next] = [...rows.values()]
    .filter((row) => row.state === "waiting" && row.dueAt <= now && !busy.has(subjectKey(row.job)))
    .sort((a, b) => jobPriority(a.job) - jobPriority(b.job) || turnOf(a) - turnOf(b) || a.id - b.id);
  if (!next) return null;
  if (turnOf(next) >= 0) turns.splice(turnOf(next), 1);
  turns.push(next.job.installationId);
  Object.assign(next, { state: "running", attempt: next.attempt + 1, worker, leaseUntil: now + limits.leaseMs });
  return { id: next.id, job: next.job, attempt: next.attempt, excused: next.excused };
}

function depthOf(rows: Row[]): QueueDepth {
  const { kind } = rows[0]!.job;
  const now = Date.now();
  const due = Math.min(now, ...rows.map(({ dueAt }) => dueAt));
  return { kind, priority: jobPriority(rows[0]!.job), waiting: rows.length, oldestMs: now - due };
}

function shownRow({ job, attempt, error, state, endedAt, worker }: Row): ShownJob {
  const shown = { kind: job.kind, subject: subjectKey(job), attempt, error };
  return state === "failed" ? { ...shown, endedAt, worker: null } : { ...shown, endedAt: null, worker };
}

type Rows = Map<number, Row>;

function running(rows: Rows): Row[] {
  return [...rows.values()].filter((row) => row.state === "running");
}

/** The waiting job with the same key, of which there is one at most. */
function waitingTwin(rows: Rows, job: Job): Row | undefined {
  return [...rows.values()].find((row) => row.state === "waiting" && jobKey(row.job) === jobKey(job));
}

function heldBy(rows: Rows, id: number, worker: string): Row | undefined {
  const row = rows.get(id);
  return row?.state === "running" && row.worker === worker ? row : undefined;
}

function settle(row: Row | undefined, change: Partial<Row>): void {
  if (row) Object.assign(row, change);
}

function putBack(rows: Rows, row: Row): void {
  if (waitingTwin(rows, row.job)) rows.delete(row.id);
  else if (row.attempt - row.excused >= limits.jobAttempts)
    settle(row, { state: "failed", error: workerDied, endedAt: Date.now() });
  else settle(row, { state: "waiting" });
}
