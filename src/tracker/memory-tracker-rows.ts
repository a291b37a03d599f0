import type { TrackedComment, TrackedIssue, TrackedLink, TrackedReviewComment, Tracker } from "./tracker.ts";
import { TrackerPurgedError } from "./sync-tracker.ts";
import {
  idOf,
  newestOf,
  type RecordKind,
  subjectOf,
  type TrackerPage,
  type TrackerRows,
  wantsLinks,
} from "./tracker-rows.ts";

interface KeptRecord {
  id: number;
  subject: number;
  updatedAt: string;
  wantsLinks: boolean;
  /** JSON: what is handed out is a copy, as from a file. */
  text: string;
}

interface State {
  records: Record<RecordKind, Map<number, KeptRecord>>;
  marks: Record<RecordKind, string | null>;
  forgotten: Record<RecordKind, Set<number>>;
  timelines: Map<number, { updatedAt: string; links: string }>;
}

/** Rows that last as long as the process; `purged` says whether the repository is gone meanwhile. */
export function createMemoryRows(purged: () => boolean): TrackerRows {
  const state: State = {
    records: { issues: new Map(), comments: new Map(), reviewComments: new Map() },
    marks: { issues: null, comments: null, reviewComments: null },
    forgotten: { issues: new Set(), comments: new Set(), reviewComments: new Set() },
    timelines: new Map(),
  };
  return {
    tracker: trackerOf(state),
    save(page) {
      if (purged()) throw new TrackerPurgedError("the repository was purged");
      return savePage(state, page);
    },
    linksDue: (most) => linksDue(state, most),
    saveLinks(issue, updatedAt, links) {
      if (purged()) throw new TrackerPurgedError("the repository was purged");
      const text = JSON.stringify(links);
      const differs = (state.timelines.get(issue)?.links ?? "[]") !== text;
      if (state.records.issues.has(issue)) state.timelines.set(issue, { updatedAt, links: text });
      return differs;
    },
    trim(kind, most) {
      for (const { id } of newestFirst(state.records[kind].values()).slice(most)) drop(state, kind, id);
    },
    forget(kind, id) {
      state.forgotten[kind].add(id);
      drop(state, kind, id);
      if (kind === "issues") dropSubject(state, "reviewComments", id);
    },
  };
}

function trackerOf(state: State): Tracker {
  const { issues, comments, reviewComments } = state.records;
  return {
    issues: () => inOrder(issues.values()).map(read) as TrackedIssue[],
    issue(number) {
      const found = issues.get(number);
      return found ? (read(found) as TrackedIssue) : null;
    },
    comments: (issue) =>
      inOrder(comments.values())
        .filter(({ subject }) => subject === issue)
        .map(read) as TrackedComment[],
    links: (issue) => JSON.parse(state.timelines.get(issue)?.links ?? "[]") as TrackedLink[],
    reviewComments: () => inOrder(reviewComments.values()).map(read) as TrackedReviewComment[],
    readTo: () => ({ ...state.marks }),
  };
}

function read(record: KeptRecord): unknown {
  return JSON.parse(record.text);
}

function inOrder(records: Iterable<KeptRecord>): KeptRecord[] {
  return [...records].sort((a, b) => a.id - b.id);
}

function savePage(state: State, { kind, records }: TrackerPage): number {
  const saved = state.records[kind];
  let changed = 0;
  for (const record of records) {
    const id = idOf(record);
    const { updatedAt } = record;
    const text = JSON.stringify(record);
    const known = saved.get(id);
    if (state.forgotten[kind].has(id) || (known && (known.updatedAt > updatedAt || known.text === text))) continue;
    saved.set(id, { id, subject: subjectOf(record), updatedAt, wantsLinks: wantsLinks(record), text });
    changed++;
  }
  const newest = newestOf(records);
  const mark = state.marks[kind];
  if (newest !== null && (mark === null || newest > mark)) state.marks[kind] = newest;
  return changed;
}

function linksDue(state: State, most: number): { issue: number; updatedAt: string }[] {
  const due = [...state.records.issues.values()].filter(
    (issue) => issue.wantsLinks && state.timelines.get(issue.id)?.updatedAt !== issue.updatedAt,
  );
  const unread = newestFirst(due.filter(({ id }) => !state.timelines.has(id)));
  const changed = newestFirst(due.filter(({ id }) => state.timelines.has(id)));
  return [...unread, ...changed].slice(0, most).map(({ id, updatedAt }) => ({ issue: id, updatedAt }));
}

function newestFirst(records: Iterable<KeptRecord>): KeptRecord[] {
  return [...records].sort((a, b) => (a.updatedAt === b.updatedAt ? b.id - a.id : a.updatedAt < b.updatedAt ? 1 : -1));
}

function drop(state: State, kind: RecordKind, id: number): void {
  state.records[kind].delete(id);
  if (kind !== "issues") return;
  state.timelines.delete(id);
  dropSubject(state, "comments", id);
}

function dropSubject(state: State, kind: RecordKind, subject: number): void {
  for (const record of state.records[kind].values())
    if (record.subject === subject) state.records[kind].delete(record.id);
}
