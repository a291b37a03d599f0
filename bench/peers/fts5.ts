import Database from "libsql";
import type { PeerEngine } from "./peer.ts";
import { readTokenFile } from "./token-file.ts";
import { pathWeight } from "./weights.ts";

/** SQLite's full text index, in memory, without the documents: the smallest it can be asked to do. */
export async function buildFts5(file: string): Promise<PeerEngine> {
  const db = new Database(":memory:");
  db.exec(
    `CREATE VIRTUAL TABLE chunks USING fts5(path, text, content='', tokenize="unicode61 remove_diacritics 0 tokenchars '_'")`,
  );
  db.exec(`INSERT INTO chunks (chunks, rank) VALUES ('rank', 'bm25(${pathWeight}.0, 1.0)')`);
  const insert = db.prepare("INSERT INTO chunks (rowid, path, text) VALUES (?, ?, ?)");
  db.exec("BEGIN");
  let id = 0;
  for await (const { path, text } of readTokenFile(file)) insert.run([++id, path.join(" "), text.join(" ")]);
  db.exec("COMMIT");
  db.exec("INSERT INTO chunks (chunks) VALUES ('optimize')");
  const select = db.prepare("SELECT rowid, rank FROM chunks WHERE chunks MATCH ? ORDER BY rank LIMIT ?");
  return {
    note: "in memory, optimized",
    prepare: (query) => query.map(([token]) => `"${token}"`).join(" OR "),
    search(prepared, k) {
      const records = select.all([prepared as string, k]) as { rowid: number; rank: number }[];
      return records.map(({ rowid, rank }) => [rowid - 1, -rank]);
    },
  };
}
