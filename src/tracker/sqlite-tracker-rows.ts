import type Database from "libsql";
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

/** Rows in an open database. Each change is one transaction; those of several processes may take turns. */
export function createSqliteRows(db: Database.Database): TrackerRows {
  const sql = prepareStatements(db);
  const all = <T>(run: () => T): T => db.transaction(run).immediate();
  return {
    tracker: trackerOf(sql),
    save: (page) => all(() => savePage(sql, page)),
    linksDue: (most) => sql.linksDue.all([most]) as { issue: number; updatedAt: string }[],
    saveLinks: (issue, updatedAt, links) =>
      all(() => {
        const text = JSON.stringify(links);
        const differs = ((sql.links.get([issue]) as { links: string } | undefined)?.links ?? "[]") !== text;
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
    links: db.prepare("SELECT links FROM timeline WHERE issue = ?"),
    linksDue: db.prepare(`
      SELECT id AS issue, record.updated_at AS updatedAt FROM record LEFT JOIN timeline ON timeline.issue = record.id
      WHERE kind = 'issues' AND wants_links = 1 AND timeline.updated_at IS NOT record.updated_at
      ORDER BY record.updated_at DESC, id DESC LIMIT ?`),
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

function trackerOf(sql: Statements): Tracker {
  return {
    issues: () => ({ [Symbol.iterator]: () => records<TrackedIssue>(sql, "issues") }),
    issue(number) {
      const found = sql.one.get(["issues", number]) as { text: string } | undefined;
      return found ? (JSON.parse(found.text) as TrackedIssue) : null;
    },
    comments: (issue) =>
      (sql.bySubject.all(["comments", issue]) as { text: string }[]).map(
        ({ text }) => JSON.parse(text) as TrackedComment,
      ),
    links(issue) {
      const found = sql.links.get([issue]) as { links: string } | undefined;
      return found ? (JSON.parse(found.links) as TrackedLink[]) : [];
    },
    reviewComments: () => ({ [Symbol.iterator]: () => records<TrackedReviewComment>(sql, "reviewComments") }),
    readTo() {
      const marks = new Map(
        (sql.marks.all([]) as { kind: RecordKind; updatedAt: string }[]).map((row) => [row.kind, row.updatedAt]),
      );
      const at = (kind: RecordKind): string | null => marks.get(kind) ?? null;
      return { issues: at("issues"), comments: at("comments"), reviewComments: at("reviewComments") };
    },
  };
}

/** In batches: a statement that stays open between two records would keep others from writing. */
function* records<T>(sql: Statements, kind: RecordKind): Generator<T> {
  let last = 0;
  for (;;) {
    const rows = sql.after.all([kind, last]) as { id: number; text: string }[];
    if (rows.length === 0) return;
    for (const { id, text } of rows) {
      last = id;
      yield JSON.parse(text) as T;
    }
  }
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
