import { isWeakBand, warningKinds } from "./bands.ts";
import type { Calibration, Judgements } from "./calibration.ts";
import { pullOfKey } from "./judge-pull.ts";
import type { JudgedWarning, WarningKind } from "./judged-warning.ts";
import { isBorneOut, placeWarning } from "./place-warning.ts";
import { tabulate } from "./tabulate.ts";

export interface HeldOut {
  /** Pull requests of the newer half. */
  pulls: number;
  inline: Told;
  summary: Told;
  /** Kinds with a warning in the newer half, wherever it would have stood. */
  byKind: HeldOutKind[];
}

interface Told {
  warnings: number;
  right: number;
}

export interface HeldOutKind extends Told {
  kind: WarningKind;
  /** Mean chance of the warnings that have one, 0..1; null where none has. */
  chance: number | null;
  inline: Told & { chance: number | null };
  summary: Told & { chance: number | null };
}

/** What calibration is worth: learnt from the older half of the pull requests by number, told of the newer half. */
export function holdOut(judgements: Judgements, precision: number): HeldOut {
  const { older, newer } = halves(judgements);
  const rows = tabulate([...older.judged.values()].flat());
  const calibration: Calibration = { ...older, pulls: older.judged.size, rows };
  const placed = [...newer.judged.values()].flat().map((warning) => {
    const isTold = !isWeakBand(warning.kind, warning.band) || isBorneOut(calibration, warning);
    return { warning, placement: isTold ? placeWarning(calibration, { ...warning, precision })?.placement : "nowhere" };
  });
  const told = (placement: "inline" | "summary", kind?: WarningKind): JudgedWarning[] =>
    placed.flatMap((one) =>
      one.placement === placement && (kind === undefined || one.warning.kind === kind) ? [one.warning] : [],
    );
  const byKind = warningKinds.map((kind) => ({
    kind,
    ...besideChance(placed.flatMap(({ warning }) => (warning.kind === kind ? [warning] : []))),
    inline: besideChance(told("inline", kind)),
    summary: besideChance(told("summary", kind)),
  }));
  return {
    pulls: newer.judged.size,
    inline: counted(told("inline")),
    summary: counted(told("summary")),
    byKind: byKind.filter(({ warnings }) => warnings > 0),
  };
}

/** Judged pull requests by number, cut in the middle. */
export function halves(judgements: Judgements): { older: Judgements; newer: Judgements } {
  const judged = [...judgements.judged].sort(([a], [b]) => pullOfKey(a) - pullOfKey(b));
  const middle = judged.length >> 1;
  return {
    older: { ...judgements, judged: new Map(judged.slice(0, middle)) },
    newer: { ...judgements, judged: new Map(judged.slice(middle)) },
  };
}

function counted(warnings: readonly JudgedWarning[]): Told {
  return { warnings: warnings.length, right: warnings.filter(({ right }) => right).length };
}

function besideChance(warnings: readonly JudgedWarning[]): Told & { chance: number | null } {
  const chances = warnings.flatMap(({ chance }) => chance ?? []);
  const sum = chances.reduce((total, chance) => total + chance, 0);
  return { ...counted(warnings), chance: chances.length === 0 ? null : sum / chances.length };
}
