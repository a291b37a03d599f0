import Database from "libsql";
import MiniSearch from "minisearch";
import { splitLines } from "../../src/engram/chunk.ts";
import type { EngramView } from "../../src/engram/engram.ts";
import { tokenize } from "../../src/engram/tokenize.ts";
import { pathWeight } from "../peers/weights.ts";
import type { FileIndex } from "./file-index.ts";

/** Chunks that are asked for, so that ten files are among them. */
const chunksAsked = 1_000;

interface Document {
  id: number;
  path: string;
  text: string;
}

/** MiniSearch over the same tokens and chunks: its own BM25+, the path as a field of three times the weight. */
export function createMiniSearchIndex(): FileIndex {
  const index = new MiniSearch<Document>({
    fields: ["path", "text"],
    tokenize: (text) => text.split(" "),
    processTerm: (term) => term,
    autoVacuum: false, // it works in the background, and fails where documents change meanwhile
    searchOptions: { boost: { path: pathWeight }, combineWith: "OR" },
  });
  const documents = createDocuments({
    add: (each) => index.addAll(each),
    remove: (ids) => ids.forEach((id) => index.discard(id)),
  });
  return {
    update: (changed, view) => documents.update(changed, view),
    search: (text) => documents.pathsOf(index.search(distinctTokens(text).join(" ")).map(({ id }) => id as number)),
  };
}

/** SQLite's full text index over the same, in memory, with its own bm25(). */
export function createFts5Index(): FileIndex {
  const db = new Database(":memory:");
  db.exec(
    `CREATE VIRTUAL TABLE chunks USING fts5(path, text, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0 tokenchars '_'")`,
  );
  db.exec(`INSERT INTO chunks (chunks, rank) VALUES ('rank', 'bm25(${pathWeight}.0, 1.0)')`);
  const insert = db.prepare("INSERT INTO chunks (rowid, path, text) VALUES (?, ?, ?)");
  const remove = db.prepare("DELETE FROM chunks WHERE rowid = ?");
  const select = db.prepare("SELECT rowid FROM chunks WHERE chunks MATCH ? ORDER BY rank LIMIT ?");
  const documents = createDocuments({
    add(each) {
      db.exec("BEGIN");
      for (const { id, path, text } of each) insert.run([id, path, text]);
      db.exec("COMMIT");
    },
    remove: (ids) => ids.forEach((id) => remove.run([id])),
  });
  return {
    update: (changed, view) => documents.update(changed, view),
    search(text) {
      const match = distinctTokens(text).map((token) => `"${token}"`);
      if (match.length === 0) return [];
      const records = select.all([match.join(" OR "), chunksAsked]) as { rowid: number }[];
      return documents.pathsOf(records.map(({ rowid }) => rowid));
    },
  };
}

/** Chunks as documents with numbers that are never used twice. */
function createDocuments(index: { add: (documents: Document[]) => void; remove: (ids: number[]) => void }) {
  const idsOf = new Map<string, number[]>();
  const pathOf = new Map<number, string>();
  let next = 1;
  return {
    update(changed: Parameters<FileIndex["update"]>[0], view: EngramView): void {
      const added: Document[] = [];
      for (const [path, row] of changed) {
        const old = idsOf.get(path) ?? [];
        index.remove(old);
        for (const id of old) pathOf.delete(id);
        idsOf.delete(path);
        if (row === null) continue;
        const texts = chunkTexts(view, path);
        const ids = texts.map(() => next++);
        idsOf.set(path, ids);
        for (const [i, id] of ids.entries()) {
          pathOf.set(id, path);
          added.push({ id, path: tokenize(path).join(" "), text: texts[i] ?? "" });
        }
      }
      index.add(added);
    },
    pathsOf: (ids: readonly number[]) => [...new Set(ids.flatMap((id) => pathOf.get(id) ?? []))],
  };
}

function chunkTexts(view: EngramView, path: string): string[] {
  const lines = splitLines(view.text(path) ?? "");
  return view
    .chunks(path)
    .map(({ startLine, endLine }) => tokenize(lines.slice(startLine - 1, endLine).join("\n")).join(" "));
}

function distinctTokens(text: string): string[] {
  return [...new Set(tokenize(text))];
}
