import { crc32 } from "node:zlib";
import { type CommitRecord, decodeRecord, encodeRecord } from "./commit-record.ts";
import { closeDerivedDatabase, DamagedFile, type DatabaseFormat, openDerivedDatabase } from "./derived-database.ts";

/** `number` grows with every commit that is kept, also where one is kept again. Texts are blobs: they may be anything. */
const format: DatabaseFormat = {
  mark: 0x434d4954, // CMIT
  version: 1,
  tables: `
    CREATE TABLE commits (
      number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, record BLOB NOT NULL, crc INTEGER NOT NULL);
    CREATE TABLE read_back (id BLOB PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
  `,
};

export interface CommitsFile {
  /** What has a higher number, and the highest. Errors: DamagedFile. */
  read(after: number): { last: number; records: CommitRecord[]; readBack: [commit: string, size: number][] };
  /** In one transaction. What is kept already is replaced. Returns the highest number. */
  keep(records: readonly CommitRecord[]): number;
  keepReadBack(commit: string, size: number): void;
  close(): void;
}

/** The commits of one repository in a SQLite file. Errors: see openDerivedDatabase. */
export function openCommitsFile(file: string): CommitsFile {
  const db = openDerivedDatabase(file, format);
  const add = db.prepare("INSERT OR REPLACE INTO commits (id, record, crc) VALUES (?, ?, ?)");
  // In a damaged file a field may be of any type, and libsql ends the process where a text is not UTF-8.
  const readCommits = db.prepare(
    `SELECT number, CAST(id AS BLOB) AS id, CAST(record AS BLOB) AS record, CAST(crc AS INTEGER) AS crc
     FROM commits WHERE number > ? ORDER BY number`,
  );
  const readReadBack = db.prepare("SELECT CAST(id AS BLOB) AS id, CAST(size AS INTEGER) AS size FROM read_back");
  const readLast = db.prepare("SELECT coalesce(max(number), 0) AS number FROM commits");
  const addReadBack = db.prepare("INSERT OR REPLACE INTO read_back VALUES (?, ?)");

  function read(after: number): ReturnType<CommitsFile["read"]> {
    const rows = readCommits.all([after]) as unknown as CommitRow[];
    const readBack = readReadBack.all([]) as { id: unknown; size: number }[];
    return {
      last: rows.at(-1)?.number ?? after,
      records: rows.map(fromRow),
      readBack: readBack.map(({ id, size }) => [bytesOf(id).toString("latin1"), size]),
    };
  }

  function keep(records: readonly CommitRecord[]): number {
    for (const record of records) {
      const id = Buffer.from(record.commit.commit);
      const bytes = encodeRecord(record);
      add.run([id, bytes, crc32(bytes, crc32(id))]);
    }
    return (readLast.get([]) as { number: number }).number;
  }

  return {
    // One view of the file, whatever other processes write.
    read: (after) => db.transaction(() => read(after)).deferred(),
    keep: (records) => db.transaction(() => keep(records)).immediate(),
    keepReadBack: (commit, size) => void addReadBack.run([Buffer.from(commit), size]),
    close: () => closeDerivedDatabase(db),
  };
}

interface CommitRow {
  number: number;
  id: unknown;
  record: unknown;
  crc: unknown;
}

function fromRow({ id, record, crc }: CommitRow): CommitRecord {
  const [name, bytes] = [bytesOf(id), bytesOf(record)];
  const decoded = crc32(bytes, crc32(name)) === crc ? decodeRecord(name.toString("latin1"), bytes) : null;
  if (decoded === null) throw new DamagedFile("a commit is not as it was written");
  return decoded;
}

function bytesOf(value: unknown): Buffer {
  if (!(value instanceof ArrayBuffer)) throw new DamagedFile("a field is none of ours");
  return Buffer.from(value);
}
