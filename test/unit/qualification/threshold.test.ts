import { describe, expect, it } from "vitest";
import type { CaseAnswer } from "../../../src/qualification/answer.ts";
import { dividingThreshold, speakingThreshold } from "../../../src/qualification/threshold.ts";
import type { ConfirmCase } from "../../../src/qualification/cases/case.ts";

function answer(probability: number | null, right: boolean, said = true): CaseAnswer {
  const given: ConfirmCase = {
    ability: "confirm",
    id: "a",
    group: "a",
    language: "text",
    path: "a",
    code: "",
    claim: "",
    holds: right,
  };
  return { case: given, answered: true, said, right, probability, text: "" };
}

const times = (count: number, probability: number | null, right: boolean): CaseAnswer[] =>
  Array.from({ length: count }, () => answer(probability, right));

describe("the threshold of speaking", () => {
  it("is the lowest from which on enough is right", () => {
    const sure = [...times(10, 0.9, true), ...times(9, 0.6, false)];
    expect(speakingThreshold([...sure, ...times(4, 0.8, true), ...times(1, 0.8, false)], 0.7)).toBe(0.8);
    expect(speakingThreshold([...sure, ...times(4, 0.8, false)], 0.7)).toBe(0.9);
  });

  it("is where most is right, if it is never enough", () => {
    const answers = [...times(3, 0.9, true), ...times(3, 0.9, false), ...times(9, 0.6, false)];
    expect(speakingThreshold(answers, 0.7)).toBe(0.9);
  });

  it("is out of reach where nothing was said, and none without probabilities", () => {
    expect(speakingThreshold([answer(0.2, false, false)], 0.7)).toBe(1);
    expect(speakingThreshold([answer(null, true), answer(0.9, true)], 0.7)).toBeNull();
  });
});

describe("the threshold between yes and no", () => {
  const holds = ({ right }: CaseAnswer): boolean => right;

  it("parts what holds from what does not, wherever that is", () => {
    const answers = [...times(5, 0.97, true), ...times(5, 0.91, false)];
    expect(dividingThreshold(answers, holds)).toBeCloseTo(0.94, 5);
  });

  it("stays at a half where that parts as well", () => {
    expect(dividingThreshold([...times(3, 0.9, true), ...times(3, 0.2, false)], holds)).toBe(0.5);
  });

  it("is none without probabilities", () => {
    expect(dividingThreshold(times(3, null, true), holds)).toBeNull();
    expect(dividingThreshold([], holds)).toBeNull();
  });
});
