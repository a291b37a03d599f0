/** PORT of the intake stage: what people said of a pull request and what was done there, which GitHub does not keep for us. */
import type { RepositoryId } from "../shared/repository.ts";

export interface PullNotes {
  /** What is kept of a pull request; of one that nothing is known of, the same as of a new one. */
  read(pull: PullKey): PullNote;
  /**
   * Sets whether nothing is said unasked. A command that was written before one that took effect changes nothing: after a
   * failure commands may run in another order.
   */
  setPaused(pull: PullKey, paused: boolean, commentId: number): void;
  /** A finding, by its id, that is not said again; saying so twice changes nothing. */
  ignoreFinding(pull: PullKey, finding: string, by: string): void;
  /** Remembers what was reviewed last: head and base branch, as one text. */
  setReviewed(pull: PullKey, reviewed: string): void;
  /** Remembers which note on a change of the configuration stands on GitHub; null: none. */
  setConfigurationNote(pull: PullKey, digest: string | null): void;
  /** It was closed: what is kept goes after limits.closedPullDays, unless anything is noted again. */
  close(pull: PullKey): void;
  /** It is open, also where it was closed before. */
  keepOpen(pull: PullKey): void;
  /** Whether this text is what was reported last for this repository. */
  isReported(repository: string, text: string): boolean;
  setReported(repository: string, text: string): void;
  /** The commit up to which pushes to a branch were looked at; "" where it began with a push not looked at yet; else null. */
  readBranch(repository: string, branch: string): string | null;
  setBranch(repository: string, branch: string, upTo: string): void;
  /** A check run of ours is open now, and is to be ended whatever becomes of its review. */
  noteOpenCheck(check: OpenCheck): void;
  forgetOpenCheck(check: Pick<OpenCheck, "repository" | "about" | "head">): void;
  /** Those that were begun before a time, epoch ms. */
  openChecks(before: number): OpenCheck[];
  /** Somebody wants what was asked for on an issue or pull request before this to end. */
  noteStop(pull: PullKey, stop: Stop): void;
  /** The newest one. */
  readStop(pull: PullKey): Stop | null;
  shut(): void;
}

export interface Stop {
  /** ISO time of the comment that said so, and its id. */
  at: string;
  comment: number;
  /** Login. */
  by: string;
}

export interface OpenCheck {
  repository: RepositoryId;
  installationId: number;
  /** By which the check run is known again. */
  about: string;
  /** Commit id. */
  head: string;
}

export interface PullKey {
  /** repositoryKey. */
  repository: string;
  number: number;
}

export interface PullNote {
  paused: boolean;
  /** Ids of findings, with the login of who asked for it. */
  ignored: ReadonlyMap<string, string>;
  reviewed: string | null;
  configurationNote: string | null;
}
