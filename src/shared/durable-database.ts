import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { AssistantError } from "./errors.ts";
import { limits } from "./limits.ts";

/**
 * Opens a SQLite file whose rows cannot be had again from git or GitHub, and makes it where it is missing. WAL with
 * synchronous=FULL: a commit is on the disk when it returns, so what was acknowledged survives a power cut.
 *
 * @param prepare creates the tables, or brings them up to date; runs in one transaction, alone among all processes
 * @param unusable the error for a file that is no database or cannot be written; what `prepare` says itself stands
 */
export function openDurableDatabase(
  file: string,
  prepare: (db: Database.Database) => void,
  unusable: (cause: unknown) => AssistantError,
): Database.Database {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // A writer that waits longer for another process would miss GitHub's deadline anyway.
    const db = new Database(file, { timeout: limits.webhookAckMs });
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.transaction(() => prepare(db)).immediate();
    return db;
  } catch (error) {
    throw error instanceof AssistantError ? error : unusable(error);
  }
}

/**
 * Brings the tables to `version`, which the file keeps.
 *
 * @param upgrade does what is missing since version `found`; 0 is a new file
 * @param newer the error for a file that a later version of this program wrote
 */
export function migrateTo(
  db: Database.Database,
  version: number,
  upgrade: (found: number) => void,
  newer: () => AssistantError,
): void {
  const { user_version: found } = db.prepare("PRAGMA user_version").get([]) as { user_version: number };
  if (found === version) return;
  if (found > version) throw newer();
  upgrade(found);
  db.pragma(`user_version = ${version}`);
}
