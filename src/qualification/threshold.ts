import { wilsonLower } from "../shared/wilson.ts";
import type { CaseAnswer } from "./answer.ts";

/**
 * The probability from which on a model should speak: the lowest one at which the answers of the calibration half bear out
 * the target, else the one at which they come nearest to it. Null where the model gives no probabilities.
 * @param target precision that what it says shall reach, 0..1
 */
export function speakingThreshold(answers: readonly CaseAnswer[], target: number): number | null {
  if (answers.some(({ probability }) => probability === null)) return null;
  const spoken = answers.filter(({ said }) => said);
  const choices = [...new Set(spoken.map(({ probability }) => probability ?? 0))].sort((a, b) => a - b);
  let best: { threshold: number; lower: number } = { threshold: 1, lower: -1 };
  for (const threshold of choices) {
    const kept = spoken.filter(({ probability }) => (probability ?? 0) >= threshold);
    const lower = wilsonLower(kept.filter(({ right }) => right).length, kept.length);
    if (lower >= target) return threshold;
    if (lower > best.lower) best = { threshold, lower };
  }
  return best.threshold;
}

/** The probability of yes from which on yes is the better answer: most right answers, and of equal ones the one nearest to a half. */
export function dividingThreshold(
  answers: readonly CaseAnswer[],
  holds: (answer: CaseAnswer) => boolean,
): number | null {
  if (answers.length === 0 || answers.some(({ probability }) => probability === null)) return null;
  const values = answers.map(({ probability }) => probability ?? 0).sort((a, b) => a - b);
  const between = values.slice(1).map((value, index) => (value + (values[index] ?? 0)) / 2);
  let best = { threshold: 0.5, right: -1 };
  for (const threshold of [0.5, ...between]) {
    const right = answers.filter((answer) => (answer.probability ?? 0) >= threshold === holds(answer)).length;
    const nearer = Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5);
    if (right > best.right || (right === best.right && nearer)) best = { threshold, right };
  }
  return best.threshold;
}
