import { createExclusive } from "../shared/exclusive.ts";
import { limits } from "../shared/limits.ts";
import { type CommitsFile, openCommitsFile } from "./commits-file.ts";
import { DamagedFile, derivedFile, removeDerivedDatabase, withDerivedErrors } from "./derived-database.ts";
import type { HistoryReport, HistoryStore, HistoryUpdateOptions } from "./history.ts";
import type { HistoryStoreOptions } from "./memory-history-store.ts";
import { createKnownHistory, type HistoryKeeper, type KnownHistory, updateHistory } from "./update-history.ts";

export interface SqliteHistoryStoreOptions extends HistoryStoreOptions {
  /** The history of KEY is the file DIRECTORY/KEY.commits. */
  directory: string;
}

/**
 * One SQLite file for each repository, which any number of processes may share. What is read is kept batch by batch, each in
 * one transaction, parents first: a process that is killed loses one batch. A file that is damaged, or of another format, is
 * begun afresh. Errors: AssistantError `bad-history-key`, `history-unusable`.
 */
export function createSqliteHistoryStore({
  directory,
  limit = limits.historyCommits,
}: SqliteHistoryStoreOptions): HistoryStore {
  /** Those that were asked for last. */
  const opened = new Map<string, OpenHistory>();
  const oneAtATime = createExclusive();

  async function update(key: string, gitDir: string, commits: readonly string[], options: HistoryUpdateOptions) {
    const file = derivedFile(directory, key, "commits");
    const history = opened.get(key) ?? { known: createKnownHistory(limit), last: 0 };
    opened.delete(key);
    const report = await updateFile(file, history, gitDir, commits, { ...options, limit });
    opened.set(key, history);
    for (const other of [...opened.keys()].slice(0, -limits.openHistories)) opened.delete(other);
    return { index: history.known.index, report };
  }

  return {
    update: (key, gitDir, commits, options = {}) =>
      oneAtATime(key, async () => {
        try {
          return await update(key, gitDir, commits, options);
        } catch (error) {
          if (!(error instanceof DamagedFile)) throw error;
          opened.delete(key);
          removeDerivedDatabase(derivedFile(directory, key, "commits"));
          return update(key, gitDir, commits, options);
        }
      }),
    close: () => opened.clear(),
  };
}

interface OpenHistory {
  known: KnownHistory;
  /** Number of the last commit that was read from the file or kept in it. What others kept before it is read from git again. */
  last: number;
}

/** The file is opened only where memory does not have the answer. */
async function updateFile(
  file: string,
  history: OpenHistory,
  gitDir: string,
  commits: readonly string[],
  options: HistoryUpdateOptions & { limit: number },
): Promise<HistoryReport> {
  let commitsFile: CommitsFile | null = null;
  const keeper: HistoryKeeper = {
    catchUp: () =>
      withDerivedErrors(file, () => {
        commitsFile = openCommitsFile(file);
        catchUp(history, commitsFile);
      }),
    keep: (records) =>
      withDerivedErrors(file, () => {
        history.last = commitsFile?.keep(records) ?? history.last;
      }),
    keepReadBack: (commit, size) => withDerivedErrors(file, () => commitsFile?.keepReadBack(commit, size)),
  };
  try {
    return await updateHistory(history.known, keeper, gitDir, commits, options);
  } finally {
    (commitsFile as CommitsFile | null)?.close();
  }
}

function catchUp(history: OpenHistory, file: CommitsFile): void {
  const { last, records, readBack } = file.read(history.last);
  const { log } = history.known;
  history.last = last;
  for (const record of records) {
    const index = log.indexOf(record.commit.commit);
    if (index === undefined || log.isCut(index)) log.add(record);
  }
  for (const [commit, size] of readBack) history.known.readBack.set(commit, size);
}
