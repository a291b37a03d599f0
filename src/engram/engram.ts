/** PORT of the engram stage: a repository's memory at one commit. */

/** About 40 lines of one file. Lines are 1-based and inclusive. */
export interface Chunk {
  path: string;
  startLine: number;
  endLine: number;
}

export interface ChunkHit extends Chunk {
  /** Exact BM25 of the chunk for the query. Ties are broken by path, then line. */
  score: number;
}

export interface SearchOptions {
  /** Number of hits, best first. */
  k: number;
  /** Keep only paths for which this returns true. */
  filter?: (path: string) => boolean;
  /** Count path tokens as well (queries in words: yes; clones of code: no). Default true. */
  paths?: boolean;
}

export interface EngramInfo {
  /** The commit whose tree this engram equals. */
  commit: string;
  files: number;
  indexedFiles: number;
  chunks: number;
  formatVersion: number;
  encoderVersion: number;
  kernel: "native" | "js";
}

/** What an update did. `read` counts blobs: it is the size of the change, not of the repository. */
export interface UpdateReport {
  from: string | null;
  to: string;
  added: number;
  removed: number;
  read: number;
  ms: number;
}

/** The read side, the same for the engram of a branch and for an overlay of a pull request on it. */
export interface EngramView {
  info(): EngramInfo;
  /** Every path of the tree, indexed or not, sorted. */
  paths(): string[];
  /** Text of an indexed file (UTF-8, line ends as stored), or null where there is none. */
  text(path: string): string | null;
  /** Chunks whose tokens are most like the query's. */
  search(query: string, options: SearchOptions): ChunkHit[];
  /** Paths of indexed files that hold this identifier (whole, case-sensitive match is the caller's), sorted. */
  pathsWithToken(identifier: string): string[];
}

export interface Engram extends EngramView {
  /** A read-only view with these files replaced (text) or removed (null). The engram itself is unchanged. */
  overlay(files: ReadonlyMap<string, string | null>, commit: string): EngramView;
  close(): void;
}

/** Opens and updates engrams; one implementation keeps them in SQLite files, one in memory. */
export interface EngramStore {
  /**
   * Brings the engram called `key` to the tree of `commit` in `gitDir` and returns it open.
   * Diffs its own manifest against that tree, so a forced push or a lost event is nothing special.
   * Throws AssistantError `engram-corrupt` | `engram-newer` with the remedy.
   */
  update(
    key: string,
    gitDir: string,
    commit: string,
    options?: UpdateOptions,
  ): Promise<{ engram: Engram; report: UpdateReport }>;
  close(): void;
}

export interface UpdateOptions {
  signal?: AbortSignal;
  /** Called now and then on long updates. */
  onProgress?: (done: number, total: number) => void;
}
