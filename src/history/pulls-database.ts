import { crc32 } from "node:zlib";
import {
  closeDerivedDatabase,
  DamagedFile,
  type DatabaseFormat,
  openDerivedDatabase,
  withDerivedErrors,
} from "./derived-database.ts";
import type { PastPull, PastPulls, TouchedFile } from "./past-pulls.ts";

/** Records are JSON as bytes: damaged text would end the process, damaged bytes are read again from git. */
const format: DatabaseFormat = {
  mark: 0x70756c6c, // "pull"
  version: 2,
  tables: `
    CREATE TABLE pull (number INTEGER PRIMARY KEY, record BLOB NOT NULL, crc INTEGER NOT NULL);
    CREATE TABLE reading (record BLOB NOT NULL, crc INTEGER NOT NULL);
  `,
};

/** A pull request as the commit graph shows it. */
export type PlacedPull = Omit<PastPull, "files">;

export interface StoredPull {
  place: PlacedPull;
  /** What stands for its subject: a merge commit's own says nothing. */
  title: string;
  /** They depend on the head and the final base alone, and are what takes time to read. */
  files: TouchedFile[];
  /** Whether the lines of its files are known as well. */
  lined: boolean;
}

/** What all was read from, and what could not be used of it. */
export interface FinishedReading {
  /** Digest of the refs. */
  state: string;
  leftOut: PastPulls["leftOut"];
}

/** What was read so far of one repository, in one SQLite file. Errors: those of derived-database.ts. */
export interface PullsDatabase {
  /** Null where nothing was read to the end. */
  finished(): FinishedReading | null;
  pulls(): Map<number, StoredPull>;
  add(pulls: readonly StoredPull[]): void;
  /** Removes what is not among these numbers, and remembers what all was read from. */
  finish(reading: FinishedReading, numbers: ReadonlySet<number>): void;
  close(): void;
}

export function openPullsDatabase(file: string): PullsDatabase {
  const db = openDerivedDatabase(file, format);
  const inTransaction = (write: () => void): void => withDerivedErrors(file, () => db.transaction(write).immediate());

  return {
    finished: () =>
      withDerivedErrors(file, () => {
        const [row] = db.prepare("SELECT record, crc FROM reading").all([]) as unknown as StoredRow[];
        return row === undefined ? null : (unpack(row) as FinishedReading);
      }),
    pulls: () =>
      withDerivedErrors(file, () => {
        const rows = db.prepare("SELECT record, crc FROM pull").all([]) as unknown as StoredRow[];
        return new Map(rows.map(fromRow).map((pull) => [pull.place.number, pull]));
      }),
    add: (pulls) =>
      inTransaction(() => {
        db.prepare("DELETE FROM reading").run([]); // until everything is written, what is here is of no one reading
        const add = db.prepare("INSERT OR REPLACE INTO pull VALUES (?, ?, ?)");
        for (const pull of pulls) add.run([pull.place.number, ...pack(toRecord(pull))]);
      }),
    finish: (reading, numbers) =>
      inTransaction(() => {
        const kept = db.prepare("SELECT number FROM pull").all([]) as { number: number }[];
        const remove = db.prepare("DELETE FROM pull WHERE number = ?");
        for (const { number } of kept) if (!numbers.has(number)) remove.run([number]);
        db.prepare("DELETE FROM reading").run([]);
        db.prepare("INSERT INTO reading VALUES (?, ?)").run(pack(reading));
      }),
    close: () => closeDerivedDatabase(db),
  };
}

interface StoredRow {
  record: unknown;
  crc: unknown;
}

/** Most files keep their name, which is then written once. */
interface PullRecord extends Omit<StoredPull, "files"> {
  files: [path: string, ranges: TouchedFile["ranges"], newPath?: string][];
}

function toRecord({ files, ...rest }: StoredPull): PullRecord {
  return {
    ...rest,
    files: files.map(({ path, newPath, ranges }) => (path === newPath ? [path, ranges] : [path, ranges, newPath])),
  };
}

function fromRow(row: StoredRow): StoredPull {
  const { files, ...rest } = unpack(row) as PullRecord;
  return { ...rest, files: files.map(([path, ranges, newPath = path]) => ({ path, newPath, ranges })) };
}

function pack(value: unknown): [Buffer, number] {
  const bytes = Buffer.from(JSON.stringify(value));
  return [bytes, crc32(bytes)];
}

function unpack({ record, crc }: StoredRow): unknown {
  const bytes = record instanceof ArrayBuffer ? Buffer.from(record) : null;
  if (bytes === null || crc32(bytes) !== crc) throw new DamagedFile("a pull request is not as it was written");
  return JSON.parse(bytes.toString("utf8"));
}
