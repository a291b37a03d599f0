import type Database from "libsql";
import { openDurableDatabase } from "../shared/durable-database.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { Ask, AskLimit } from "./ask-limit.ts";

/** What is older than a window counts for nothing, so that another layout may simply begin anew under another name. */
const tables = `
  CREATE TABLE IF NOT EXISTS asked_v1 (
    repository TEXT NOT NULL,
    comment    INTEGER NOT NULL,
    refusal    INTEGER NOT NULL,
    sender     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (repository, comment, refusal)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS asked_v1_at ON asked_v1 (at);
`;

/**
 * Questions of the last window in one SQLite file, which the processes of one machine may share.
 * Errors: AssistantError `ask-limit-unusable`.
 */
export function openSqliteAskLimit(file: string, now: () => number = Date.now): AskLimit {
  const db = openDatabase(file);
  const known = db.prepare("SELECT 1 FROM asked_v1 WHERE repository = ? AND comment = ? AND refusal = ?");
  const ofSender = db.prepare(
    "SELECT count(*) AS asks FROM asked_v1 WHERE repository = ? AND refusal = ? AND sender = ? AND at > ?",
  );
  const ofRepository = db.prepare(
    "SELECT count(*) AS asks FROM asked_v1 WHERE repository = ? AND refusal = 0 AND at > ?",
  );
  const insert = db.prepare("INSERT INTO asked_v1 (repository, comment, refusal, sender, at) VALUES (?, ?, ?, ?, ?)");
  const forget = db.prepare("DELETE FROM asked_v1 WHERE at <= ?");
  const count = (row: unknown): number => (row as { asks: number }).asks;

  /** In one transaction, so that two workers do not both take the last place. */
  function note({ repository, sender, comment }: Ask, refusal: 0 | 1, fits: (since: number) => boolean): boolean {
    return db
      .transaction(() => {
        const since = now() - limits.askWindowMs;
        forget.run([since]);
        if (known.get([repository, comment, refusal]) !== undefined) return true;
        if (!fits(since)) return false;
        insert.run([repository, comment, refusal, sender.toLowerCase(), now()]);
        return true;
      })
      .immediate();
  }

  return {
    take: (ask) =>
      note(ask, 0, (since) => {
        const { repository, sender } = ask;
        const own = count(ofSender.get([repository, 0, sender.toLowerCase(), since]));
        return own < limits.asksOfPerson && count(ofRepository.get([repository, since])) < limits.asksOfRepository;
      }),
    mayRefuse: (ask) =>
      note(ask, 1, (since) => count(ofSender.get([ask.repository, 1, ask.sender.toLowerCase(), since])) === 0),
    shut: () => void db.close(),
  };
}

function openDatabase(file: string): Database.Database {
  return openDurableDatabase(
    file,
    (db) => db.exec(tables),
    (cause) =>
      new AssistantError(`${file} cannot be opened: ${messageOf(cause)}`, {
        code: "ask-limit-unusable",
        remedy: "Check that it is a SQLite database and writable; moved away, questions are counted anew.",
        cause,
      }),
  );
}
