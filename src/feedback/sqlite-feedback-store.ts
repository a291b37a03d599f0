import type Database from "libsql";
import type { PullKey } from "../intake/pull-notes.ts";
import type { FindingKind } from "../publish/outcome.ts";
import { migrateTo, openDurableDatabase } from "../shared/durable-database.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { answerOf } from "./answer-of.ts";
import { countByMonth } from "./count-by-month.ts";
import type { Answer, FeedbackStore, KeptFinding, Lesson, SeenFinding } from "./feedback.ts";

/** Raised with every change of the tables below. */
const schemaVersion = 1;

const tables = `
  CREATE TABLE finding (
    rowid      INTEGER PRIMARY KEY,
    repository TEXT NOT NULL,
    pull       INTEGER NOT NULL,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL,
    band       TEXT,
    title      TEXT NOT NULL,
    path       TEXT NOT NULL,
    words      TEXT NOT NULL,
    code       TEXT NOT NULL,
    head       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    comment    TEXT,
    addressed  INTEGER NOT NULL DEFAULT 0,
    set_aside  INTEGER NOT NULL DEFAULT 0,
    answer     TEXT,
    UNIQUE (repository, pull, id)
  );
  CREATE INDEX finding_answered ON finding (repository, rowid) WHERE answer IS NOT NULL;

  CREATE TABLE vote (
    finding INTEGER NOT NULL REFERENCES finding (rowid) ON DELETE CASCADE,
    login   TEXT NOT NULL,
    vote    INTEGER NOT NULL,
    PRIMARY KEY (finding, login)
  ) WITHOUT ROWID;

  CREATE TABLE ignored (
    finding INTEGER NOT NULL REFERENCES finding (rowid) ON DELETE CASCADE,
    login   TEXT NOT NULL,
    PRIMARY KEY (finding, login)
  ) WITHOUT ROWID;
`;

/**
 * What people made of findings in one SQLite file, which the processes of one machine may share.
 * Errors: AssistantError `feedback-unusable` (unreadable, not a database) or `feedback-newer`.
 */
export function openSqliteFeedbackStore(file: string): FeedbackStore {
  const db = openDatabase(file);
  const sql = prepareStatements(db);
  const together = (work: () => void): void => db.transaction(work).immediate();
  return {
    notePublished: (pull, findings, head) =>
      together(() => {
        for (const { id, kind, band, title, path, words, code } of findings)
          sql.publish.run([...key(pull), id, kind, band, title, path, words, code, head, Date.now()]);
        sql.forgetOldest.run([pull.repository, pull.repository, limits.feedbackFindings]);
      }),
    published: (pull) => sql.published.all(key(pull)) as KeptFinding[],
    noteSeen: (pull, seen) =>
      together(() => {
        for (const one of seen) noteSeen(sql, pull, one);
      }),
    noteIgnored: (pull, finding, by) =>
      together(() => {
        const row = rowOf(sql, pull, finding);
        if (row === null) return;
        sql.ignore.run([row, by]);
        answer(sql, row);
      }),
    lessons: (repository) => sql.lessons.all([repository]) as Lesson[],
    figures: (repository) =>
      countByMonth(sql.said.all([repository]) as { kind: FindingKind; at: number; answer: Answer | null }[]),
    forgetRepository: (repository) => void sql.forgetRepository.run([repository]),
    shut: () => void db.close(),
  };
}

function key({ repository, number }: PullKey): [string, number] {
  return [repository, number];
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(db: Database.Database) {
  return {
    publish: db.prepare(`
      INSERT INTO finding (repository, pull, id, kind, band, title, path, words, code, head, at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (repository, pull, id) DO UPDATE SET band = excluded.band, title = excluded.title,
        path = excluded.path, words = excluded.words, code = excluded.code, head = excluded.head`),
    forgetOldest: db.prepare(`
      DELETE FROM finding WHERE repository = ? AND rowid <= (
        SELECT rowid FROM finding WHERE repository = ? ORDER BY rowid DESC LIMIT 1 OFFSET ?)`),
    published: db.prepare(`
      SELECT id, kind, band, title, path, words, code, head, comment, answer
      FROM finding WHERE repository = ? AND pull = ? ORDER BY rowid`),
    row: db.prepare("SELECT rowid AS row FROM finding WHERE repository = ? AND pull = ? AND id = ?"),
    see: db.prepare("UPDATE finding SET comment = ?, addressed = ?, set_aside = ? WHERE rowid = ?"),
    forgetVotes: db.prepare("DELETE FROM vote WHERE finding = ?"),
    vote: db.prepare("INSERT OR REPLACE INTO vote (finding, login, vote) VALUES (?, ?, ?)"),
    ignore: db.prepare("INSERT OR IGNORE INTO ignored (finding, login) VALUES (?, ?)"),
    state: db.prepare("SELECT addressed, set_aside AS setAside FROM finding WHERE rowid = ?"),
    votes: db.prepare("SELECT login, vote FROM vote WHERE finding = ?"),
    ignoredBy: db.prepare("SELECT login FROM ignored WHERE finding = ?"),
    answer: db.prepare("UPDATE finding SET answer = ? WHERE rowid = ?"),
    lessons: db.prepare(`
      SELECT id, kind, pull, path, words, code, answer
      FROM finding WHERE repository = ? AND answer IS NOT NULL ORDER BY rowid`),
    said: db.prepare("SELECT kind, at, answer FROM finding WHERE repository = ?"),
    forgetRepository: db.prepare("DELETE FROM finding WHERE repository = ?"),
  };
}

function noteSeen(sql: Statements, pull: PullKey, { id, comment, votes, addressed, setAside }: SeenFinding): void {
  const row = rowOf(sql, pull, id);
  if (row === null) return;
  sql.see.run([comment, addressed ? 1 : 0, setAside ? 1 : 0, row]);
  sql.forgetVotes.run([row]);
  for (const { login, vote } of votes) sql.vote.run([row, login, vote]);
  answer(sql, row);
}

function rowOf(sql: Statements, pull: PullKey, finding: string): number | null {
  const found = sql.row.get([...key(pull), finding]) as { row: number } | undefined;
  return found?.row ?? null;
}

function answer(sql: Statements, row: number): void {
  const { addressed, setAside } = sql.state.get([row]) as { addressed: number; setAside: number };
  const votes = sql.votes.all([row]) as { login: string; vote: 1 | -1 }[];
  const ignoredBy = (sql.ignoredBy.all([row]) as { login: string }[]).map(({ login }) => login);
  const told = answerOf({ votes, addressed: addressed === 1, setAside: setAside === 1 }, ignoredBy);
  sql.answer.run([told, row]);
}

function openDatabase(file: string): Database.Database {
  const db = openDurableDatabase(
    file,
    (opened) => migrate(opened, file),
    (cause) =>
      new AssistantError(`${file} cannot be opened: ${messageOf(cause)}`, {
        code: "feedback-unusable",
        remedy:
          "Check that it is a SQLite database and writable; moved away, it is forgotten which findings people turned down.",
        cause,
      }),
  );
  db.pragma("foreign_keys = ON");
  return db;
}

function migrate(db: Database.Database, file: string): void {
  migrateTo(
    db,
    schemaVersion,
    () => db.exec(tables),
    () =>
      new AssistantError(`${file} was written by a newer version of this program`, {
        code: "feedback-newer",
        remedy: "Run the newer version again, or move the file away: then no finding counts as turned down.",
      }),
  );
}
