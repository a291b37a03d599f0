import Database from "libsql";
import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../shared/limits.ts";
import { sqliteCode } from "../shared/sqlite-errors.ts";
import {
  engramKey,
  engramLocked,
  engramMissing,
  engramNotKeyed,
  isSqliteBusy,
  translated,
  withFileErrors,
} from "./engram-errors.ts";
import type { Lens } from "./lens.ts";
import { formatVersion } from "./versions.ts";

export type Connection = InstanceType<typeof Database> & {
  /** Of a keyed engram: its checksums are made with it. */
  readonly lens?: Lens;
};

/** "ENGR": tells an engram from any other SQLite file. */
export const applicationId = 0x454e4752;

/**
 * `engram` has one row: what the file equals, and every sum that is one value. `files`, `contents` and `counters` are the
 * truth; `segments` and `tombstones` follow from `files` and are what is searched. Every `crc` is the CRC-32 of what stands
 * beside it; a file's digest is `rowDigest`. In a keyed engram all of them are HMACs, and that of the head covers those of the
 * segments and their marks as well.
 */
const tables = [
  `CREATE TABLE engram (
    encoder_version INTEGER NOT NULL, grammars TEXT NOT NULL, seed INTEGER NOT NULL, keep TEXT NOT NULL,
    generation INTEGER NOT NULL, revision TEXT NOT NULL, files INTEGER NOT NULL, indexed_files INTEGER NOT NULL,
    chunks INTEGER NOT NULL, length INTEGER NOT NULL, hypervector BLOB NOT NULL, digest TEXT NOT NULL, crc INTEGER NOT NULL)`,
  `CREATE TABLE files (
    path TEXT PRIMARY KEY, mode TEXT NOT NULL, oid TEXT NOT NULL, skipped TEXT, columns BLOB NOT NULL, digest BLOB NOT NULL)`,
  "CREATE TABLE contents (oid TEXT PRIMARY KEY, size INTEGER NOT NULL, deflated BLOB)",
  "CREATE TABLE counters (token INTEGER PRIMARY KEY, frequency INTEGER NOT NULL)",
  "CREATE TABLE segments (id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, image BLOB NOT NULL)",
  "CREATE TABLE tombstones (segment INTEGER PRIMARY KEY, crc INTEGER NOT NULL, dead BLOB NOT NULL)",
];

/**
 * A connection that reads. Where the folder may not be written, SQLite cannot keep its notes beside the file; a file that
 * is complete without its log is then read as one that nobody changes.
 * Errors: `engram-missing`, `engram-locked`, `engram-key`, `engram-not-keyed`, and what SQLite says in our words.
 */
export function connectForReading(file: string, lens?: Lens): Connection {
  if (!existsSync(file)) throw engramMissing(file, "there is no such file");
  return withFileErrors(file, () => {
    if (statSync(file).size === 0) throw engramMissing(file, "the file is empty");
    try {
      return connect(file, lens);
    } catch (error) {
      const isComplete = !existsSync(`${file}-wal`) || statSync(`${file}-wal`).size === 0;
      if (!isComplete || !/^SQLITE_(CANTOPEN|READONLY)/.test(sqliteCode(error))) throw error;
      return opened(immutable(file), lens);
    }
  });
}

/**
 * A connection that writes; makes the file and its folder where there is none. WAL, so that a reader keeps its snapshot
 * while another process updates; FULL, so that a committed update survives a power cut. The pages are larger than usual
 * because most of the file is images of many megabytes.
 */
export function connectForWriting(file: string, lens?: Lens): Connection {
  return withFileErrors(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    const db = connect(file, lens);
    try {
      // Else SQLite may write what it sorts or takes back into files that are not encrypted.
      if (lens !== undefined) db.exec("PRAGMA temp_store = MEMORY");
      if (tableNames(db).length === 0) db.exec("PRAGMA page_size = 16384");
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      db.exec(`PRAGMA cache_size = ${-limits.engramCacheBytes / 1024}`);
      return db;
    } catch (error) {
      closeConnection(db);
      throw error;
    }
  });
}

/**
 * Takes the write lock, waiting for another writer up to `limits.engramLockMs`. Waits without blocking, because the other
 * may be a long update in this very process. Errors: `engram-busy`; the signal's.
 */
export async function lockForWriting(db: Connection, file: string, signal?: AbortSignal): Promise<void> {
  if (db.inTransaction) db.exec("ROLLBACK");
  const deadline = performance.now() + limits.engramLockMs;
  db.exec("PRAGMA busy_timeout = 0");
  try {
    while (!tryLock(db, file, performance.now() > deadline)) await sleep(20, undefined, { signal });
  } finally {
    db.exec(`PRAGMA busy_timeout = ${limits.engramLockMs}`);
  }
}

/** Empties the file, whatever tables it had. Inside of a transaction. */
export function createTables(db: Connection): void {
  for (const name of tableNames(db)) db.exec(`DROP TABLE "${name.replaceAll('"', '""')}"`);
  for (const table of tables) db.exec(table);
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion}`);
}

/** Whether the tables are exactly those that this program makes. */
export function hasOurTables(db: Connection): boolean {
  const rows = db.prepare("SELECT CAST(sql AS BLOB) AS sql FROM sqlite_master WHERE type = 'table'").all([]);
  const found = new Set((rows as { sql: unknown }[]).map(({ sql }) => textOf(sql)));
  return found.size === tables.length && tables.every((table) => found.has(table));
}

/**
 * Text that was selected as `CAST(… AS BLOB)`, as every text in these files has to be: libsql ends the whole process where
 * a text is not UTF-8, which in a damaged file it may not be.
 */
export function textOf(blob: unknown): string {
  return blob instanceof ArrayBuffer ? Buffer.from(blob).toString("utf8") : "";
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
    db.exec("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // A damaged or foreign file has nothing to move; whoever opened it hears of the damage, not of this.
  }
  db.close();
}

export function tableNames(db: Connection): string[] {
  const rows = db.prepare("SELECT CAST(name AS BLOB) AS name FROM sqlite_master WHERE type = 'table'").all([]);
  return (rows as { name: unknown }[]).map(({ name }) => textOf(name));
}

export function pragma(db: Connection, name: string): unknown {
  const [row] = db.prepare(`PRAGMA ${name}`).all([]) as Record<string, unknown>[];
  return row?.[name];
}

/** The cipher is libsql's own. Its keys are texts: ours has all of its 256 bits in it. */
const encryptionCipher = "aes256cbc";

function connect(file: string, lens: Lens | undefined): Connection {
  if (lens !== undefined && existsSync(file) && statSync(file).size > 0) checkKey(file, lens);
  try {
    return opened(file, lens);
  } catch (error) {
    if (isNoDatabase(error) && lens === undefined && isEncrypted(file)) throw engramLocked(file);
    throw error;
  }
}

/**
 * Before SQLite may see the log beside the file: with another key it would write the log's pages into the file as whatever
 * that key makes of them, and nothing could be read any more.
 */
function checkKey(file: string, lens: Lens): void {
  try {
    opened(immutable(file), lens).close();
  } catch (error) {
    if (!isNoDatabase(error)) return; // what is wrong besides the key, shows when it is opened
    if (isReadable(immutable(file))) throw engramNotKeyed(file);
    throw engramKey(file, error);
  }
}

function isReadable(name: string): boolean {
  try {
    opened(name, undefined).close();
    return true;
  } catch {
    return false;
  }
}

function isNoDatabase(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "SQLITE_NOTADB";
}

/** As a file that nobody changes: SQLite then writes nothing, locks nothing and leaves the log alone. */
function immutable(file: string): string {
  const name = encodeURI(resolve(file)).replaceAll("?", "%3F").replaceAll("#", "%23");
  return `file:${name}?immutable=1`;
}

/**
 * An encrypted database shows the size of its pages and three constants, and no name. To be asked only of a file that does
 * not open: closing any descriptor of a file lets go of the locks that SQLite has on it in this process.
 */
function isEncrypted(file: string): boolean {
  const header = Buffer.alloc(24);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, header, 0, header.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return header.toString("latin1", 0, 15) !== "SQLite format 3" && header.readUIntBE(21, 3) === 0x402020;
}

/** Opened and looked into once, because a file that cannot be read is noticed only then. */
function opened(name: string, lens: Lens | undefined): Connection {
  // Their types know nothing of keys.
  const keyed =
    lens && ({ encryptionKey: lens.databaseKey, encryptionCipher } as ConstructorParameters<typeof Database>[1]);
  const db: Connection = Object.assign(new Database(name, keyed), { lens });
  try {
    db.exec(`PRAGMA busy_timeout = ${limits.engramLockMs}`);
    tableNames(db);
    return db;
  } catch (error) {
    closeConnection(db);
    throw error;
  }
}

function tryLock(db: Connection, file: string, isLast: boolean): boolean {
  try {
    db.exec("BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    if (isSqliteBusy(error) && !isLast) return false;
    throw translated(file, error);
  }
}
