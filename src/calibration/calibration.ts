/** PORT of the calibration stage, second part: how often each kind of warning proved right in a repository's own past. */
import type { CalibrationRow, JudgedWarning } from "./judged-warning.ts";

export interface CalibrationTable {
  /** Pull requests that were judged. */
  pulls: number;
  /** By kind and band, surest first; bands without a warning are not listed. */
  rows: CalibrationRow[];
}

export interface Calibration extends CalibrationTable {
  /** The commit of the default branch that the pull requests were placed by. */
  commit: string;
  /** Epoch ms. */
  learntAt: number;
  /** False where there was no time for all of them yet. */
  complete: boolean;
  /** The same of what models say, each by its `modelKey`: one model's record says nothing of another's. Absent: of none. */
  models?: ReadonlyMap<string, CalibrationTable>;
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

/** What models would have said of past pull requests: by `modelKey`, then by `modelJudgementKey`. */
export type ModelJudgements = ReadonlyMap<string, ReadonlyMap<string, JudgedWarning[]>>;

/** As CalibrationStore, for what models say. */
export interface ModelCalibrationStore {
  read(key: string): ModelJudgements;
  /** Adds what a model would have said of one pull request, or replaces it. */
  add(key: string, model: string, judgement: string, said: JudgedWarning[]): void;
}
