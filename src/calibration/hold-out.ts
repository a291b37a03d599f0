import type { Calibration, Judgements } from "./calibration.ts";
import { pullOfKey } from "./judge-pull.ts";
import { placeWarning } from "./place-warning.ts";
import { tabulate } from "./tabulate.ts";

export interface HeldOut {
  /** Pull requests of the newer half. */
  pulls: number;
  inline: { warnings: number; right: number };
  summary: { warnings: number; right: number };
}

/** What calibration is worth: learnt from the older half of the pull requests by number, told of the newer half. */
export function holdOut(judgements: Judgements, precision: number): HeldOut {
  const keys = [...judgements.judged.keys()].sort((a, b) => pullOfKey(a) - pullOfKey(b));
  const older = keys.slice(0, keys.length >> 1);
  const newer = keys.slice(older.length);
  const warningsOf = (some: string[]) => some.flatMap((key) => judgements.judged.get(key) ?? []);
  const calibration: Calibration = { ...judgements, pulls: older.length, rows: tabulate(warningsOf(older)) };
  const result: HeldOut = {
    pulls: newer.length,
    inline: { warnings: 0, right: 0 },
    summary: { warnings: 0, right: 0 },
  };
  for (const { kind, band, right } of warningsOf(newer)) {
    const placement = placeWarning(calibration, { kind, band, precision })?.placement;
    if (placement !== "inline" && placement !== "summary") continue;
    result[placement].warnings++;
    if (right) result[placement].right++;
  }
  return result;
}
