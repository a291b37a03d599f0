/** PORT of the history stage: what a repository's commits did, read from plain git and kept between runs. */

export interface CommitAuthor {
  name: string;
  email: string;
}

export interface PastCommit {
  commit: string;
  parents: string[];
  /** Committer time, seconds since 1970. */
  time: number;
  author: CommitAuthor;
  subject: string;
  /** The rest of the message, cut at limits.commitMessageCharacters. */
  body: string;
  /** Paths that it changed against its first parent, by the names that they have at `History.at`. None for merges. */
  files: string[];
}

/** The past of one commit: nothing newer is seen. */
export interface History {
  /** Full commit id. */
  at: string;
  /** `at` and what it descends from, newest first (children before parents), at most limits.historyCommits. */
  commits: readonly PastCommit[];
  /** Whether older commits were left out by the limit. */
  truncated: boolean;
  /** Whether git itself lacks older commits (a shallow clone). */
  shallow: boolean;
  /** Position in `commits`, or null where it is not among them. */
  positionOf(commit: string): number | null;
  /** Positions of the parents of the commit at a position, first parent first; -1 for one that is not in `commits`. */
  parentsOf(position: number): readonly number[];
  /** Positions of the commits that changed a path, newest first. */
  commitsOf(path: string): readonly number[];
  /** Commits whose messages share words with these, best first: exact BM25 over the messages of `commits`. */
  searchMessages(words: readonly string[], k: number): { position: number; score: number }[];
}

/** Commits of one repository, in memory. */
export interface HistoryIndex {
  /** The past of a commit that was read. Throws Error for one that was not: update the store to it first. */
  at(commit: string): History;
}

export interface HistoryReport {
  /** Commits read from git this time: the size of what is new, not of the history. */
  read: number;
  ms: number;
}

/** Keeps histories by key. A commit's record depends on the commit alone, so a forced push is nothing special. */
export interface HistoryStore {
  /** Reads what these commits' pasts hold and the index lacks. Reads commits and trees, no file. */
  update(
    key: string,
    gitDir: string,
    commits: readonly string[],
    options?: HistoryUpdateOptions,
  ): Promise<{ index: HistoryIndex; report: HistoryReport }>;
  close(): void;
}

export interface HistoryUpdateOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}
