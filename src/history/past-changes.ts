/** PORT of the history stage, second part: what past commits took out and put in, hunk by hunk, as signed change vectors. */
import type { HistoryReport, HistoryUpdateOptions } from "./history.ts";

/** One hunk of a past commit. Lines are 1-based; a side of no lines has a length of 0. */
export interface PastHunk {
  commit: string;
  /** As the commit names it. */
  path: string;
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
}

export interface PastHunkMatch extends PastHunk {
  /** 0..1: cosine of the two changes under an IDF metric. */
  score: number;
}

/** A hunk to compare with: lines without markers and line ends, without context. */
export interface HunkLines {
  path: string;
  removed: readonly string[];
  added: readonly string[];
}

export interface PastChangesQuery {
  k: number;
  /** Only these commits count: the past of the commit that is asked for. */
  among: (commit: string) => boolean;
  /** Worse matches need not be answered, which is what makes a question quick. Default 0: all that share a word. */
  least?: number;
  /**
   * Only hunks that hold one of these lines, on whichever side, with its own or another usual indentation: few do, and nothing
   * else has to be compared. Given as the same array, it is looked up once for both questions.
   */
  lines?: readonly string[];
}

export interface PastChanges {
  /** Past hunks that this one takes back: it puts in what they took out, and the reverse. Best first. */
  takenBack(hunk: HunkLines, query: PastChangesQuery): PastHunkMatch[];
  /** Past hunks that did the same, here or elsewhere. Best first. */
  repeated(hunk: HunkLines, query: PastChangesQuery): PastHunkMatch[];
  /**
   * The hunks of a path by commit, in the order of the file; commits that called the file otherwise are not among them.
   * Hunks that were too large to be kept are missing, so that what is concluded from places has to be checked.
   */
  hunksOf?(path: string): ReadonlyMap<string, readonly PastHunk[]>;
}

export interface PastChangesStore {
  /**
   * Indexes the hunks of those commits that the store lacks. Reads files; a commit whose files git lacks is left out.
   * @param commits without merges, newest first, at most limits.changeCommits of them are looked at
   */
  update(
    key: string,
    gitDir: string,
    commits: readonly string[],
    options?: HistoryUpdateOptions,
  ): Promise<{ changes: PastChanges; report: HistoryReport }>;
  close(): void;
}
