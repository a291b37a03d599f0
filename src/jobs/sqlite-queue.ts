import type Database from "libsql";
import { limits } from "../shared/limits.ts";
import { type Job, jobKey, jobPriority, jobSchema, subjectKey } from "./job.ts";
import { leaseLost, workerDied } from "./lease.ts";
import type { ClaimedJob, Delivery, Queue, QueueCounts, QueueDepth, ShownJob } from "./queue.ts";
import { openQueueDatabase } from "./sqlite-schema.ts";

const dayMs = 24 * 60 * 60_000;

/** A queue in one SQLite file, which any number of processes of one machine may share. Errors: see openQueueDatabase. */
export function openSqliteQueue(file: string): Queue {
  const db = openQueueDatabase(file);
  const sql = prepareStatements(db);
  // The write lock first: otherwise two processes could both read, and collide on the write.
  const locked = <Result>(work: () => Result): Result => db.transaction(work).immediate();

  return {
    accept: async (delivery, jobs) => locked(() => acceptDelivery(sql, delivery, jobs)),
    claim: async (worker) => locked(() => claimNext(sql, worker)),
    async heartbeat(id, worker) {
      const { changes } = sql.heartbeat.run([Date.now() + limits.leaseMs, id, worker]);
      if (changes === 0) throw leaseLost(id);
    },
    complete: async (id) => void sql.complete.run([Date.now(), id]),
    retry: async (id, at, error) => locked(() => retryLater(sql, id, at, error)),
    fail: async (id, error) => void sql.fail.run([Date.now(), error, id]),
    release: async (worker) => locked(() => putBack(sql.released, [worker])),
    counts: async () => readCounts(sql),
    depths: async () => {
      const now = Date.now();
      const rows = sql.depths.all([now]) as (Omit<QueueDepth, "oldestMs"> & { due: number })[];
      return rows.map(({ due, ...row }) => ({ ...row, oldestMs: now - due }));
    },
    shown: async (k) => [...sql.shownRunning.all([k]), ...sql.shownFailed.all([k])] as ShownJob[],
    isBusyWith: async (job) => sql.busy.get([subjectKey(job), subjectKey(job)]) !== undefined,
    // Every subject begins with its repository's key and a blank; the next character after a blank ends the range.
    forgetRepository: async (key) => void sql.forgetRepository.run([`${key} `, `${key}!`]),
    purge: async (failedBefore) =>
      locked(() => {
        forgetOld(sql);
        sql.forgetFailed.run([failedBefore]);
      }),
    close: async () => void db.close(),
  };
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(db: Database.Database) {
  return {
    rememberDelivery: db.prepare(
      "INSERT INTO delivery (id, event, accepted_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    ),
    forgetDeliveries: db.prepare("DELETE FROM delivery WHERE accepted_at < ?"),
    forgetJobs: db.prepare("DELETE FROM job WHERE state = 'done' AND finished_at < ?"),
    forgetFailed: db.prepare("DELETE FROM job WHERE state = 'failed' AND finished_at < ?"),
    forgetRepository: db.prepare("DELETE FROM job WHERE state <> 'running' AND subject >= ? AND subject < ?"),
    // A job that supersedes a waiting one keeps its place: a busy pull request does not wait for ever.
    addJob: db.prepare(`
      INSERT INTO job (state, job_key, subject, priority, due_at, payload, installation)
      VALUES ('waiting', ?, ?, ?, ?, ?, ?)
      ON CONFLICT (job_key) WHERE state = 'waiting'
      DO UPDATE SET payload = excluded.payload, due_at = excluded.due_at, attempt = 0, error = NULL`),
    // A worker never takes its own expired lease: it is alive, only slow, and still works on that job.
    expired: prepareReturn(db, "lease_until < ? AND worker <> ?"),
    released: prepareReturn(db, "worker = ?"),
    // Who has work, in the order in which they shall have it. The index holds all that is asked.
    groups: db.prepare(`
      SELECT priority, installation FROM (SELECT DISTINCT priority, installation FROM job WHERE state = 'waiting')
      LEFT JOIN turn USING (installation) ORDER BY priority, coalesce(number, 0), installation`),
    claim: db.prepare(`
      UPDATE job SET state = 'running', attempt = attempt + 1, worker = ?, lease_until = ?
      WHERE id = (
        SELECT id FROM job AS next WHERE state = 'waiting' AND priority = ? AND installation = ? AND due_at <= ?
        AND NOT EXISTS (SELECT 1 FROM job AS other WHERE other.state = 'running' AND other.subject = next.subject)
        ORDER BY id LIMIT 1)
      RETURNING id, payload, attempt`),
    takeTurn: db.prepare(`
      INSERT INTO turn (installation, number) SELECT ?, coalesce(max(number), 0) + 1 FROM turn WHERE true
      ON CONFLICT DO UPDATE SET number = excluded.number`),
    heartbeat: db.prepare("UPDATE job SET lease_until = ? WHERE id = ? AND worker = ? AND state = 'running'"),
    complete: db.prepare("UPDATE job SET state = 'done', finished_at = ? WHERE id = ? AND state = 'running'"),
    fail: db.prepare("UPDATE job SET state = 'failed', finished_at = ?, error = ? WHERE id = ? AND state = 'running'"),
    supersede: db.prepare(`DELETE FROM job WHERE id = ? AND state = 'running' AND ${newerWaits}`),
    retry: db.prepare("UPDATE job SET state = 'waiting', due_at = ?, error = ? WHERE id = ? AND state = 'running'"),
    counts: db.prepare("SELECT state, count(*) AS jobs FROM job GROUP BY state"),
    // Two questions: each has an index of its own.
    busy: db.prepare(`
      SELECT 1 FROM job WHERE state = 'running' AND subject = ?
      UNION ALL SELECT 1 FROM job WHERE state = 'waiting' AND subject = ? LIMIT 1`),
    shownRunning: db.prepare(`
      SELECT payload ->> '$.kind' AS kind, subject, attempt, error, NULL AS endedAt, worker
      FROM job WHERE state = 'running' ORDER BY id LIMIT ?`),
    shownFailed: db.prepare(`
      SELECT payload ->> '$.kind' AS kind, subject, attempt, error, finished_at AS endedAt, NULL AS worker
      FROM job WHERE state = 'failed' ORDER BY finished_at DESC, id DESC LIMIT ?`),
    depths: db.prepare(`
      SELECT payload ->> '$.kind' AS kind, priority, count(*) AS waiting, min(min(due_at, ?)) AS due
      FROM job WHERE state = 'waiting' GROUP BY 1, 2 ORDER BY 2, 1`),
  };
}

const newerWaits = "EXISTS (SELECT 1 FROM job AS newer WHERE newer.state = 'waiting' AND newer.job_key = job.job_key)";

/** The statements that take running jobs from a worker, in the order in which they must run. */
function prepareReturn(db: Database.Database, where: string) {
  return [
    db.prepare(`DELETE FROM job WHERE state = 'running' AND ${where} AND ${newerWaits}`),
    // Without this a job that kills its process would do so for ever.
    db.prepare(
      `UPDATE job SET state = 'failed', error = '${workerDied}', finished_at = lease_until
       WHERE state = 'running' AND ${where} AND attempt >= ${limits.jobAttempts}`,
    ),
    db.prepare(`UPDATE job SET state = 'waiting' WHERE state = 'running' AND ${where}`),
  ];
}

function putBack(statements: Statements["expired"], parameters: (string | number)[]): void {
  for (const statement of statements) statement.run(parameters);
}

function acceptDelivery(sql: Statements, delivery: Delivery, jobs: Job[]): "accepted" | "duplicate" {
  const now = Date.now();
  forgetOld(sql);
  if (sql.rememberDelivery.run([delivery.id, delivery.event, now]).changes === 0) return "duplicate";
  for (const job of jobs) {
    const { installationId } = job;
    sql.addJob.run([jobKey(job), subjectKey(job), jobPriority(job), now, JSON.stringify(job), installationId]);
  }
  return "accepted";
}

function forgetOld(sql: Statements): void {
  const before = Date.now() - limits.deliveryRetentionDays * dayMs;
  sql.forgetDeliveries.run([before]);
  sql.forgetJobs.run([before]);
}

function claimNext(sql: Statements, worker: string): ClaimedJob | null {
  const now = Date.now();
  putBack(sql.expired, [now, worker]);
  for (;;) {
    const row = claimInTurn(sql, worker, now);
    if (row === null) return null;
    const job = jobSchema.safeParse(JSON.parse(row.payload));
    if (job.success) return { id: row.id, job: job.data, attempt: row.attempt };
    sql.fail.run([now, "written by another version of this program, whose jobs this one does not know", row.id]);
  }
}

function claimInTurn(sql: Statements, worker: string, now: number): ClaimedRow | null {
  for (const { priority, installation } of sql.groups.all([]) as { priority: number; installation: number }[]) {
    const row = sql.claim.get([worker, now + limits.leaseMs, priority, installation, now]) as ClaimedRow | undefined;
    if (row === undefined) continue;
    sql.takeTurn.run([installation]);
    return row;
  }
  return null;
}

interface ClaimedRow {
  id: number;
  payload: string;
  attempt: number;
}

function retryLater(sql: Statements, id: number, at: number, error: string): void {
  sql.supersede.run([id]);
  sql.retry.run([at, error, id]);
}

function readCounts(sql: Statements): QueueCounts {
  const counts: QueueCounts = { waiting: 0, running: 0, done: 0, failed: 0 };
  for (const { state, jobs } of sql.counts.all([]) as { state: keyof QueueCounts; jobs: number }[])
    counts[state] = jobs;
  return counts;
}
