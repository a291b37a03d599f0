import Database from "libsql";
import { limits } from "../shared/limits.ts";
import { engramCorrupt, engramNewer } from "./engram-errors.ts";
import { encoderVersion, formatVersion } from "./versions.ts";

export type Connection = InstanceType<typeof Database>;

/** "ENGR": tells an engram from any other SQLite file. */
const applicationId = 0x454e4752;

/**
 * `engram` has one row: what the file equals, and every sum that is one value. `counters` is the one that is many.
 * Hashes are uint32; `frequency` is the number of chunks that hold the token.
 */
const schema = `
  CREATE TABLE engram (
    encoder_version INTEGER NOT NULL, seed INTEGER NOT NULL, commit_id TEXT NOT NULL,
    files INTEGER NOT NULL, indexed_files INTEGER NOT NULL, chunks INTEGER NOT NULL, length INTEGER NOT NULL,
    hypervector BLOB NOT NULL, digest TEXT NOT NULL);
  CREATE TABLE files (path TEXT PRIMARY KEY, mode TEXT NOT NULL, oid TEXT NOT NULL, skipped TEXT, columns BLOB NOT NULL);
  CREATE TABLE texts (oid TEXT PRIMARY KEY, deflated BLOB NOT NULL);
  CREATE TABLE counters (token INTEGER PRIMARY KEY, frequency INTEGER NOT NULL);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${formatVersion};
`;

/**
 * Opens an engram file ready for use, empty where there was none. A file of an older format, an older encoder or
 * another seed is emptied: the next update builds it again. WAL, so that a reader keeps its snapshot while another
 * process updates; FULL, so that a committed update survives a power cut.
 * Errors: `engram-newer`, `engram-corrupt`.
 */
export function openConnection(file: string, seed: number): Connection {
  const db = new Database(file);
  try {
    db.exec(`PRAGMA busy_timeout = ${limits.engramLockMs}`);
    if (tableNames(db).length > 0) checkFile(db, file);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    if (!isCurrent(db, seed)) createTables(db, seed);
    return db;
  } catch (error) {
    closeConnection(db);
    throw error;
  }
}

/**
 * libsql ends a connection only when all of its statements have been collected as garbage, and SQLite moves the log into
 * the file only when the last connection ends. So both are done here: the snapshot is let go, and what the log holds is
 * moved (as far as other readers allow), after which the file is complete without its log.
 */
export function closeConnection(db: Connection): void {
  if (!db.open) return;
  try {
    if (db.inTransaction) db.exec("ROLLBACK");
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  } catch {
    // A damaged or foreign file has nothing to move; whoever opened it hears of the damage, not of this.
  }
  db.close();
}

function checkFile(db: Connection, file: string): void {
  if (pragma(db, "application_id") !== applicationId) throw engramCorrupt(file, "it is not an engram");
  const found = Number(pragma(db, "user_version"));
  if (found > formatVersion) throw engramNewer(file, `format ${found}, this program reads ${formatVersion}`);
  const check = pragma(db, "quick_check");
  if (check !== "ok") throw engramCorrupt(file, String(check));
  if (found < formatVersion) return;
  const encoder = headOf(db)?.encoder_version ?? 0;
  if (encoder > encoderVersion) throw engramNewer(file, `encoder ${encoder}, this program has ${encoderVersion}`);
}

function isCurrent(db: Connection, seed: number): boolean {
  if (tableNames(db).length === 0 || pragma(db, "user_version") !== formatVersion) return false;
  const head = headOf(db);
  return head?.encoder_version === encoderVersion && head.seed === seed;
}

/** Empties the file in one transaction, unless another process has just done so. */
function createTables(db: Connection, seed: number): void {
  db.exec("BEGIN IMMEDIATE");
  if (!isCurrent(db, seed)) {
    for (const name of tableNames(db)) db.exec(`DROP TABLE "${name}"`);
    db.exec(schema);
    db.prepare("INSERT INTO engram VALUES (?, ?, '', 0, 0, 0, 0, x'', '0')").run([encoderVersion, seed]);
  }
  db.exec("COMMIT");
}

function headOf(db: Connection): { encoder_version: number; seed: number } | undefined {
  return db.prepare("SELECT encoder_version, seed FROM engram").all([])[0] as ReturnType<typeof headOf>;
}

function tableNames(db: Connection): string[] {
  const rows = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all([]) as { name: string }[];
  return rows.map((row) => row.name);
}

function pragma(db: Connection, name: string): unknown {
  const [row] = db.prepare(`PRAGMA ${name}`).all([]) as Record<string, unknown>[];
  return row?.[name];
}
