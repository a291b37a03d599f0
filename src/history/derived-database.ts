import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "libsql";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { sqliteCode } from "../shared/sqlite-errors.ts";

/** What a file is made of. Another mark or version, or damage, and it is begun afresh: git has all that it holds. */
export interface DatabaseFormat {
  /** SQLite's application id: four letters as a number. */
  mark: number;
  /** To be raised with every change of what is kept. */
  version: number;
  /** SQL, run once. */
  tables: string;
}

/** DIRECTORY/KEY with an ending. Errors: AssistantError `bad-history-key` for what would lie outside of the folder. */
export function derivedFile(directory: string, key: string, ending: string): string {
  if (key.split("/").some((part) => ["", ".", ".."].includes(part) || /[\\\0]/.test(part))) {
    throw new AssistantError(`"${key}" cannot name a history`, {
      code: "bad-history-key",
      remedy: "Name it HOST/OWNER/NAME.",
    });
  }
  return join(directory, `${key}.${ending}`);
}

/**
 * Opens a file of things that were read from git, and makes it where there is none. Several processes may share it.
 * Errors: AssistantError `history-unusable` (the folder or the disk); `DamagedFile` where it is to be removed first.
 */
export function openDerivedDatabase(file: string, format: DatabaseFormat): Database.Database {
  return withDerivedErrors(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    const db = new Database(file, { timeout: limits.engramLockMs });
    try {
      // What is lost in a power cut is read again, so nobody waits for the disk.
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
      if (!hasFormat(db, format)) db.transaction(() => hasFormat(db, format) || makeTables(db, format)).immediate();
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** What the log beside the file holds is moved into it: libsql lets go of both only when its statements are collected. */
export function closeDerivedDatabase(db: Database.Database): void {
  try {
    db.exec("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // Another process still reads; or the file is damaged, which whoever uses it has heard.
  }
  db.close();
}

export function removeDerivedDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
}

/** A file that does not hold what was written. */
export class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

/** Runs what reads or writes the file; SQLite's errors become ours. */
export function withDerivedErrors<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (isDamage(error)) throw new DamagedFile(`${file}: ${messageOf(error)}`, { cause: error });
    if (!isUnusable(error)) throw error;
    throw new AssistantError(`The history ${file} cannot be read or written: ${messageOf(error)}`, {
      code: "history-unusable",
      remedy: "See that the folder may be written by this user, that the disk is not full, and that no process hangs.",
      cause: error,
    });
  }
}

function hasFormat(db: Database.Database, { mark, version }: DatabaseFormat): boolean {
  return pragma(db, "application_id") === mark && pragma(db, "user_version") === version;
}

/** Inside of a transaction, so that of two processes one makes them. Fails where a file of another format has them. */
function makeTables(db: Database.Database, { mark, version, tables }: DatabaseFormat): void {
  db.exec(tables);
  db.exec(`PRAGMA application_id = ${mark}; PRAGMA user_version = ${version}`);
}

function pragma(db: Database.Database, name: string): unknown {
  const [row] = db.prepare(`PRAGMA ${name}`).all([]) as Record<string, unknown>[];
  return row?.[name];
}

function isDamage(error: unknown): boolean {
  return (
    error instanceof DamagedFile || /^SQLITE_(CORRUPT|NOTADB|FORMAT|SCHEMA|MISMATCH|ERROR)/.test(sqliteCode(error))
  );
}

function isUnusable(error: unknown): boolean {
  if (error instanceof Error && error.message.startsWith("ConnectionFailed")) return true;
  return /^(SQLITE_(BUSY|CANTOPEN|READONLY|FULL|IOERR|PERM)|E(ACCES|EXIST|ISDIR|NOSPC|NOTDIR|PERM|ROFS)$)/.test(
    sqliteCode(error),
  );
}
