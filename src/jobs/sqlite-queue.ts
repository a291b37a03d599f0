import type Database from "libsql";
import { inTransaction } from "../shared/in-transaction.ts";
import { limits } from "../shared/limits.ts";
import { type Job, jobKey, jobPriority, jobSchema, subjectKey } from "./job.ts";
import { leaseLost, workerDied } from "./lease.ts";
import type { ClaimedJob, Delivery, Queue, QueueCounts, QueueDepth, ShownJob, StopJob } from "./queue.ts";
import { openQueueDatabase } from "./sqlite-schema.ts";
import { readJobs, readStop, stoppedSubject } from "./stops.ts";

const dayMs = 24 * 60 * 60_000;

/** A queue in one SQLite file, which any number of processes of one machine may share. Errors: see openQueueDatabase. */
export function openSqliteQueue(file: string): Queue {
  const db = openQueueDatabase(file);
  const sql = prepareStatements(db);
  // The write lock first: otherwise two processes could both read, and collide on the write.
  const locked = <Result>(work: () => Result): Result => inTransaction(db, work);

  return {
    accept: async (delivery, jobs) => locked(() => acceptDelivery(sql, delivery, jobs)),
    claim: async (worker, holds) => locked(() => claimNext(sql, worker, holds)),
    async heartbeat(id, worker) {
      const { changes } = sql.heartbeat.run([Date.now() + limits.leaseMs, id, worker]);
      if (changes === 0) throw leaseLost(id);
    },
    complete: async (id, worker) => void sql.complete.run([Date.now(), id, worker]),
    retry: async (id, worker, at, error, excused = false) =>
      locked(() => {
        sql.supersede.run([id, worker]);
        sql.retry.run([at, error, excused ? 1 : 0, id, worker]);
      }),
    fail: async (id, worker, error) => void sql.fail.run([Date.now(), error, id, worker]),
    release: async (worker) => locked(() => putBack(sql.released, [worker])),
    counts: async () => readCounts(sql),
    depths: async () => {
      const now = Date.now();
      const rows = sql.depths.all([now]) as (Omit<QueueDepth, "oldestMs"> & { due: number })[];
      return rows.map(({ due, ...row }) => ({ ...row, oldestMs: now - due }));
    },
    shown: async (k) => [...sql.shownRunning.all([k]), ...sql.shownFailed.all([k])] as ShownJob[],
    isBusyWith: async (job) => sql.busy.get([subjectKey(job), subjectKey(job)]) !== undefined,
    noteStop: async (stop) => locked(() => noteStop(sql, stop)),
    async stops(after) {
      const rows = sql.stops.all([after]) as { id: number; payload: string }[];
      return rows.flatMap(({ id, payload }) => {
        const stop = readStop(payload);
        return stop === null ? [] : [{ id, stop }];
      });
    },
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
      DO UPDATE SET payload = excluded.payload, due_at = excluded.due_at, attempt = 0, excused = 0, error = NULL`),
    // A worker never takes its own expired lease: it is alive, only slow, and still works on that job.
    expired: prepareReturn(db, "lease_until < ? AND worker <> ?"),
    released: prepareReturn(db, "worker = ?"),
    notHeld: prepareReturn(db, "worker = ? AND id NOT IN (SELECT value FROM json_each(?))"),
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
      RETURNING id, payload, attempt, excused`),
    takeTurn: db.prepare(`
      INSERT INTO turn (installation, number) SELECT ?, coalesce(max(number), 0) + 1 FROM turn WHERE true
      ON CONFLICT DO UPDATE SET number = excluded.number`),
    heartbeat: db.prepare(`UPDATE job SET lease_until = ? WHERE ${held}`),
    complete: db.prepare(`UPDATE job SET state = 'done', finished_at = ? WHERE ${held}`),
    fail: db.prepare(`UPDATE job SET state = 'failed', finished_at = ?, error = ? WHERE ${held}`),
    supersede: db.prepare(`DELETE FROM job WHERE ${held} AND ${newerWaits}`),
    retry: db.prepare(`UPDATE job SET state = 'waiting', due_at = ?, error = ?, excused = excused + ? WHERE ${held}`),
    counts: db.prepare("SELECT state, count(*) AS jobs FROM job GROUP BY state"),
    // Two questions: each has an index of its own.
    busy: db.prepare(`
      SELECT 1 FROM job WHERE state = 'running' AND subject = ?
      UNION ALL SELECT 1 FROM job WHERE state = 'waiting' AND subject = ? LIMIT 1`),
    toldStop: db.prepare("SELECT ran FROM stop WHERE subject = ? AND comment = ?"),
    runningOn: db.prepare(
      "SELECT payload FROM job WHERE state = 'running' AND (subject = ? OR (subject > ? AND subject < ?)) ORDER BY id",
    ),
    noteStop: db.prepare("INSERT INTO stop (subject, comment, payload, ran, noted_at) VALUES (?, ?, ?, ?, ?)"),
    stops: db.prepare("SELECT id, payload FROM stop WHERE id > ? ORDER BY id"),
    forgetStops: db.prepare("DELETE FROM stop WHERE noted_at < ?"),
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

const held = "id = ? AND worker = ? AND state = 'running'";
const newerWaits = "EXISTS (SELECT 1 FROM job AS newer WHERE newer.state = 'waiting' AND newer.job_key = job.job_key)";

/** The statements that take running jobs from a worker, in the order in which they must run. */
function prepareReturn(db: Database.Database, where: string) {
  return [
    db.prepare(`DELETE FROM job WHERE state = 'running' AND ${where} AND ${newerWaits}`),
    // Without this a job that kills its process would do so for ever.
    db.prepare(
      `UPDATE job SET state = 'failed', error = '${workerDied}', finished_at = lease_until
       WHERE state = 'running' AND ${where} AND attempt - excused >= ${limits.jobAttempts}`,
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
  sql.forgetStops.run([before]);
}

function noteStop(sql: Statements, stop: StopJob): Job[] {
  const subject = stoppedSubject(stop);
  const { commentId } = stop.command;
  const told = sql.toldStop.get([subject, commentId]) as { ran: string } | undefined;
  if (told !== undefined) return readJobs(told.ran.split("\n").filter((line) => line !== ""));
  const rows = sql.runningOn.all([subject, `${subject} `, `${subject}!`]) as { payload: string }[];
  const ran = rows.map(({ payload }) => payload);
  sql.noteStop.run([subject, commentId, JSON.stringify(stop), ran.join("\n"), Date.now()]);
  return readJobs(ran);
}

function claimNext(sql: Statements, worker: string, holds?: readonly number[]): ClaimedJob | null {
  const now = Date.now();
  putBack(sql.expired, [now, worker]);
  if (holds) putBack(sql.notHeld, [worker, JSON.stringify(holds)]);
  for (;;) {
    const row = claimInTurn(sql, worker, now);
    if (row === null) return null;
    const job = jobSchema.safeParse(JSON.parse(row.payload));
    if (job.success) return { id: row.id, job: job.data, attempt: row.attempt, excused: row.excused };
    sql.fail.run([
      now,
      "written by another version of this program, whose jobs this one does not know",
      row.id,
      worker,
    ]);
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
  excused: number;
}

function readCounts(sql: Statements): QueueCounts {
  const counts: QueueCounts = { waiting: 0, running: 0, done: 0, failed: 0 };
  for (const { state, jobs } of sql.counts.all([]) as { state: keyof QueueCounts; jobs: number }[])
    counts[state] = jobs;
  return counts;
}
