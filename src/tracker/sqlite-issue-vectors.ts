import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { limits } from "../shared/limits.ts";
import type { IssueVector, IssueVectors } from "./issue-vectors.ts";

/** `version` grows with every vector that is saved. */
const table = `
  CREATE TABLE IF NOT EXISTS issue_vector (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    issue   INTEGER NOT NULL UNIQUE,
    encoder TEXT NOT NULL,
    text    TEXT NOT NULL,
    vector  BLOB NOT NULL
  );
`;

/** Within a tracker's database: made where it is missing, for files of before have records and no vectors. */
export const trackedVectorTable = `
  ${table}
  CREATE TRIGGER IF NOT EXISTS issue_vector_goes AFTER DELETE ON record WHEN OLD.kind = 'issues'
  BEGIN DELETE FROM issue_vector WHERE issue = OLD.id; END;
`;

/** Vectors in the database of a tracker. 32-bit floats, little-endian. */
export function createSqliteIssueVectors(db: Database.Database): IssueVectors {
  return vectorsIn(db, "EXISTS (SELECT 1 FROM record WHERE kind = 'issues' AND id = ?1)");
}

/** Vectors in a file of their own, for a tracker that is read from an export each time. */
export function openIssueVectorsFile(file: string): IssueVectors & { close(): void } {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new Database(file, { timeout: limits.engramLockMs });
  db.pragma("journal_mode = WAL");
  db.exec(table);
  return { ...vectorsIn(db, "?1 > 0"), close: () => void db.close() };
}

/** @param stays SQL: whether there is an issue ?1 now */
function vectorsIn(db: Database.Database, stays: string): IssueVectors {
  const sql = {
    read: db.prepare("SELECT issue, text, vector FROM issue_vector WHERE encoder = ? ORDER BY issue"),
    stamp: db.prepare("SELECT count(*) AS count, max(version) AS newest FROM issue_vector"),
    save: db.prepare(`
      INSERT OR REPLACE INTO issue_vector (issue, encoder, text, vector) SELECT ?1, ?2, ?3, ?4 WHERE ${stays}`),
  };
  return {
    read(encoder) {
      const rows = sql.read.all([encoder]) as { issue: number; text: string; vector: ArrayBuffer }[];
      return rows.map(({ issue, text, vector }) => ({ issue, text, vector: new Float32Array(vector) }));
    },
    save(encoder, vectors) {
      const saveAll = (): void => {
        for (const row of vectors) sql.save.run([row.issue, encoder, row.text, bytesOf(row)]);
      };
      db.transaction(saveAll).immediate();
    },
    stamp() {
      const { count, newest } = sql.stamp.get([]) as { count: number; newest: number | null };
      return `${count} ${newest ?? 0}`;
    },
  };
}

function bytesOf({ vector }: IssueVector): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
