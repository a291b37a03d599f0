import { isUsable } from "../../src/calibration/judge-pull.ts";
import type { Judgements } from "../../src/calibration/calibration.ts";
import { type HeldOut, holdOut } from "../../src/calibration/hold-out.ts";
import { createMemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import { replayModel } from "../../src/commands/replay-model.ts";
import { learnCalibration } from "../../src/handlers/remember.ts";
import { limits } from "../../src/shared/limits.ts";
import { say } from "../bench.ts";
import type { Model } from "../../src/model/model.ts";
import { provider, type Reviewer } from "./reviewer.ts";

export interface ReplayFigures {
  /** Share of the comments on lines that proved right; null where none would have been posted, or there is nobody to ask. */
  inline_precision: number | null;
  inline_warnings: number | null;
  /** Judged pull requests of the newer half. */
  pulls: number | null;
  by_kind: Record<string, KindFigures> | null;
  /** What a model would have said of the newest ones; null where none was asked. */
  model: ModelFigures | null;
  /** In words. */
  note: string;
}

export interface ModelFigures {
  name: string;
  /** Pull requests and parts that it read, and parts without a usable answer. */
  pulls: number;
  parts: number;
  unread: number;
  findings: number;
  right: number;
  precision: number | null;
  /** Share of the lines read with each finding that were changed before the end. */
  chance: number | null;
}

export interface KindFigures {
  warnings: number;
  right: number;
  precision: number | null;
  chance: number | null;
  inline: { warnings: number; right: number; chance: number | null };
  summary: { warnings: number; right: number; chance: number | null };
}

/** Judges the newest usable pull requests as `assistant replay` does; null where the clone has none. */
export async function judgeNewest(reviewer: Reviewer, tip: string, count: number): Promise<Judgements | null> {
  const { services, engramKey: key, gitDir } = reviewer;
  const { pulls } = await services.past.pulls.update(key, gitDir, tip);
  if (!pulls.pulls.some(isUsable)) return null;
  let kept: Judgements | null = null;
  const stores = {
    ...services.past,
    calibrations: { read: () => kept, write: (_key: string, judgements: Judgements) => void (kept = judgements) },
  };
  const engrams = createMemoryEngramStore();
  try {
    const onJudged = (done: number, total: number): void => {
      if (done % 20 === 0) say(`pull requests judged: ${done} of ${total}`);
    };
    const signal = new AbortController().signal;
    const asked = { key, gitDir, commit: tip, signal, deadline: Infinity, most: count, fresh: true, onJudged };
    await learnCalibration(asked, stores, { engrams, units: services.units });
  } finally {
    engrams.close();
  }
  return kept;
}

/** Lets a model read the newest usable pull requests, with all checks of a review and as if it had qualified. */
export async function judgeModel(
  model: Model,
  { services, engramKey, gitDir }: Reviewer,
  tip: string,
  count: number,
): Promise<ModelFigures> {
  const { pulls } = await services.past.pulls.update(engramKey, gitDir, tip);
  const onRead = (done: number, total: number): void => say(`pull requests read by the model: ${done} of ${total}`);
  const signal = new AbortController().signal;
  const newest = pulls.pulls.filter(isUsable).slice(0, count);
  const read = await replayModel(model, provider(model), { gitDir, pulls: newest, signal, onRead });
  const { parts, unread, right, chance, findings } = read;
  const precision = share({ warnings: findings.length, right });
  const name = model.identity.name;
  return { name, pulls: read.pulls, parts, unread, findings: findings.length, right, precision, chance };
}

export function replayFigures(judgements: Judgements | null, model: ModelFigures | null): ReplayFigures {
  if (judgements === null) {
    const note = "no pull request here can be judged: no refs/pull/N/head, or none with two own commits";
    return { inline_precision: null, inline_warnings: null, pulls: null, by_kind: null, model, note };
  }
  const held = holdOut(judgements, limits.inlinePrecision);
  const older = judgements.judged.size - held.pulls;
  return {
    inline_precision: share(held.inline),
    inline_warnings: held.inline.warnings,
    pulls: held.pulls,
    by_kind: Object.fromEntries(held.byKind.map((row) => [row.kind.replaceAll("-", "_"), kindFigures(row)])),
    model,
    note:
      older < limits.calibratedPullsLeast
        ? `learnt from ${older} pull requests: under ${limits.calibratedPullsLeast} nothing is placed by them`
        : `learnt from the older ${older} pull requests, told of the newer ${held.pulls}`,
  };
}

function kindFigures({ kind: _kind, ...row }: HeldOut["byKind"][number]): KindFigures {
  return { ...row, precision: share(row) };
}

function share({ warnings, right }: { warnings: number; right: number }): number | null {
  return warnings === 0 ? null : right / warnings;
}
