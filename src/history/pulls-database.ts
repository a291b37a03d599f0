import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import type { PastPull, PastPulls, TouchedFile } from "./past-pulls.ts";

/** Raised with every change of the table, and of what is read from git: an older file is begun afresh. */
const schemaVersion = 1;

/** `files` depends on the head and the final base alone, and is what takes time to read. */
const tables = `
  CREATE TABLE IF NOT EXISTS pull (
    number INTEGER PRIMARY KEY,
    place  TEXT NOT NULL,
    title  TEXT NOT NULL,
    lined  INTEGER NOT NULL,
    files  TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS reading (state TEXT NOT NULL, left_out TEXT NOT NULL);
`;

/** A pull request as the commit graph shows it. */
export type PlacedPull = Omit<PastPull, "files">;

export interface StoredPull {
  place: PlacedPull;
  /** What stands for its subject: a merge commit's own says nothing. */
  title: string;
  files: TouchedFile[];
  /** Whether the lines of its files are known as well. */
  lined: boolean;
}

/** What was read so far of one repository, in one SQLite file. All of it can be read from git again. */
export interface PullsDatabase {
  /** What it was read from, as a digest of refs; null where nothing was read to the end. */
  state(): string | null;
  leftOut(): PastPulls["leftOut"];
  pulls(): Map<number, StoredPull>;
  add(pulls: readonly StoredPull[]): void;
  /** Removes what is not among these numbers, and remembers what all was read from. */
  finish(state: string, numbers: ReadonlySet<number>, leftOut: PastPulls["leftOut"]): void;
  close(): void;
}

/** A file that is damaged or of another version is begun afresh. Errors: SQLite's, where the folder cannot be written. */
export function openPullsDatabase(file: string): PullsDatabase {
  mkdirSync(dirname(file), { recursive: true });
  const db = openFile(file);
  const readState = db.prepare("SELECT state, left_out FROM reading");
  const readPulls = db.prepare("SELECT number, place, title, lined, files FROM pull");
  const readNumbers = db.prepare("SELECT number FROM pull");
  const addPull = db.prepare("INSERT OR REPLACE INTO pull VALUES (?, ?, ?, ?, ?)");
  const removePull = db.prepare("DELETE FROM pull WHERE number = ?");
  const forgetState = db.prepare("DELETE FROM reading");
  const addState = db.prepare("INSERT INTO reading VALUES (?, ?)");
  const stateRow = () => readState.get([]) as { state: string; left_out: string } | undefined;

  return {
    state: () => stateRow()?.state ?? null,
    leftOut: () => JSON.parse(stateRow()?.left_out ?? "{}") as PastPulls["leftOut"],
    pulls: () => new Map((readPulls.all([]) as PullRow[]).map((row) => [row.number, fromRow(row)])),
    add(pulls) {
      const write = () => {
        forgetState.run([]); // until everything is written, what is here is of no one reading
        for (const pull of pulls) addPull.run(toRow(pull));
      };
      db.transaction(write).immediate();
    },
    finish(state, numbers, leftOut) {
      const write = () => {
        for (const { number } of readNumbers.all([]) as { number: number }[]) {
          if (!numbers.has(number)) removePull.run([number]);
        }
        forgetState.run([]);
        addState.run([state, JSON.stringify(leftOut)]);
      };
      db.transaction(write).immediate();
    },
    close: () => void db.close(),
  };
}

interface PullRow {
  number: number;
  place: string;
  title: string;
  lined: number;
  files: string;
}

function toRow({ place, title, files, lined }: StoredPull): (string | number)[] {
  const listed = files.map(({ path, newPath, ranges }) =>
    path === newPath ? [path, ranges] : [path, ranges, newPath],
  );
  return [place.number, JSON.stringify(place), title, lined ? 1 : 0, JSON.stringify(listed)];
}

function fromRow({ place, title, lined, files }: PullRow): StoredPull {
  const listed = JSON.parse(files) as [string, TouchedFile["ranges"], string?][];
  const touched = listed.map(([path, ranges, newPath = path]) => ({ path, newPath, ranges }));
  return { place: JSON.parse(place) as PlacedPull, title, files: touched, lined: lined === 1 };
}

function openFile(file: string): Database.Database {
  let db: Database.Database | null = null;
  try {
    db = new Database(file, { timeout: 10_000 });
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    const { user_version: found } = db.prepare("PRAGMA user_version").get([]) as { user_version: number };
    if (found !== 0 && found !== schemaVersion) return openAfresh(file, db);
    db.exec(tables);
    db.exec(`PRAGMA user_version = ${schemaVersion}`);
    db.prepare("PRAGMA quick_check(1)").get([]);
    return db;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return openAfresh(file, db);
  }
}

function openAfresh(file: string, db: Database.Database | null): Database.Database {
  db?.close();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  return openFile(file);
}

/** libsql has names for some of SQLite's codes; of the others the last byte says which error they are a kind of. */
function isDamage(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [, number] = /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(code) ?? [];
  return /^SQLITE_(CORRUPT|NOTADB)/.test(code) || [11, 26].includes(Number(number ?? 0) & 255);
}
