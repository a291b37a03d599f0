import type { Ability, Model } from "../model/model.ts";
import { pool } from "../orchestration/patterns.ts";
import { AssistantError } from "../shared/errors.ts";
import { askConfirm, askLabel } from "./ask-choice.ts";
import { askEdit } from "./ask-edit.ts";
import { askReview } from "./ask-review.ts";
import { askWording } from "./ask-wording.ts";
import type { CaseAnswer, Decide, TryEdits } from "./answer.ts";
import { qualificationCases } from "./cases/all-cases.ts";
import type { QualificationCase } from "./cases/case.ts";
import { casesVersion } from "./cases-version.ts";
import { quickSample } from "./halves.ts";
import { judge } from "./judge.ts";
import { abilities as allAbilities, type AbilityRecord, type QualificationRecord } from "./record.ts";
import { promptsVersion } from "./versions.ts";
import { watchModel, type Work } from "./watch-model.ts";

export interface QualifyProgress {
  ability: Ability;
  done: number;
  total: number;
  /** Milliseconds that the rest takes at the pace so far; null at the beginning. */
  remainingMs: number | null;
}

export interface QualifyOptions {
  /** Reads a choice; src/model/decide.ts. */
  decide: Decide;
  /** Where edits are run; without it none is asked for. */
  tryEdits?: TryEdits;
  /** Version of this program, for the record. */
  product: string;
  /** A part of the cases: minutes instead of a quarter of an hour or more, and a wider bound. */
  quick?: boolean;
  /** Default: all. */
  abilities?: readonly Ability[];
  /** Other cases than the built-in ones, for tests. */
  cases?: readonly QualificationCase[];
  /** Answers of an earlier run that was cut off, by case: they are not asked for again. */
  known?: ReadonlyMap<string, KnownAnswer>;
  /** Memory of the process with the model loaded, in bytes, or null. */
  memoryBytes?: () => number | null;
  onProgress?: (progress: QualifyProgress) => void;
  onAnswer?: (answer: CaseAnswer) => void;
  signal?: AbortSignal;
}

export type KnownAnswer = Omit<CaseAnswer, "case">;

/** A record that may lack a SHA-256: such a one can be shown, and not kept. */
export type Qualified = Omit<QualificationRecord, "sha256"> & { sha256: string | null };

/** What a case costs beside the others; review reads most and writes most. */
const weights: Record<Ability, number> = { review: 4, confirm: 1, label: 1, wording: 2, edit: 3 };

/** Answers that are wrong because the model gave none; everything else that fails ends the run, so that no record lies. */
const noAnswer = new Set(["answer-invalid", "prompt-too-long", "no-chat-template"]);

/**
 * Measures what a model may say, by built-in cases, with the very prompts and checks that the tasks use. As many cases at once
 * as the model has slots. Errors: those of the model, and the signal's reason; then nothing was measured.
 */
export async function qualifyModel(model: Model, options: QualifyOptions): Promise<Qualified> {
  const { quick = false, abilities = allAbilities, known, onProgress, onAnswer, signal } = options;
  const cases = chosenCases(options);
  const work: Work = { tokens: 0, ms: 0 };
  const watched = watchModel(model, work);
  const pace = createPace(cases.filter(({ id }) => !known?.has(id)));
  const judged: AbilityRecord[] = [];
  for (const ability of allAbilities.filter((one) => abilities.includes(one))) {
    const own = cases.filter((entry) => entry.ability === ability);
    let done = 0;
    const show = (): void => onProgress?.({ ability, done, total: own.length, remainingMs: pace.remainingMs() });
    show();
    const ask = async (given: QualificationCase, _index: number, until: AbortSignal): Promise<CaseAnswer | null> => {
      const before = known?.get(given.id);
      const answer = before ? { ...before, case: given } : await answerTo(given, watched, options, until);
      done++;
      if (!before) pace.passed(given);
      show();
      if (answer && !before) onAnswer?.(answer);
      return answer;
    };
    const pooled = { slots: model.status().slots, ...(signal && { signal }) };
    const answers = (await pool(own, ask, pooled)).filter((answer) => answer !== null);
    judged.push(judge(ability, answers, { asked: own.length, quick, when: new Date().toISOString() }));
  }
  return {
    version: 1,
    model: model.identity.name,
    sha256: model.identity.sha256,
    product: options.product,
    cases: casesVersion,
    prompts: promptsVersion(),
    abilities: judged,
    tokensPerSecond: work.ms > 0 ? Math.round((work.tokens / work.ms) * 10_000) / 10 : null,
    memoryBytes: options.memoryBytes?.() ?? null,
    repositories: [],
  };
}

function chosenCases({ cases = qualificationCases, quick = false, abilities }: QualifyOptions): QualificationCase[] {
  const chosen = quick ? quickSample(cases) : [...cases];
  return chosen.filter(({ ability }) => abilities?.includes(ability) ?? true);
}

/** Null for an edit that cannot be run here. */
async function answerTo(
  given: QualificationCase,
  model: Model,
  { decide, tryEdits }: QualifyOptions,
  signal: AbortSignal,
): Promise<CaseAnswer | null> {
  try {
    switch (given.ability) {
      case "review":
        return await askReview(model, given, signal);
      case "confirm":
        return await askConfirm(model, given, decide, signal);
      case "label":
        return await askLabel(model, given, decide, signal);
      case "wording":
        return await askWording(model, given, signal);
      case "edit":
        return tryEdits === undefined ? null : await askEdit(model, given, tryEdits, signal);
    }
  } catch (error) {
    if (!(error instanceof AssistantError) || !noAnswer.has(error.code)) throw error;
    return { case: given, answered: false, said: false, right: false, probability: 0, text: error.message };
  }
}

function createPace(cases: readonly QualificationCase[]): {
  passed(given: QualificationCase): void;
  remainingMs(): number | null;
} {
  const startedAt = performance.now();
  const all = cases.reduce((sum, { ability }) => sum + weights[ability], 0);
  let done = 0;
  return {
    passed({ ability }) {
      done += weights[ability];
    },
    remainingMs: () => (done === 0 ? null : ((performance.now() - startedAt) / done) * (all - done)),
  };
}
