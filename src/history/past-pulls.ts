/** PORT of the history stage, third part: past pull requests as plain git shows them (`refs/pull/N/head`). */
import type { HistoryReport, HistoryUpdateOptions } from "./history.ts";

/** Lines of one file that a diff touches, on its old side. 1-based, inclusive. */
export interface TouchedFile {
  /** Path on the old side; on the new side where the file is new. */
  path: string;
  /** Path on the new side; differs for renames only. */
  newPath: string;
  ranges: [start: number, end: number][];
}

export interface PastPull {
  number: number;
  /** The newest commit that `refs/pull/N/head` was seen at. */
  head: string;
  /** Where it left the default branch. */
  base: string;
  /** Default-branch commit that its final state is compared with: the newest one merged into it, or `base`. */
  finalBase: string;
  /** Its own commits, oldest first: first parents without merges. The first is `commits[0]`, the final state is `head`. */
  commits: string[];
  /** The default-branch commit that brought it in (merge or squash), or null: not merged, or not known. */
  mergedAs: string | null;
  /** Subject of `mergedAs`, else of its first commit. */
  subject: string;
  author: string;
  /** Committer time of `head`, seconds since 1970. */
  time: number;
  /** What its final state changes against `finalBase`. */
  files: TouchedFile[];
}

export interface PastPulls {
  /** Newest first. */
  pulls: readonly PastPull[];
  /** Refs that could not be used, by reason (`no-common-base`, `no-own-commits`, `unreadable`). */
  leftOut: Readonly<Record<string, number>>;
}

export interface PastPullsStore {
  /**
   * Reads the pull requests whose head moved since the last time, at most limits.pullsRead of the newest.
   * @param defaultCommit newest commit of the default branch
   */
  update(
    key: string,
    gitDir: string,
    defaultCommit: string,
    options?: HistoryUpdateOptions,
  ): Promise<{ pulls: PastPulls; report: HistoryReport }>;
  close(): void;
}
