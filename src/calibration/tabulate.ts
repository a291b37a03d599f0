import { bandsOf, warningKinds } from "./bands.ts";
import type { CalibrationRow, JudgedWarning } from "./judged-warning.ts";
import { wilsonLower } from "../shared/wilson.ts";

/** One row for each band that a warning fell into, kinds and bands in their order, surest first. */
export function tabulate(judged: readonly JudgedWarning[]): CalibrationRow[] {
  return warningKinds.flatMap((kind) =>
    bandsOf(kind).flatMap((band) => {
      const warnings = judged.filter((warning) => warning.kind === kind && warning.band === band);
      return warnings.length === 0 ? [] : [rowOf(warnings as [JudgedWarning])];
    }),
  );
}

function rowOf(warnings: readonly [JudgedWarning, ...JudgedWarning[]]): CalibrationRow {
  const [{ kind, band }] = warnings;
  const right = warnings.filter((warning) => warning.right).length;
  const chances = warnings.flatMap(({ chance }) => chance ?? []);
  const shares = sharesByPull(warnings);
  return {
    kind,
    band,
    warnings: warnings.length,
    pulls: shares.length,
    right,
    precision: right / warnings.length,
    chance: chances.length === 0 ? null : sum(chances) / chances.length,
    lower: Math.min(wilsonLower(right, warnings.length), wilsonLower(sum(shares), shares.length)),
  };
}

/** For each pull request the share of its warnings that were right. */
function sharesByPull(warnings: readonly JudgedWarning[]): number[] {
  return [...new Set(warnings.map(({ pull }) => pull))].map((pull) => {
    const own = warnings.filter((warning) => warning.pull === pull);
    return own.filter((warning) => warning.right).length / own.length;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
