import type Database from "libsql";
import { openDurableDatabase } from "../shared/durable-database.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
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

  CREATE TABLE IF NOT EXISTS name_v1 (
    id         INTEGER PRIMARY KEY,
    repository TEXT NOT NULL UNIQUE
  );
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
    switchedAt: (repository) => (sql.switchedAt.get([whole, repository]) as { at: number | null }).at,
    mark: (repository, name) => {
      const row = sql.mark.get([repository, name]) as { value: string } | undefined;
      return row?.value ?? null;
    },
    setMark: (repository, name, value) => void sql.setMark.run([repository, name, value]),
    nameOf: (id) => (sql.nameOf.get([id]) as { repository: string } | undefined)?.repository ?? null,
    idOf: (repository) => (sql.idOf.get([repository]) as { id: number } | undefined)?.id ?? null,
    setName: (id, repository) => void sql.setName.run([id, repository]),
    forgetName: (repository) => void sql.forgetName.run([repository]),
    renameRepository(from, to) {
      for (const statement of sql.renameRepository) statement.run([to, from]);
      for (const statement of sql.forgetRepository) statement.run([from]);
    },
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
    switchedAt: db.prepare("SELECT max(at) AS at FROM switch_v1 WHERE what IN (?, ?)"),
    mark: db.prepare("SELECT value FROM mark_v1 WHERE repository = ? AND name = ?"),
    setMark: db.prepare("INSERT OR REPLACE INTO mark_v1 (repository, name, value) VALUES (?, ?, ?)"),
    nameOf: db.prepare("SELECT repository FROM name_v1 WHERE id = ?"),
    idOf: db.prepare("SELECT id FROM name_v1 WHERE repository = ?"),
    // Whichever row has the id or the name goes.
    setName: db.prepare("INSERT OR REPLACE INTO name_v1 (id, repository) VALUES (?, ?)"),
    forgetName: db.prepare("DELETE FROM name_v1 WHERE repository = ?"),
    renameRepository: [
      db.prepare(`
        INSERT INTO switch_v1 (what, off, by, at, comment) SELECT ?, off, by, at, comment FROM switch_v1 WHERE what = ?
        ON CONFLICT (what) DO UPDATE
        SET off = excluded.off, by = excluded.by, at = excluded.at, comment = max(comment, excluded.comment)
        WHERE excluded.off > off`),
      db.prepare("UPDATE OR IGNORE mark_v1 SET repository = ? WHERE repository = ?"),
    ],
    forgetRepository: [
      db.prepare("DELETE FROM switch_v1 WHERE what = ?"),
      db.prepare("DELETE FROM mark_v1 WHERE repository = ?"),
      db.prepare("DELETE FROM name_v1 WHERE repository = ?"),
    ],
  };
}

function openDatabase(file: string): Database.Database {
  return openDurableDatabase(
    file,
    (db) => db.exec(tables),
    (cause) =>
      new AssistantError(`${file} cannot be opened: ${messageOf(cause)}`, {
        code: "service-notes-unusable",
        remedy: "Check that it is a SQLite database and writable; moved away, nothing counts as switched off.",
        cause,
      }),
  );
}
