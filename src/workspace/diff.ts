/** TYPE FILE of the workspace stage: a change as the rest of the program sees it. */

export interface DiffLine {
  kind: " " | "+" | "-";
  /** 1-based line in the old file; null on "+" lines. */
  oldLine: number | null;
  /** 1-based line in the new file; null on "-" lines. */
  newLine: number | null;
  /** Without the marker and without the line end. */
  text: string;
}

export interface Hunk {
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  lines: DiffLine[];
}

export type FileStatus = "added" | "modified" | "deleted" | "renamed" | "mode-changed";

export interface FileDiff {
  /** Path after the change (before it, for a deleted file). */
  path: string;
  /** Path before the change; differs from `path` only for renames. */
  oldPath: string;
  status: FileStatus;
  binary: boolean;
  /** Blob ids; null where the side does not exist or is no file (a symbolic link, a submodule). */
  oldBlob: string | null;
  newBlob: string | null;
  /** Three lines of context. Empty for binary files, submodules and pure renames. */
  hunks: Hunk[];
  /** Whether either side is a symbolic link; its only line is the path that it leads to. */
  link?: boolean;
  /** Commits that a submodule points to; null on the side where there is none. */
  submodule?: { before: string | null; after: string | null };
  /** Whether it counts as binary for its size alone. */
  oversized?: boolean;
  /** What the repository itself calls the file, as of the base; absent where it says nothing. */
  said?: { what: "generated" | "vendored" | "binary" | "hand-written"; by: ".gitattributes" | "its first lines" };
}

/** A change: the diff from the merge base to the head. */
export interface Change {
  /** The merge base, full object id. */
  base: string;
  head: string;
  files: FileDiff[];
  /** Files left out because of a limit, named in the coverage block. */
  unread: { path: string; reason: string }[];
}
