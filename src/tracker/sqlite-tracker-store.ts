import { existsSync } from "node:fs";
import { join } from "node:path";
import type Database from "libsql";
import { AssistantError } from "../shared/errors.ts";
import { createExclusive } from "../shared/exclusive.ts";
import { limits } from "../shared/limits.ts";
import type { IssueVectors } from "./issue-vectors.ts";
import { createSqliteIssueVectors } from "./sqlite-issue-vectors.ts";
import { createSqliteRows } from "./sqlite-tracker-rows.ts";
import { syncTracker, TrackerPurgedError } from "./sync-tracker.ts";
import { isDamage, openTrackerDatabase, removeTrackerDatabase } from "./tracker-database.ts";
import type { TrackerSource } from "./tracker.ts";
import type { KeptTrackerStore, TrackerSyncReport } from "./tracker-keeper.ts";
import { isEmpty, type RecordKind, type TrackerRows } from "./tracker-rows.ts";

interface Opened {
  db: Database.Database;
  rows: TrackerRows;
  vectors: IssueVectors;
}

/**
 * One SQLite file for each repository: KEY is the file DIRECTORY/KEY.tracker. Each page is saved in one transaction with
 * how far it reaches, so a process that is killed leaves whole pages, and the next sync goes on behind them.
 */
export function createSqliteTrackerStore({ directory }: { directory: string }): KeptTrackerStore {
  /** What could not be read is begun afresh by the next sync, not while somebody reads. */
  const damaged = new Set<string>();
  const { openedAt, isOpen, shut, shutAll, syncing } = createOpenTrackers(directory, (key) => damaged.add(key));
  const inTurn = createExclusive();

  function remove(key: string): void {
    shut(key);
    removeTrackerDatabase(trackerPath(directory, key));
  }

  async function sync(key: string, source: TrackerSource, signal: AbortSignal | undefined): Promise<TrackerSyncReport> {
    if (damaged.delete(key)) remove(key);
    const one = openedAt(key);
    const rows = guarded(one.rows, () => isOpen(key, one) && existsSync(trackerPath(directory, key)));
    syncing.add(key);
    try {
      return await syncTracker(rows, source, signal);
    } catch (error) {
      if (isDamage(error)) damaged.add(key);
      throw error;
    } finally {
      syncing.delete(key);
    }
  }

  function forget(key: string, kind: RecordKind, id: number): void {
    if (existsSync(trackerPath(directory, key))) openedAt(key).rows.forget(kind, id);
  }

  /** What cannot be read, or is gone meanwhile, is computed again. */
  function withVectors<T>(key: string, use: (vectors: IssueVectors) => T, otherwise: T): T {
    if (!existsSync(trackerPath(directory, key))) return otherwise;
    try {
      return use(openedAt(key).vectors);
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.add(key);
      return otherwise;
    }
  }

  return {
    sync: (key, source, { signal } = {}) => inTurn(key, () => sync(key, source, signal)),
    open(key) {
      if (!existsSync(trackerPath(directory, key))) return null;
      const { tracker } = openedAt(key).rows;
      return isEmpty(tracker) ? null : tracker;
    },
    vectors: (key) => ({
      read: (encoder) => withVectors(key, (vectors) => vectors.read(encoder), []),
      save: (encoder, saved) => withVectors(key, (vectors) => vectors.save(encoder, saved), undefined),
      stamp: () => withVectors(key, (vectors) => vectors.stamp(), ""),
    }),
    forgetIssue: (key, number) => forget(key, "issues", number),
    forgetComment: (key, id) => forget(key, "comments", id),
    forgetReviewComment: (key, id) => forget(key, "reviewComments", id),
    purge: remove,
    close: shutAll,
  };
}

/** The repositories whose files are open: limits.openTrackers of them, those that were used last, and whatever is being synced. */
function createOpenTrackers(directory: string, onDamage: (key: string) => void) {
  /** Those that were used last at the end. */
  const opened = new Map<string, Opened>();
  const syncing = new Set<string>();

  function openedAt(key: string): Opened {
    const file = trackerPath(directory, key);
    const known = opened.get(key);
    // Another process may have purged it.
    if (known && existsSync(file)) {
      opened.delete(key);
      opened.set(key, known);
      return known;
    }
    if (known) shut(key);
    const db = openTrackerDatabase(file);
    const rows = createSqliteRows(db, () => onDamage(key));
    const one: Opened = { db, rows, vectors: createSqliteIssueVectors(db) };
    opened.set(key, one);
    letGo();
    return one;
  }

  /** Not shut: who reads one of them goes on reading. It is closed, and what was computed of it is gone, once nobody does. */
  function letGo(): void {
    const idle = [...opened.keys()].filter((key) => !syncing.has(key));
    for (const key of idle.slice(0, -limits.openTrackers)) opened.delete(key);
  }

  function shut(key: string): void {
    opened.get(key)?.db.close();
    opened.delete(key);
  }

  function shutAll(): void {
    for (const key of opened.keys()) shut(key);
  }

  return { openedAt, isOpen: (key: string, one: Opened) => opened.get(key) === one, shut, shutAll, syncing };
}

/** Rows that refuse to be written once they are not the repository's any more: a sync may be waiting for GitHub meanwhile. */
function guarded(rows: TrackerRows, stands: () => boolean): TrackerRows {
  const check = (): void => {
    if (!stands()) throw new TrackerPurgedError("the repository was purged");
  };
  return {
    tracker: rows.tracker,
    save: (page) => (check(), rows.save(page)),
    linksDue: (most) => (check(), rows.linksDue(most)),
    saveLinks: (issue, updatedAt, links) => (check(), rows.saveLinks(issue, updatedAt, links)),
    trim: (kind, most) => (check(), rows.trim(kind, most)),
    forget: (kind, id) => rows.forget(kind, id),
  };
}

/** Keys come from GitHub's names, and become paths. */
function trackerPath(directory: string, key: string): string {
  if (key.split("/").some((part) => ["", ".", ".."].includes(part) || /[\\\0]/.test(part))) {
    throw new AssistantError(`"${key}" cannot name a tracker`, {
      code: "bad-tracker-key",
      remedy: "Name it HOST/OWNER/NAME.",
    });
  }
  return join(directory, `${key}.tracker`);
}
