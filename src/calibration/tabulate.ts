import { bandsOf, warningKinds } from "./bands.ts";
import type { CalibrationRow, JudgedWarning } from "./judged-warning.ts";
import { wilsonLower } from "./wilson.ts";

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
  return {
    kind,
    band,
    warnings: warnings.length,
    pulls: new Set(warnings.map(({ pull }) => pull)).size,
    right,
    precision: right / warnings.length,
    chance: chances.length === 0 ? null : chances.reduce((sum, chance) => sum + chance, 0) / chances.length,
    lower: wilsonLower(right, warnings.length),
  };
}
