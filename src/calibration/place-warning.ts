import { limits } from "../shared/limits.ts";
import type { CalibrationTable } from "./calibration.ts";
import type { WarningKind } from "./judged-warning.ts";

/** Where a warning may stand: on its lines; in the summary, among what the change leaves alone; or nowhere. */
export interface WarningPlace {
  placement: "inline" | "summary" | "nowhere";
  /** The figures behind it, as one clause. */
  reason: string;
}

/** Wherever it stands, a warning must be this many times as often right as something as busy that nobody warns of. */
const TIMES_CHANCE = 3;

/** Lower bound of a share: what is too weak to be told by itself must have been right more often than not. */
const RIGHT_MORE_OFTEN = 0.5;

/** Whether the past says with confidence that warnings of this band are right more often than not, and well above chance. */
export function isBorneOut(
  calibration: CalibrationTable | null,
  { kind, band }: { kind: WarningKind; band: string },
): boolean {
  return placeWarning(calibration, { kind, band, precision: RIGHT_MORE_OFTEN })?.placement === "inline";
}

/**
 * By the repository's own pull requests: inline where the lower bound of the precision reaches what the maintainer asks, in the
 * summary where that is not so; nowhere where it is not well above chance. Null where too few were judged, or none of this band:
 * nobody knows.
 */
export function placeWarning(
  calibration: CalibrationTable | null,
  { kind, band, precision }: { kind: WarningKind; band: string; precision: number },
): WarningPlace | null {
  if (calibration === null || calibration.pulls < limits.calibratedPullsLeast) return null;
  const row = calibration.rows.find((one) => one.kind === kind && one.band === band);
  if (row === undefined || row.warnings < limits.calibratedWarningsLeast) return null;
  const reason = `${row.right} of ${row.warnings} such warnings proved right in ${row.pulls} past pull requests here`;
  // Without anything to compare with, half of them must be right.
  const wanted = row.chance === null ? 0.5 : TIMES_CHANCE * row.chance;
  if (row.precision < wanted || row.right === 0) return { placement: "nowhere", reason };
  return { placement: row.lower >= precision ? "inline" : "summary", reason };
}
