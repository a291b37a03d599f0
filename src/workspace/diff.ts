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
  /** Blob ids; null where the side does not exist or is no file (a submodule). */
  oldBlob: string | null;
  newBlob: string | null;
  /** Three lines of context. Empty for binary files and pure renames. */
  hunks: Hunk[];
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
