import type { Ability } from "../model/model.ts";
import { wilsonLower } from "../shared/wilson.ts";
import type { CaseAnswer } from "./answer.ts";
import { bars } from "./bars.ts";
import { halve } from "./halves.ts";
import type { AbilityRecord } from "./record.ts";
import { dividingThreshold, speakingThreshold } from "./threshold.ts";

interface Figure {
  n: number;
  right: number;
  recall: number | null;
  threshold: number | null;
}

/**
 * What the answers to the cases of one ability are worth, and whether that is enough.
 * @param options.asked how many cases there are, those without an answer among them
 */
export function judge(
  ability: Ability,
  answers: readonly CaseAnswer[],
  { asked, quick, when }: { asked: number; quick: boolean; when: string },
): AbilityRecord {
  const bar = bars[ability];
  const { n, right, recall, threshold } = figureOf(ability, answers);
  const lower = wilsonLower(right, n);
  const allowed = lower >= bar.lower && (bar.recall === null || (recall ?? 0) >= bar.recall);
  return {
    ability,
    n,
    right,
    figure: n === 0 ? 0 : right / n,
    lower,
    bar: bar.lower,
    recall,
    allowed,
    threshold,
    reason: reasonFor(ability, { n, right, recall, threshold }, { lower, asked }),
    quick,
    when,
  };
}

function figureOf(ability: Ability, answers: readonly CaseAnswer[]): Figure {
  if (ability === "wording" || ability === "edit") {
    // Nothing is chosen by these, so that all of them may count.
    return { n: answers.length, right: countRight(answers), recall: null, threshold: null };
  }
  const parts = halve(answers.map((answer) => answer.case));
  const calibration = answers.filter((answer) => parts.calibration.includes(answer.case));
  const test = answers.filter((answer) => parts.test.includes(answer.case));
  return ability === "confirm" ? dividedFigure(calibration, test) : spokenFigure(ability, calibration, test);
}

/** Where there is always an answer: the share of right ones. */
function dividedFigure(calibration: readonly CaseAnswer[], test: readonly CaseAnswer[]): Figure {
  const threshold = dividingThreshold(calibration, holds);
  const isRight = (answer: CaseAnswer): boolean =>
    threshold === null ? answer.right : answer.answered && (answer.probability ?? 0) >= threshold === holds(answer);
  return { n: test.length, right: test.filter(isRight).length, recall: null, threshold };
}

function holds({ case: given }: CaseAnswer): boolean {
  return given.ability === "confirm" && given.holds;
}

/** Where silence is an answer: of what is said the share that is right, and of what there is to say the share that is said. */
function spokenFigure(ability: Ability, calibration: readonly CaseAnswer[], test: readonly CaseAnswer[]): Figure {
  const threshold = speakingThreshold(calibration, bars[ability].lower);
  const spoken = test.filter(
    ({ said, probability }) => said && (threshold === null || (probability ?? 0) >= threshold),
  );
  const right = countRight(spoken);
  const toSay = test.filter(({ case: given }) => isToSay(given)).length;
  return { n: spoken.length, right, recall: toSay === 0 ? null : right / toSay, threshold };
}

function isToSay(given: CaseAnswer["case"]): boolean {
  return given.ability === "review" ? given.right.length > 0 : given.ability === "label" && given.expected !== null;
}

function countRight(answers: readonly CaseAnswer[]): number {
  return answers.filter(({ right }) => right).length;
}

function reasonFor(
  ability: Ability,
  { n, right, recall }: Figure,
  { lower, asked }: { lower: number; asked: number },
): string {
  const bar = bars[ability];
  if (ability === "edit" && n === 0)
    return "edits are not run without a sandbox (assistant doctor says how to get one)";
  if (n === 0)
    return recall === null ? "nothing of it was measured" : "it says nothing where there is something to say";
  const measured = `${percent(right / n)} ${bar.figure} (${right} of ${n}, at least ${percent(lower)}), ${percent(bar.lower)} are asked${left(ability, asked - n)}`;
  if (lower >= bar.lower && bar.recall !== null && (recall ?? 0) < bar.recall) {
    return `it says only ${percent(recall ?? 0)} of what there is to say, ${percent(bar.recall)} are asked`;
  }
  return measured;
}

/** Where a language's tools are not installed, its cases are left out. */
function left(ability: Ability, count: number): string {
  return ability === "edit" && count > 0 ? `; ${count} more need tools that are not here` : "";
}

/** Rounded down, so that a bar that was missed never looks reached. */
function percent(share: number): string {
  return `${Math.floor(share * 100 + 1e-9)} %`;
}
