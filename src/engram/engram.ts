/** PORT of the engram stage: a repository's memory at one commit. */
import type { FileRow } from "./file-row.ts";
import type { TreeSource } from "./tree-source.ts";

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
  /** Keep only paths that match one of these (minimatch). */
  globs?: readonly string[];
  /** Keep only files in these languages (languages.ts), for example `typescript`. */
  languages?: readonly string[];
  /** Count path tokens as well (queries in words: yes; clones of code: no). Default true. */
  paths?: boolean;
}

/** A vector of the token space (token-space.ts): distinct ids, any order, with integer or real values. */
export interface TokenVector {
  tokens: Uint32Array;
  values: ArrayLike<number>;
}

export interface EngramInfo {
  /** The commit whose tree this engram equals, or `tree-…` where it came from a folder. */
  commit: string;
  files: number;
  indexedFiles: number;
  chunks: number;
  /** Tokens of all chunks' texts, with repeats. */
  length: number;
  formatVersion: number;
  encoderVersion: number;
  grammars: string;
  seed: number;
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

/** A file of the tree as the engram lists it. */
export type ListedFile = Pick<FileRow, "path" | "mode" | "oid" | "skipped"> & { chunks: number };

/** The read side, the same for the engram of a branch and for an overlay of a pull request on it. */
export interface EngramView {
  info(): EngramInfo;
  /** Every path of the tree, indexed or not, by its UTF-8 bytes. */
  paths(): string[];
  /** Every file of the tree, in the order of `paths`. */
  files(): ListedFile[];
  file(path: string): ListedFile | null;
  /** Chunks of a file; none where it is not indexed or not there. */
  chunks(path: string): Chunk[];
  /** Text of an indexed file (UTF-8, line ends as stored), or null where there is none. */
  text(path: string): string | null;
  /** The full row of a file, or null where there is none. */
  row(path: string): FileRow | null;
  /** Full rows of the indexed files for which `filter` is true, in the order of `paths`. */
  rows(filter?: (path: string) => boolean): Iterable<FileRow>;
  /** In how many chunks each token stands. */
  frequencies(tokens: Uint32Array): Uint32Array;
  /** Chunks whose tokens are most like the query's. */
  search(query: string, options: SearchOptions): ChunkHit[];
  /**
   * Chunks that share most with a vector of token ids of any role, weighted by its positive values times the inverse
   * document frequency; tokens with values of zero or less count nothing. The score is the first step's sum, scaled to
   * BM25; `paths` has no meaning here.
   */
  searchVector(vector: TokenVector, options: SearchOptions): ChunkHit[];
  /** Paths of indexed files that hold this identifier (whole, case-sensitive match is the caller's), sorted. */
  pathsWithToken(identifier: string): string[];
  /** Paths of indexed files that hold this token id, sorted. */
  pathsWithTokenId(token: number): string[];
}

export interface Engram extends EngramView {
  /** A read-only view with these files replaced (text) or removed (null). The engram itself is unchanged. */
  overlay(files: ReadonlyMap<string, string | null>, commit: string): Promise<EngramView>;
  /** Sum of the hypervectors of all chunks, folded to 65,536 dimensions. A copy. */
  hypervector(): Int32Array;
  /** Bytes of a file as they were, or null where the engram has kept none (`keep: "indexed"`) or lists no such file. */
  bytes(path: string): Buffer | null;
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
  /** The same for any source of files. */
  updateFrom(
    key: string,
    source: TreeSource,
    options?: UpdateOptions,
  ): Promise<{ engram: Engram; report: UpdateReport }>;
  /** The engram called `key` as it stands, or null where there is none. */
  open(key: string): Promise<Engram | null>;
  close(): void;
}

export interface UpdateOptions {
  signal?: AbortSignal;
  /** Called now and then on long updates. */
  onProgress?: (done: number, total: number) => void;
}
