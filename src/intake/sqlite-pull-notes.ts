import { createHash } from "node:crypto";
import type Database from "libsql";
import { migrateTo, openDurableDatabase } from "../shared/durable-database.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey } from "../shared/repository.ts";
import type { OpenCheck, PullKey, PullNote, PullNotes, Stop } from "./pull-notes.ts";

/** Raised with every change of the tables below. */
const schemaVersion = 3;

const tables = `
  CREATE TABLE IF NOT EXISTS pull (
    repository         TEXT NOT NULL,
    number             INTEGER NOT NULL,
    paused             INTEGER NOT NULL DEFAULT 0,
    paused_by          INTEGER NOT NULL DEFAULT 0,
    reviewed           TEXT,
    configuration_note TEXT,
    closed_at          INTEGER,
    PRIMARY KEY (repository, number)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS pull_closed ON pull (closed_at) WHERE closed_at IS NOT NULL;

  CREATE TABLE IF NOT EXISTS ignored (
    repository TEXT NOT NULL,
    number     INTEGER NOT NULL,
    finding    TEXT NOT NULL,
    by         TEXT NOT NULL,
    PRIMARY KEY (repository, number, finding)
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS reported (
    repository TEXT PRIMARY KEY,
    digest     TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS branch (
    repository TEXT NOT NULL,
    name       TEXT NOT NULL,
    up_to      TEXT NOT NULL,
    noted_at   INTEGER NOT NULL,
    PRIMARY KEY (repository, name)
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS open_check (
    repository TEXT NOT NULL,
    about      TEXT NOT NULL,
    head       TEXT NOT NULL,
    written    TEXT NOT NULL,
    begun_at   INTEGER NOT NULL,
    PRIMARY KEY (repository, about, head)
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS stop (
    repository TEXT NOT NULL,
    number     INTEGER NOT NULL,
    written    TEXT NOT NULL,
    noted_at   INTEGER NOT NULL,
    PRIMARY KEY (repository, number)
  ) WITHOUT ROWID;
`;

/**
 * Notes in one SQLite file, which the processes of one machine may share.
 * Errors: AssistantError `pull-notes-unusable` (unreadable, not a database) or `pull-notes-newer`.
 */
export function openSqlitePullNotes(file: string): PullNotes {
  const db = openDatabase(file);
  const sql = prepareStatements(db);
  const noted = (work: () => unknown): void => {
    db.transaction(() => {
      forget(sql);
      work();
    }).immediate();
  };
  return {
    read: (pull) => read(sql, pull),
    setPaused: (pull, paused, commentId) => noted(() => sql.pause.run([...key(pull), paused ? 1 : 0, commentId])),
    ignoreFinding: (pull, finding, by) =>
      noted(() => {
        sql.touch.run(key(pull));
        sql.ignore.run([...key(pull), finding, by]);
      }),
    setReviewed: (pull, reviewed) => noted(() => sql.review.run([...key(pull), reviewed])),
    setConfigurationNote: (pull, digest) => noted(() => sql.note.run([...key(pull), digest])),
    close: (pull) => noted(() => sql.close.run([Date.now(), ...key(pull)])),
    keepOpen: (pull) => void sql.keepOpen.run(key(pull)),
    isReported: (repository, text) => {
      const row = sql.reported.get([repository]) as { digest: string } | undefined;
      return row?.digest === digestOf(text);
    },
    readBranch: (repository, branch) => {
      const row = sql.branch.get([repository, branch]) as { up_to: string } | undefined;
      return row?.up_to ?? null;
    },
    setBranch: (repository, branch, upTo) => {
      sql.forgetBranches.run([Date.now() - limits.branchNoteDays * dayMs]);
      sql.setBranch.run([repository, branch, upTo, Date.now()]);
    },
    noteOpenCheck: (check) => void sql.openCheck.run([...checkKey(check), JSON.stringify(check), Date.now()]),
    forgetOpenCheck: (check) => void sql.forgetCheck.run(checkKey(check)),
    openChecks: (before) =>
      (sql.openChecks.all([before]) as { written: string }[]).map(({ written }) => JSON.parse(written) as OpenCheck),
    noteStop: (pull, stop) => {
      sql.forgetStops.run([Date.now() - limits.closedPullDays * dayMs]);
      sql.noteStop.run([...key(pull), JSON.stringify(stop), Date.now()]);
    },
    readStop: (pull) => {
      const row = sql.readStop.get(key(pull)) as { written: string } | undefined;
      return row ? (JSON.parse(row.written) as Stop) : null;
    },
    setReported: (repository, text) => void sql.report.run([repository, digestOf(text)]),
    shut: () => void db.close(),
  };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function key({ repository, number }: PullKey): [string, number] {
  return [repository, number];
}

function checkKey({ repository, about, head }: Pick<OpenCheck, "repository" | "about" | "head">): string[] {
  return [repositoryKey(repository), about, head];
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(db: Database.Database) {
  // Whatever is noted of a pull request says that it is open.
  const upsert = (columns: string, values: string, update: string) =>
    db.prepare(`
      INSERT INTO pull (repository, number${columns}) VALUES (?, ?${values})
      ON CONFLICT (repository, number) DO UPDATE SET closed_at = NULL${update}`);
  return {
    read: db.prepare("SELECT paused, reviewed, configuration_note FROM pull WHERE repository = ? AND number = ?"),
    ignored: db.prepare("SELECT finding, by FROM ignored WHERE repository = ? AND number = ?"),
    touch: upsert("", "", ""),
    pause: db.prepare(`
      INSERT INTO pull (repository, number, paused, paused_by) VALUES (?, ?, ?, ?)
      ON CONFLICT (repository, number)
      DO UPDATE SET closed_at = NULL, paused = excluded.paused, paused_by = excluded.paused_by
      WHERE excluded.paused_by > pull.paused_by`),
    review: upsert(", reviewed", ", ?", ", reviewed = excluded.reviewed"),
    note: upsert(", configuration_note", ", ?", ", configuration_note = excluded.configuration_note"),
    ignore: db.prepare(
      "INSERT INTO ignored (repository, number, finding, by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    ),
    close: db.prepare("UPDATE pull SET closed_at = ? WHERE repository = ? AND number = ?"),
    keepOpen: db.prepare(
      "UPDATE pull SET closed_at = NULL WHERE repository = ? AND number = ? AND closed_at IS NOT NULL",
    ),
    forgetIgnored: db.prepare(`
      DELETE FROM ignored WHERE (repository, number) IN (SELECT repository, number FROM pull WHERE closed_at < ?)`),
    forget: db.prepare("DELETE FROM pull WHERE closed_at < ?"),
    reported: db.prepare("SELECT digest FROM reported WHERE repository = ?"),
    branch: db.prepare("SELECT up_to FROM branch WHERE repository = ? AND name = ?"),
    setBranch: db.prepare("INSERT OR REPLACE INTO branch (repository, name, up_to, noted_at) VALUES (?, ?, ?, ?)"),
    forgetBranches: db.prepare("DELETE FROM branch WHERE noted_at < ?"),
    openCheck: db.prepare(
      "INSERT OR REPLACE INTO open_check (repository, about, head, written, begun_at) VALUES (?, ?, ?, ?, ?)",
    ),
    forgetCheck: db.prepare("DELETE FROM open_check WHERE repository = ? AND about = ? AND head = ?"),
    openChecks: db.prepare("SELECT written FROM open_check WHERE begun_at < ? ORDER BY begun_at LIMIT 1000"),
    noteStop: db.prepare("INSERT OR REPLACE INTO stop (repository, number, written, noted_at) VALUES (?, ?, ?, ?)"),
    readStop: db.prepare("SELECT written FROM stop WHERE repository = ? AND number = ?"),
    forgetStops: db.prepare("DELETE FROM stop WHERE noted_at < ?"),
    report: db.prepare("INSERT OR REPLACE INTO reported (repository, digest) VALUES (?, ?)"),
  };
}

const dayMs = 24 * 60 * 60_000;

function forget(sql: Statements): void {
  const before = Date.now() - limits.closedPullDays * dayMs;
  sql.forgetIgnored.run([before]);
  sql.forget.run([before]);
}

function read(sql: Statements, pull: PullKey): PullNote {
  const row = sql.read.get(key(pull)) as
    | { paused: number; reviewed: string | null; configuration_note: string | null }
    | undefined;
  const ignored = sql.ignored.all(key(pull)) as { finding: string; by: string }[];
  return {
    paused: row?.paused === 1,
    ignored: new Map(ignored.map(({ finding, by }) => [finding, by])),
    reviewed: row?.reviewed ?? null,
    configurationNote: row?.configuration_note ?? null,
  };
}

function openDatabase(file: string): Database.Database {
  return openDurableDatabase(
    file,
    (db) => migrate(db, file),
    (cause) =>
      new AssistantError(`${file} cannot be opened: ${messageOf(cause)}`, {
        code: "pull-notes-unusable",
        remedy:
          "Check that it is a SQLite database and writable; moved away, it is forgotten which pull requests are paused.",
        cause,
      }),
  );
}

function migrate(db: Database.Database, file: string): void {
  migrateTo(
    db,
    schemaVersion,
    () => db.exec(tables),
    () =>
      new AssistantError(`${file} was written by a newer version of this program`, {
        code: "pull-notes-newer",
        remedy: "Run the newer version again, or move the file away: then no pull request counts as paused.",
      }),
  );
}
