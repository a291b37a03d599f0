import { performance } from "node:perf_hooks";
import { limits } from "../shared/limits.ts";
import { type CommitLog, createCommitLog } from "./commit-log.ts";
import type { CommitRecord } from "./commit-record.ts";
import type { HistoryIndex, HistoryReport, HistoryUpdateOptions } from "./history.ts";
import { createMessageIndex } from "./message-index.ts";
import { pastOf } from "./past.ts";
import { listCommits, readCommits, shallowCommits } from "./read-commits.ts";

/** The commits of one repository that are in memory, and how far back from which of them everything was read. */
export interface KnownHistory {
  log: CommitLog;
  index: HistoryIndex;
  /** Commits that were asked for, with the size of the past that was read. Only where that is not all of it. */
  readBack: Map<string, number>;
}

/** Keeps what was read; where it is kept for others too, they see one batch after the other. */
export interface HistoryKeeper {
  /** Adds what others kept meanwhile. Called once, before git is asked. */
  catchUp(): void;
  keep(records: readonly CommitRecord[]): void;
  keepReadBack(commit: string, size: number): void;
}

export function createKnownHistory(limit: number): KnownHistory {
  const log = createCommitLog();
  const messages = createMessageIndex(log);
  return {
    log,
    readBack: new Map(),
    index: {
      at(commit) {
        const index = log.indexOf(commit);
        if (index === undefined) throw new Error(`commit ${commit} was not read: update the history to it first`);
        return pastOf(log, messages, index, limit);
      },
    },
  };
}

/** Reads what the pasts of these commits hold and `known` lacks. A gap that a break left shows: a commit lacks its parent. */
export async function updateHistory(
  known: KnownHistory,
  keeper: HistoryKeeper,
  gitDir: string,
  commits: readonly string[],
  options: HistoryUpdateOptions & { limit: number },
): Promise<HistoryReport> {
  const started = performance.now();
  for (const commit of commits) {
    if (!/^[0-9a-f]{40,64}$/.test(commit)) throw new Error(`${JSON.stringify(commit)} is no full commit id`);
  }
  const reading: Reading = { known, keeper, gitDir, cut: new Set(), ...options };
  const unread = (): string[] => commits.filter((commit) => !isReadBack(known, commit, options.limit));
  let read = 0;
  if (unread().length > 0 || known.log.cuts().length > 0) keeper.catchUp();
  if (unread().length > 0 || known.log.cuts().length > 0) {
    reading.cut = await shallowCommits(gitDir, options.signal);
    read += await readHealed(reading);
    // Together first: each by itself would cost a process.
    if (unread().length > 1) read += await readMissing(reading, unread());
    for (const commit of unread()) read += await readPast(reading, commit);
  }
  return { read, ms: performance.now() - started };
}

function isReadBack({ log, readBack }: KnownHistory, commit: string, limit: number): boolean {
  const index = log.indexOf(commit);
  return index !== undefined && (log.isWhole(index) || (readBack.get(commit) ?? 0) >= limit);
}

interface Reading extends HistoryUpdateOptions {
  known: KnownHistory;
  keeper: HistoryKeeper;
  gitDir: string;
  limit: number;
  cut: ReadonlySet<string>;
}

/** A shallow clone that became deeper: what is known to have no parents has some. Another clone may lack it altogether. */
async function readHealed(reading: Reading): Promise<number> {
  const healed = new Set(reading.known.log.cuts().filter((id) => !reading.cut.has(id)));
  return healed.size === 0 ? 0 : readMissing(reading, [...healed], healed);
}

/** Errors: Error where git has no such commit. */
async function readPast(reading: Reading, commit: string): Promise<number> {
  const { known, keeper, limit } = reading;
  const read = await readMissing(reading, [commit]);
  if (known.log.indexOf(commit) === undefined) throw new Error(`git has no commit ${commit}`);
  if (!isReadBack(known, commit, limit)) {
    known.readBack.set(commit, limit);
    keeper.keepReadBack(commit, limit);
  }
  return read;
}

/**
 * Reads the newest commits that these descend from and that are not known.
 * @param again are known, and read all the same
 */
async function readMissing(
  { known: { log }, keeper, gitDir, cut, limit, signal, onProgress }: Reading,
  tips: readonly string[],
  again: ReadonlySet<string> = new Set(),
): Promise<number> {
  const except = again.size > 0 ? [] : log.wholeTips();
  const listed = await listCommits(gitDir, tips, { except, limit, signal });
  // Parents first, mostly: what is known when this is broken off is then known as a whole.
  const missing = listed.filter((id) => log.indexOf(id) === undefined || again.has(id)).toReversed();
  for (let from = 0; from < missing.length; from += limits.historyBatchCommits) {
    const ids = missing.slice(from, from + limits.historyBatchCommits);
    const records = await readCommits(gitDir, ids, cut, signal);
    keeper.keep(records);
    for (const record of records) log.add(record);
    onProgress?.(from + ids.length, missing.length);
  }
  return missing.length;
}
