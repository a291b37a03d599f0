/** PORT of the workspace stage: a git object store to read from, a mirror of a remote or a clone on this machine. */
export interface Workspace {
  /** Folder to run git in: a bare mirror or the `.git` of a clone. Read only. */
  readonly gitDir: string;
  /** Whether history was cut off (a shallow clone): companions and past commits are then missing, and we say so. */
  readonly shallow: boolean;
  /** Makes the blobs of these commits' trees readable, in one batch: all, or those of some paths. */
  prefetchTrees(commits: string[], paths?: string[]): Promise<void>;
  /** Makes every version of these paths in the history of `commit` readable, in one batch. */
  prefetchHistory(commit: string, paths: string[]): Promise<void>;
  /** Makes every file of every fetched commit readable: what reading whole past changes takes. Long the first time. */
  prefetchAll(): Promise<void>;
}
