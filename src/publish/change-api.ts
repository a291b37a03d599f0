/** TYPE FILE of the publish stage: what putting a change on GitHub needs of it, and no more. Implemented over Octokit. */

/** A file of a commit; text null: it is gone. */
export interface ChangedText {
  path: string;
  text: string | null;
  executable: boolean;
}

export interface Branch {
  /** Without `refs/heads/`. */
  name: string;
  /** Commit id. */
  head: string;
}

/** A pull request between two branches of the repository itself. */
export interface ChangePull {
  number: number;
  /** Its page. */
  url: string;
  draft: boolean;
  /** Login of whoever opened it. */
  author: string;
  body: string;
}

export interface NewPull {
  title: string;
  body: string;
  head: string;
  base: string;
}

/** Errors of all: as Publisher.publish; `refused` where GitHub's own rules forbid it, in its words. */
export interface ChangeApi {
  /** All whose names begin so. */
  branches(prefix: string): Promise<Branch[]>;
  /** Commit id; null where there is no such branch. */
  branchHead(name: string): Promise<string | null>;
  commitMessage(commit: string): Promise<string>;
  /** Ids of these files' contents in a commit; null where there is no such file. */
  blobs(commit: string, paths: string[]): Promise<Map<string, string | null>>;
  /** A commit on no branch yet, by us. Gives its id. */
  createCommit(parent: string, message: string, files: ChangedText[]): Promise<string>;
  /** False where there is such a branch already. */
  createBranch(name: string, commit: string): Promise<boolean>;
  /** Forwards only; false where the commit does not follow on what stands there. */
  moveBranch(name: string, commit: string): Promise<boolean>;
  /** Open ones from a branch of this repository. */
  openPulls(branch: string): Promise<ChangePull[]>;
  /** Messages of the commits of a pull request. */
  pullCommits(number: number): Promise<{ id: string; message: string }[]>;
  /** A draft where the repository has these. Null where there is one from this branch already. */
  createPull(pull: NewPull): Promise<ChangePull | null>;
}
