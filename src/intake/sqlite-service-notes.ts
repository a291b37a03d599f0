import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { ServiceNotes, SwitchedOff } from "./service-notes.ts";

/** Names carry a version: another layout begins under another name. `whole` is no repository's key: those have slashes. */
const tables = `
  CREATE TABLE IF NOT EXISTS switch_v1 (
    what    TEXT PRIMARY KEY,
    off     INTEGER NOT NULL,
    by      TEXT NOT NULL,
    at      INTEGER NOT NULL,
    comment INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS mark_v1 (
    repository TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (repository, name)
  ) WITHOUT ROWID;
`;

const whole = "whole";

/**
 * Notes of the service in one SQLite file, which the processes of one machine may share: the command line switches off what
 * a server does. Errors: AssistantError `service-notes-unusable`.
 */
export function openSqliteServiceNotes(file: string): ServiceNotes {
  const db = openDatabase(file);
  const sql = prepareStatements(db);
  return {
    isOff: (repository) => sql.isOff.get([whole, repository ?? whole]) !== undefined,
    switchedOff: () =>
      (sql.off.all([]) as (Omit<SwitchedOff, "repository"> & { what: string })[]).map(({ what, by, at }) => ({
        repository: what === whole ? null : what,
        by,
        at,
      })),
    setSwitch(repository, off, by, comment = Number.MAX_SAFE_INTEGER) {
      const isCommandLine = comment === Number.MAX_SAFE_INTEGER;
      // Comments after the command line's word count again.
      sql.setSwitch.run([repository ?? whole, off ? 1 : 0, by, Date.now(), isCommandLine ? 0 : comment, comment]);
    },
    mark: (repository, name) => {
      const row = sql.mark.get([repository, name]) as { value: string } | undefined;
      return row?.value ?? null;
    },
    setMark: (repository, name, value) => void sql.setMark.run([repository, name, value]),
    forgetRepository(repository) {
      for (const statement of sql.forgetRepository) statement.run([repository]);
    },
    shut: () => void db.close(),
  };
}

function prepareStatements(db: Database.Database) {
  return {
    isOff: db.prepare("SELECT 1 FROM switch_v1 WHERE off = 1 AND what IN (?, ?)"),
    off: db.prepare("SELECT what, by, at FROM switch_v1 WHERE off = 1 ORDER BY what"),
    setSwitch: db.prepare(`
      INSERT INTO switch_v1 (what, off, by, at, comment) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (what) DO UPDATE
      SET off = excluded.off, by = excluded.by, at = excluded.at, comment = max(comment, excluded.comment)
      WHERE ? > comment`),
    mark: db.prepare("SELECT value FROM mark_v1 WHERE repository = ? AND name = ?"),
    setMark: db.prepare("INSERT OR REPLACE INTO mark_v1 (repository, name, value) VALUES (?, ?, ?)"),
    forgetRepository: [
      db.prepare("DELETE FROM switch_v1 WHERE what = ?"),
      db.prepare("DELETE FROM mark_v1 WHERE repository = ?"),
    ],
  };
}

function openDatabase(file: string): Database.Database {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const db = new Database(file, { timeout: limits.webhookAckMs });
    db.pragma("journal_mode = WAL");
    // Who switched it off must not find it on after a power cut.
    db.pragma("synchronous = FULL");
    db.exec(tables);
    return db;
  } catch (error) {
    throw new AssistantError(`${file} cannot be opened: ${messageOf(error)}`, {
      code: "service-notes-unusable",
      remedy: "Check that it is a SQLite database and writable; moved away, nothing counts as switched off.",
      cause: error,
    });
  }
}
