import { describe, expect, it } from "vitest";
import type { FloorSample } from "../../../src/retrieval/learn-floors.ts";
import { learnFloor } from "../../../src/retrieval/learn-floors.ts";

/** A hundred samples for each tenth of the scale, of which about as many are right as the score says. */
function calibrated(): FloorSample[] {
  return Array.from({ length: 1_000 }, (_, i) => {
    const score = Math.floor(i / 100) / 10;
    return { score, right: i % 100 < score * 100 };
  });
}

describe("learning a floor", () => {
  it("takes the lowest score from which on enough of what is shown is right", () => {
    const learnt = learnFloor(calibrated(), 0.7);
    // From 0.6 upwards it is 0.75, from 0.5 upwards 0.7: nine of ten repeats reach 0.7 from 0.6 only.
    expect(learnt).toEqual({ floor: 0.6, precision: 0.75, shown: 400, samples: 1_000 });
  });

  it("asks for more where the target is higher, and learns nothing that no score reaches", () => {
    expect(learnFloor(calibrated(), 0.85)?.floor).toBe(0.9);
    expect(learnFloor(calibrated(), 0.95)).toBeNull();
  });

  it("learns nothing from few samples, however good", () => {
    const few = Array.from({ length: 99 }, () => ({ score: 1, right: true }));
    expect(learnFloor(few, 0.5)).toBeNull();
    expect(learnFloor([...few, { score: 1, right: true }], 0.5)?.floor).toBe(1);
    expect(learnFloor([], 0.5)).toBeNull();
  });

  it("does not rest on a few lucky ones at the top", () => {
    const lucky = Array.from({ length: 19 }, () => ({ score: 0.9, right: true }));
    const wrong = Array.from({ length: 200 }, () => ({ score: 0.1, right: false }));
    expect(learnFloor([...lucky, ...wrong], 0.8)).toBeNull();
  });

  it("never parts samples of one score", () => {
    const tied = Array.from({ length: 200 }, (_, i) => ({ score: 0.5, right: i < 100 }));
    expect(learnFloor(tied, 0.6)).toBeNull();
  });
});
