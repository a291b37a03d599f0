import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { sqliteCode } from "../shared/sqlite-errors.ts";
import { trackedVectorTable } from "./sqlite-issue-vectors.ts";

/** Raised with every change of the tables below, or of what their JSON holds. */
const schemaVersion = 1;

/**
 * Records are JSON: it escapes what UTF-8 cannot hold, and a text may hold anything. `subject` is the issue or pull request
 * that a record belongs to; `wants_links` marks issues whose timeline is of use. `mark` says how far each kind was read.
 */
const tables = `
  CREATE TABLE record (
    kind        TEXT NOT NULL,
    id          INTEGER NOT NULL,
    subject     INTEGER NOT NULL,
    updated_at  TEXT NOT NULL,
    wants_links INTEGER NOT NULL,
    text        TEXT NOT NULL,
    PRIMARY KEY (kind, id)
  );
  CREATE INDEX record_subject ON record (kind, subject, id);
  CREATE INDEX record_age ON record (kind, updated_at, id);

  CREATE TABLE timeline (
    issue      INTEGER PRIMARY KEY,
    updated_at TEXT NOT NULL,
    links      TEXT NOT NULL
  );
  CREATE TABLE mark (
    kind       TEXT PRIMARY KEY,
    updated_at TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE forgotten (
    kind TEXT NOT NULL,
    id   INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
  ) WITHOUT ROWID;
`;

/**
 * Opens the file of one repository, and makes it where there is none. A damaged file and one of another version are begun
 * afresh: GitHub has what they held.
 * Errors: AssistantError `tracker-unusable`.
 */
export function openTrackerDatabase(file: string): Database.Database {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    try {
      return connect(file);
    } catch (error) {
      if (!isDamage(error)) throw error;
      removeTrackerDatabase(file);
      return connect(file);
    }
  } catch (error) {
    throw new AssistantError(`the tracker ${file} cannot be opened: ${messageOf(error)}`, {
      code: "tracker-unusable",
      remedy: "Check that the file and its folder are writable; it may be deleted, and is read from GitHub again.",
      cause: error,
    });
  }
}

export function removeTrackerDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
}

class OtherVersion extends Error {}

export function isDamage(error: unknown): boolean {
  return error instanceof OtherVersion || /CORRUPT|NOTADB|SHORT_READ/.test(sqliteCode(error));
}

function connect(file: string): Database.Database {
  const db = new Database(file, { timeout: limits.engramLockMs });
  try {
    // Issues have about 2 KB: in pages of 4 KB, half of each would stay empty. Heeded by a new file only.
    db.pragma("page_size = 16384");
    db.pragma("journal_mode = WAL");
    // What a power cut takes away is read from GitHub again: the mark is lost together with the page.
    db.pragma("synchronous = NORMAL");
    db.transaction(() => migrate(db)).immediate();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: Database.Database): void {
  const { user_version: found } = db.prepare("PRAGMA user_version").get([]) as { user_version: number };
  if (found !== 0 && found !== schemaVersion) throw new OtherVersion("written by another version of this program");
  if (found === 0) {
    db.exec(tables);
    db.pragma(`user_version = ${schemaVersion}`);
  }
  db.exec(trackedVectorTable);
}
