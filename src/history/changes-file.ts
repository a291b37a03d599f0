import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import Database from "libsql";
import { limits } from "../shared/limits.ts";
import { type HunkBlock, packBlock, unpackBlock } from "./hunk-block.ts";

/** Blocks of hunks in one SQLite file. What is damaged, older or written by another encoder is begun afresh: git has it all. */
export interface ChangesFile {
  read(): ChangesContent;
  /**
   * Puts a block in the place of others, in one transaction. Returns null, and leaves the file as it is, where another
   * process has written to it since it was read.
   */
  replace(content: ChangesContent, old: readonly StoredBlock[], block: HunkBlock): ChangesContent | null;
  close(): void;
}

export interface ChangesContent {
  /** Counts the writes. */
  generation: number;
  /** In the order in which they were written. */
  blocks: readonly StoredBlock[];
}

export interface StoredBlock {
  id: number;
  block: HunkBlock;
}

/** "PHNK" as a number, and the layout of the file and of its blocks. */
const applicationId = 0x50484e4b;
const formatVersion = 1;

/** @param encoder says which vectors the kernel makes; a file with those of another one is begun afresh */
export function openChangesFile(file: string, encoder: number): ChangesFile {
  mkdirSync(dirname(file), { recursive: true });
  let db = openDatabase(file, encoder);

  function afresh<T>(access: () => T): T {
    try {
      return access();
    } catch (error) {
      if (!isDamage(error)) throw error;
      db.close();
      removeFile(file);
      db = openDatabase(file, encoder);
      return access();
    }
  }

  return {
    read: () => afresh(() => db.transaction(() => readContent(db)).deferred()),
    replace: (content, old, block) =>
      afresh(() => db.transaction(() => replaceBlocks(db, content, old, block)).immediate()),
    close: () => db.close(),
  };
}

function openDatabase(file: string, encoder: number): Database.Database {
  const db = new Database(file);
  try {
    db.exec(`PRAGMA busy_timeout = ${limits.engramLockMs}`);
    if (pragma(db, "application_id") === 0 && pragma(db, "user_version") === 0) db.exec("PRAGMA page_size = 16384");
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    db.transaction(() => {
      const isOurs = pragma(db, "application_id") === applicationId && pragma(db, "user_version") === formatVersion;
      if (!isOurs || headOf(db)?.encoder !== encoder) createTables(db, encoder);
    }).immediate();
    return db;
  } catch (error) {
    db.close();
    if (!isDamage(error)) throw error;
    removeFile(file);
    return openDatabase(file, encoder);
  }
}

function createTables(db: Database.Database, encoder: number): void {
  db.exec("DROP TABLE IF EXISTS head; DROP TABLE IF EXISTS blocks");
  db.exec("CREATE TABLE head (encoder INTEGER NOT NULL, generation INTEGER NOT NULL)");
  db.exec("CREATE TABLE blocks (id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, image BLOB NOT NULL)");
  db.exec(`INSERT INTO head VALUES (${encoder}, 0)`);
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion}`);
}

function readContent(db: Database.Database): ChangesContent {
  const head = headOf(db);
  if (head === undefined) throw new DamagedFile("the head is missing");
  const rows = db.prepare("SELECT id, crc, image FROM blocks ORDER BY id").all([]) as Record<string, unknown>[];
  return { generation: head.generation, blocks: rows.map(storedBlock) };
}

function storedBlock({ id, crc, image }: Record<string, unknown>): StoredBlock {
  if (typeof id !== "number" || !(image instanceof ArrayBuffer)) throw new DamagedFile("a block is none");
  if (crc32(new Uint8Array(image)) !== crc) throw new DamagedFile("a block is not as it was written");
  return { id, block: unpackBlock(image) };
}

function replaceBlocks(
  db: Database.Database,
  { generation, blocks }: ChangesContent,
  old: readonly StoredBlock[],
  block: HunkBlock,
): ChangesContent | null {
  if (headOf(db)?.generation !== generation) return null;
  const remove = db.prepare("DELETE FROM blocks WHERE id = ?");
  for (const { id } of old) remove.run([id]);
  const kept = blocks.filter((one) => !old.includes(one));
  const id = Math.max(0, ...blocks.map((one) => one.id)) + 1;
  const image = packBlock(block);
  db.prepare("INSERT INTO blocks VALUES (?, ?, ?)").run([id, crc32(image), image]);
  db.exec("UPDATE head SET generation = generation + 1");
  return { generation: generation + 1, blocks: [...kept, { id, block }] };
}

function headOf(db: Database.Database): { encoder: unknown; generation: number } | undefined {
  const [head] = db.prepare("SELECT encoder, generation FROM head").all([]) as Record<string, unknown>[];
  const { encoder, generation } = head ?? {};
  return typeof generation === "number" ? { encoder, generation } : undefined;
}

class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

/** SQLite's words for pages or tables that are not as we write them. Codes that libsql has no name for end in the byte. */
function isDamage(error: unknown): boolean {
  if (error instanceof DamagedFile) return true;
  if (!(error instanceof Error) || !("code" in error)) return false;
  const [, number] = /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(String(error.code)) ?? [];
  if (number !== undefined) return damagedCodes.includes(Number(number) & 255);
  return /^SQLITE_(IOERR_SHORT_READ|CORRUPT|NOTADB|ERROR|MISMATCH|FORMAT|SCHEMA)/.test(String(error.code));
}

/** SQLITE_ERROR, CORRUPT, SCHEMA, MISMATCH, FORMAT, NOTADB. */
const damagedCodes = [1, 11, 17, 20, 24, 26];

function removeFile(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
}

function pragma(db: Database.Database, name: string): unknown {
  const [row] = db.prepare(`PRAGMA ${name}`).all([]) as Record<string, unknown>[];
  return row?.[name];
}
