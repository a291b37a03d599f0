/** TYPE FILE of the calibration stage: warnings that were shown to past pull requests, and which of them proved right. */

export type WarningKind = "companion" | "paired-test" | "near-copy" | "dangling-reference" | "undone" | "model";

/** One warning at the first commit of a pull request. Plain data, so that it can be stored by `judgementKey`. */
export interface JudgedWarning {
  kind: WarningKind;
  /** What of this kind it was, by how sure the finder is: one of `bands` (bands.ts). */
  band: string;
  pull: number;
  /** Path that it points to. */
  path: string;
  /** Whether the pull request's own final state did what it says; of a model's finding, whether it changed the line before it ended. */
  right: boolean;
  /** 0..1: how often the same would have come true for something as busy that was not named; null where nothing is like it. */
  chance: number | null;
}

export interface CalibrationRow {
  kind: WarningKind;
  band: string;
  warnings: number;
  /** Pull requests that these warnings were about. */
  pulls: number;
  right: number;
  /** right / warnings. */
  precision: number;
  /** Mean chance of the warnings that have one, 0..1; null where none has. */
  chance: number | null;
  /**
   * Lower bound of the precision (wilson.ts), by warnings or by pull requests, whichever is lower: ten warnings of one
   * kind in one pull request stand and fall together.
   */
  lower: number;
}
