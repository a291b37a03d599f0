import type Database from "libsql";
import { migrateTo, openDurableDatabase } from "../shared/durable-database.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";

/** Raised with every change of the tables below. */
const schemaVersion = 4;

/**
 * The unique indexes are the rules of the queue, held by the database itself: one waiting job per key, one running job
 * per subject, whatever number of processes share the file. `job_order` has the columns of the claim in its exact order;
 * without it each claim sorts the whole queue. `turn` says when an installation had its turn last.
 */
const tables = `
  CREATE TABLE delivery (
    id          TEXT PRIMARY KEY,
    event       TEXT NOT NULL,
    accepted_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX delivery_age ON delivery (accepted_at);

  CREATE TABLE job (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    job_key     TEXT NOT NULL,
    subject     TEXT NOT NULL,
    priority    INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    attempt     INTEGER NOT NULL DEFAULT 0,
    worker      TEXT,
    lease_until INTEGER,
    finished_at INTEGER,
    error       TEXT,
    payload     TEXT NOT NULL,
    installation INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX job_order ON job (state, priority, installation, id, due_at);
  CREATE INDEX job_finished ON job (finished_at) WHERE state = 'done';
  CREATE UNIQUE INDEX job_waiting ON job (job_key) WHERE state = 'waiting';
  CREATE UNIQUE INDEX job_running ON job (subject) WHERE state = 'running';
  CREATE TABLE turn (installation INTEGER PRIMARY KEY, number INTEGER NOT NULL);
`;

/** What people ended, with the jobs that ran then, one JSON text a line. */
const stops = `
  CREATE TABLE stop (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    subject  TEXT NOT NULL,
    comment  INTEGER NOT NULL,
    payload  TEXT NOT NULL,
    ran      TEXT NOT NULL,
    noted_at INTEGER NOT NULL,
    UNIQUE (subject, comment)
  );
`;

/** From version 3, where a try counted whatever had ended it. */
const excused = "ALTER TABLE job ADD COLUMN excused INTEGER NOT NULL DEFAULT 0";

/** From version 1, where the oldest job of all was the next one. */
const turns = `
  ALTER TABLE job ADD COLUMN installation INTEGER NOT NULL DEFAULT 0;
  UPDATE job SET installation = coalesce(payload ->> '$.installationId', 0);
  DROP INDEX job_order;
  CREATE INDEX job_order ON job (state, priority, installation, id, due_at);
  CREATE TABLE turn (installation INTEGER PRIMARY KEY, number INTEGER NOT NULL);
`;

/**
 * Opens the queue's database and creates its tables where they are missing.
 * Errors: AssistantError `queue-unusable` (unreadable, not a database) or `queue-newer` (written by a later version).
 */
export function openQueueDatabase(file: string): Database.Database {
  return openDurableDatabase(
    file,
    (db) => migrate(db, file),
    (cause) =>
      new AssistantError(`the job queue ${file} cannot be opened: ${messageOf(cause)}`, {
        code: "queue-unusable",
        remedy: "Check that the file is a SQLite database and writable; moved away, an empty one is made in its place.",
        cause,
      }),
  );
}

function migrate(db: Database.Database, file: string): void {
  migrateTo(
    db,
    schemaVersion,
    (found) => {
      if (found < 2) db.exec(found === 1 ? turns : tables);
      if (found < 3) db.exec(stops);
      if (found < 4) db.exec(excused);
    },
    () =>
      new AssistantError(`the job queue ${file} was written by a newer version of this program`, {
        code: "queue-newer",
        remedy: "Run the newer version again, or move the file away: an empty queue is made in its place.",
      }),
  );
}
