import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Calibration } from "../../../src/calibration/calibration.ts";
import type { CalibrationRow } from "../../../src/calibration/judged-warning.ts";
import { bandsOf, isWeakBand, warningKinds } from "../../../src/calibration/bands.ts";
import { isBorneOut, placeWarning } from "../../../src/calibration/place-warning.ts";
import { limits } from "../../../src/shared/limits.ts";
import { wilsonLower } from "../../../src/shared/wilson.ts";

function calibration(row: Partial<CalibrationRow>, pulls = 200): Calibration {
  const { warnings = 40, right = 36 } = row;
  const lower = wilsonLower(right, warnings);
  const rows: CalibrationRow[] = [
    {
      kind: "companion",
      band: "a",
      warnings,
      right,
      pulls: 30,
      precision: right / warnings,
      chance: 0.05,
      lower,
      ...row,
    },
  ];
  return { pulls, rows, commit: "c", learntAt: 0, complete: true };
}

const asked = { kind: "companion", band: "a", precision: 0.7 } as const;

describe("what is too weak to be told by itself", () => {
  it("is companions of loose or few habits, and copies in tests and in what is no code", () => {
    const weak = warningKinds.flatMap((kind) =>
      bandsOf(kind).flatMap((band) => (isWeakBand(kind, band) ? [`${kind}: ${band}`] : [])),
    );
    const loose = [
      "0.9, support 4",
      "0.8, support 4",
      "0.7, support 8",
      "0.7, support 4",
      "0.5, support 8",
      "0.5, support 4",
    ];
    expect(weak).toEqual([
      ...["companion", "paired-test"].flatMap((kind) => loose.map((band) => `${kind}: confidence ${band}`)),
      "near-copy: test",
      "near-copy: other",
    ]);
  });

  it.each([
    ["more often right than not, for sure", { right: 30 }, true],
    ["more often right than not, perhaps", { right: 22 }, false],
    ["hardly above chance", { right: 36, chance: 0.4 }, false],
  ])("is borne out by a past in which it was %s", (_, row, expected) => {
    expect(isBorneOut(calibration(row), asked)).toBe(expected);
  });

  it("is not borne out where nobody knows", () => {
    expect(isBorneOut(null, asked)).toBe(false);
    expect(isBorneOut(calibration({ right: 40 }, limits.calibratedPullsLeast - 1), asked)).toBe(false);
  });
});

describe("placeWarning", () => {
  it.each([
    ["on lines what is right often enough, for sure", { right: 36 }, "inline"],
    ["nowhere what is right often where anything would be", { right: 36, chance: 0.4 }, "nowhere"],
    ["in the summary what is right often, but not for sure", { right: 26 }, "summary"],
    ["in the summary what is three times chance", { right: 7, chance: 0.05 }, "summary"],
    ["nowhere what is hardly above chance", { right: 6, chance: 0.1 }, "nowhere"],
    ["nowhere what was never right", { right: 0, chance: 0 }, "nowhere"],
    ["nowhere what is mostly wrong where nothing compares", { right: 19, chance: null }, "nowhere"],
    ["in the summary what is mostly right where nothing compares", { right: 21, chance: null }, "summary"],
  ])("puts %s", (_, row, placement) => {
    expect(placeWarning(calibration(row), asked)?.placement).toBe(placement);
  });

  it("tells the figures behind it", () => {
    expect(placeWarning(calibration({}), asked)?.reason).toBe(
      "36 of 40 such warnings proved right in 30 past pull requests here",
    );
  });

  it.each([
    ["nothing was learnt", null],
    ["too few pull requests were judged", calibration({}, limits.calibratedPullsLeast - 1)],
    ["the band has too few warnings", calibration({ warnings: limits.calibratedWarningsLeast - 1, right: 9 })],
    ["another band was judged", calibration({ band: "b" })],
    ["another kind was judged", calibration({ kind: "near-copy" })],
  ])("does not know where %s", (_, learnt) => {
    expect(placeWarning(learnt, asked)).toBeNull();
  });

  it("never moves a warning up when a stricter precision is asked", () => {
    const rank = { inline: 2, summary: 1, nowhere: 0 };
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        (warnings, share, one, other) => {
          const learnt = calibration({ warnings, right: Math.round(share * warnings) });
          const placeAt = (precision: number) =>
            rank[placeWarning(learnt, { ...asked, precision })?.placement ?? "nowhere"];
          expect(placeAt(Math.max(one, other))).toBeLessThanOrEqual(placeAt(Math.min(one, other)));
        },
      ),
    );
  });
});
