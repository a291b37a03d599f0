import type Database from "libsql";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { isDamage } from "./tracker-database.ts";
import type { TrackedComment, TrackedIssue, TrackedLink, TrackedReviewComment, Tracker } from "./tracker.ts";
import {
  idOf,
  newestOf,
  type RecordKind,
  subjectOf,
  type TrackerPage,
  type TrackerRows,
  wantsLinks,
} from "./tracker-rows.ts";

/**
 * Rows in an open database. Each change is one transaction; those of several processes may take turns. `onDamage` hears
 * when something cannot be read.
 */
export function createSqliteRows(db: Database.Database, onDamage: () => void): TrackerRows {
  const sql = prepareStatements(db);
  const all = <T>(run: () => T): T => db.transaction(run).immediate();
  return {
    tracker: trackerOf(sql, onDamage),
    save: (page) => all(() => savePage(sql, page)),
    linksDue: (most) => sql.linksDue.all([most]) as { issue: number; updatedAt: string }[],
    saveLinks: (issue, updatedAt, links) =>
      all(() => {
        const text = JSON.stringify(links);
        const differs = ((sql.links.get([issue]) as { text: string } | undefined)?.text ?? "[]") !== text;
        sql.saveLinks.run([issue, updatedAt, text, issue]);
        return differs;
      }),
    trim: (kind, most) =>
      all(() => {
        for (const { id } of sql.oldest.all([kind, most]) as { id: number }[]) drop(sql, kind, id);
      }),
    forget: (kind, id) =>
      all(() => {
        sql.forget.run([kind, id]);
        drop(sql, kind, id);
        if (kind === "issues") sql.dropSubject.run(["reviewComments", id]);
      }),
  };
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(db: Database.Database) {
  return {
    // An older version of a record may arrive late, from a copy that lags.
    save: db.prepare(`
      INSERT INTO record (kind, id, subject, updated_at, wants_links, text)
      SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM forgotten WHERE kind = ? AND id = ?)
      ON CONFLICT (kind, id) DO UPDATE SET
        subject = excluded.subject, updated_at = excluded.updated_at,
        wants_links = excluded.wants_links, text = excluded.text
      WHERE excluded.updated_at >= record.updated_at AND excluded.text <> record.text`),
    mark: db.prepare(`
      INSERT INTO mark VALUES (?, ?)
      ON CONFLICT (kind) DO UPDATE SET updated_at = max(updated_at, excluded.updated_at)`),
    marks: db.prepare("SELECT kind, updated_at AS updatedAt FROM mark"),
    one: db.prepare("SELECT text FROM record WHERE kind = ? AND id = ?"),
    after: db.prepare("SELECT id, text FROM record WHERE kind = ? AND id > ? ORDER BY id LIMIT 500"),
    bySubject: db.prepare("SELECT text FROM record WHERE kind = ? AND subject = ? ORDER BY id"),
    links: db.prepare("SELECT links AS text FROM timeline WHERE issue = ?"),
    linksDue: db.prepare(`
      SELECT id AS issue, record.updated_at AS updatedAt FROM record LEFT JOIN timeline ON timeline.issue = record.id
      WHERE kind = 'issues' AND wants_links = 1 AND timeline.updated_at IS NOT record.updated_at
      ORDER BY timeline.issue IS NOT NULL, record.updated_at DESC, id DESC LIMIT ?`),
    // Not for an issue that was forgotten meanwhile.
    saveLinks: db.prepare(`
      INSERT OR REPLACE INTO timeline
      SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM record WHERE kind = 'issues' AND id = ?)`),
    oldest: db.prepare("SELECT id FROM record WHERE kind = ? ORDER BY updated_at DESC, id DESC LIMIT -1 OFFSET ?"),
    drop: db.prepare("DELETE FROM record WHERE kind = ? AND id = ?"),
    dropSubject: db.prepare("DELETE FROM record WHERE kind = ? AND subject = ?"),
    dropLinks: db.prepare("DELETE FROM timeline WHERE issue = ?"),
    forget: db.prepare("INSERT OR IGNORE INTO forgotten VALUES (?, ?)"),
  };
}

/** Errors: AssistantError `tracker-damaged`. */
function trackerOf(sql: Statements, onDamage: () => void): Tracker {
  const reading = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      onDamage();
      throw damaged(error);
    }
  };
  const texts = (statement: Statements["bySubject"], ...parameters: (string | number)[]): unknown[] =>
    reading(() => statement.all(parameters) as { text: string }[]).map(({ text }) => JSON.parse(text) as unknown);

  /** In batches: a statement that stays open between two records would keep others from writing. */
  function* records<T>(kind: RecordKind): Generator<T> {
    let last = 0;
    for (;;) {
      const from = last;
      const rows = reading(() => sql.after.all([kind, from]) as { id: number; text: string }[]);
      if (rows.length === 0) return;
      for (const { id, text } of rows) {
        last = id;
        yield JSON.parse(text) as T;
      }
    }
  }

  return {
    issues: () => ({ [Symbol.iterator]: () => records<TrackedIssue>("issues") }),
    issue: (number) => (texts(sql.one, "issues", number)[0] as TrackedIssue | undefined) ?? null,
    comments: (issue) => texts(sql.bySubject, "comments", issue) as TrackedComment[],
    links: (issue) => (texts(sql.links, issue)[0] as TrackedLink[] | undefined) ?? [],
    reviewComments: () => ({ [Symbol.iterator]: () => records<TrackedReviewComment>("reviewComments") }),
    readTo() {
      const rows = reading(() => sql.marks.all([]) as { kind: RecordKind; updatedAt: string }[]);
      const at = (kind: RecordKind): string | null => rows.find((row) => row.kind === kind)?.updatedAt ?? null;
      return { issues: at("issues"), comments: at("comments"), reviewComments: at("reviewComments") };
    },
  };
}

function damaged(cause: unknown): AssistantError {
  return new AssistantError(`what is remembered of GitHub is damaged: ${messageOf(cause)}`, {
    code: "tracker-damaged",
    remedy: "Nothing needs to be done: the next sync begins afresh.",
    transient: true,
    cause,
  });
}

function savePage(sql: Statements, { kind, records: page }: TrackerPage): number {
  let changed = 0;
  for (const record of page) {
    const id = idOf(record);
    const row = [kind, id, subjectOf(record), record.updatedAt, wantsLinks(record) ? 1 : 0, JSON.stringify(record)];
    changed += sql.save.run([...row, kind, id]).changes;
  }
  const newest = newestOf(page);
  if (newest !== null) sql.mark.run([kind, newest]);
  return changed;
}

function drop(sql: Statements, kind: RecordKind, id: number): void {
  sql.drop.run([kind, id]);
  if (kind !== "issues") return;
  sql.dropLinks.run([id]);
  sql.dropSubject.run(["comments", id]);
}
