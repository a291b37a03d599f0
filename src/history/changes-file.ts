import { crc32 } from "node:zlib";
import type Database from "libsql";
import {
  closeDerivedDatabase,
  DamagedFile,
  type DatabaseFormat,
  openDerivedDatabase,
  withDerivedErrors,
} from "./derived-database.ts";
import { type HunkBlock, packBlock, unpackBlock } from "./hunk-block.ts";

/** Blocks of hunks in one SQLite file. */
export interface ChangesFile {
  /** Errors: DamagedFile. */
  read(): ChangesContent;
  /**
   * Puts a block in the place of others, in one transaction. Returns null, and leaves the file as it is, where another
   * process has written to it since it was read. Errors: DamagedFile.
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

const format: DatabaseFormat = {
  mark: 0x50484e4b, // "PHNK"
  version: 1,
  tables: `CREATE TABLE head (encoder INTEGER NOT NULL, generation INTEGER NOT NULL);
    CREATE TABLE blocks (id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, image BLOB NOT NULL);
    INSERT INTO head VALUES (0, 0)`,
};

/**
 * @param encoder says which vectors the kernel makes; what another one wrote is dropped
 * Errors: DamagedFile; AssistantError `history-unusable`.
 */
export function openChangesFile(file: string, encoder: number): ChangesFile {
  const db = openDerivedDatabase(file, format);
  return {
    read: () => withDerivedErrors(file, () => db.transaction(() => readContent(db, encoder)).immediate()),
    replace: (content, old, block) =>
      withDerivedErrors(file, () => db.transaction(() => replaceBlocks(db, content, old, block)).immediate()),
    close: () => closeDerivedDatabase(db),
  };
}

function readContent(db: Database.Database, encoder: number): ChangesContent {
  const head = headOf(db);
  if (head.encoder !== encoder) {
    db.exec("DELETE FROM blocks");
    db.prepare("UPDATE head SET encoder = ?, generation = generation + 1").run([encoder]);
    return { generation: head.generation + 1, blocks: [] };
  }
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
  if (headOf(db).generation !== generation) return null;
  const remove = db.prepare("DELETE FROM blocks WHERE id = ?");
  for (const { id } of old) remove.run([id]);
  const id = Math.max(0, ...blocks.map((one) => one.id)) + 1;
  const image = packBlock(block);
  db.prepare("INSERT INTO blocks VALUES (?, ?, ?)").run([id, crc32(image), image]);
  db.exec("UPDATE head SET generation = generation + 1");
  return { generation: generation + 1, blocks: [...blocks.filter((one) => !old.includes(one)), { id, block }] };
}

function headOf(db: Database.Database): { encoder: unknown; generation: number } {
  const [head] = db.prepare("SELECT encoder, generation FROM head").all([]) as Record<string, unknown>[];
  const { encoder, generation } = head ?? {};
  if (typeof generation !== "number") throw new DamagedFile("the head is missing");
  return { encoder, generation };
}
