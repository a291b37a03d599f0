/** PORT of the calibration stage, second part: how often each kind of warning proved right in a repository's own past. */
import type { CalibrationRow, JudgedWarning } from "./judged-warning.ts";

export interface Calibration {
  /** Pull requests that were judged. */
  pulls: number;
  /** By kind and band, surest first; bands without a warning are not listed. */
  rows: CalibrationRow[];
  /** The commit of the default branch that the pull requests were placed by. */
  commit: string;
  /** Epoch ms. */
  learntAt: number;
  /** False where there was no time for all of them yet. */
  complete: boolean;
}

export interface Judgements extends Pick<Calibration, "commit" | "learntAt" | "complete"> {
  /** By `judgementKey`, so that no pull request is judged twice. */
  judged: ReadonlyMap<string, JudgedWarning[]>;
}

/** Kept beside the history of a repository; what is lost is judged again. */
export interface CalibrationStore {
  /** Null where nothing was judged yet. */
  read(key: string): Judgements | null;
  write(key: string, judgements: Judgements): void;
}
