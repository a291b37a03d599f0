import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bandsOf, companionBand, warningKinds } from "../../../src/calibration/bands.ts";
import { createBusyFiles } from "../../../src/calibration/busy-files.ts";
import { isStretchChanged, shareOfChangedStretches } from "../../../src/calibration/changed-lines.ts";
import type { JudgedWarning } from "../../../src/calibration/judged-warning.ts";
import { tabulate } from "../../../src/calibration/tabulate.ts";
import { wilsonLower } from "../../../src/shared/wilson.ts";
import type { History } from "../../../src/history/history.ts";

describe("wilsonLower", () => {
  it("gives the bound of the score interval", () => {
    expect(wilsonLower(9, 10)).toBeCloseTo(0.71756, 4);
    expect(wilsonLower(0, 5)).toBe(0);
    expect(wilsonLower(0, 0)).toBe(0);
    expect(wilsonLower(5, 10, 1.959964)).toBeCloseTo(0.2366, 4);
  });

  it("holds nine times out of ten", () => {
    // Exact: over all outcomes of 30 trials, the probability that the bound is not above the true share.
    for (const share of [0.3, 0.5, 0.7, 0.9]) {
      let covered = 0;
      let probability = (1 - share) ** 30;
      for (let right = 0; right <= 30; right++) {
        if (wilsonLower(right, 30) <= share) covered += probability;
        probability *= ((30 - right) / (right + 1)) * (share / (1 - share));
      }
      expect(covered).toBeGreaterThan(0.85);
      expect(covered).toBeLessThan(0.97);
    }
  });
});

describe("shareOfChangedStretches", () => {
  const line = fc.integer({ min: 0, max: 14 });
  const edits = fc.record({ removed: fc.uniqueArray(line), insertedAfter: fc.uniqueArray(line) });

  it("is the share of places at which a stretch was changed", () => {
    fc.assert(
      fc.property(edits, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 6, max: 14 }), (changed, length, lines) => {
        const places = Array.from({ length: lines - length + 1 }, (_, index) => index + 1);
        const hit = places.filter((start) => isStretchChanged(changed, start, start + length - 1));
        expect(shareOfChangedStretches(changed, length, lines)).toBeCloseTo(hit.length / places.length);
      }),
    );
  });

  it("takes a file that is shorter than the stretch as one place", () => {
    expect(shareOfChangedStretches({ removed: [1], insertedAfter: [] }, 9, 4)).toBe(1);
    expect(shareOfChangedStretches({ removed: [], insertedAfter: [] }, 9, 4)).toBe(0);
  });
});

describe("isStretchChanged", () => {
  it("counts what is put between two of its lines, not what is put beside it", () => {
    const changed = { removed: [], insertedAfter: [3, 6] };
    expect([isStretchChanged(changed, 4, 6), isStretchChanged(changed, 3, 4), isStretchChanged(changed, 5, 7)]).toEqual(
      [false, true, true],
    );
  });
});

describe("createBusyFiles", () => {
  const history = {
    commits: [["a", "b"], ["a", "b", "c"], ["a"], ["c"]].map((files) => ({ files })),
  } as unknown as History;

  it("names files with as many commits, and nearer ones first where they are few", () => {
    const paths = ["a", "b", "c", "d", "e"];
    const busyFiles = createBusyFiles(history, paths);
    expect(busyFiles("b", () => false)[0]).toBe("c");
    expect(busyFiles("b", () => false).toSorted()).toEqual(["a", "c", "d", "e"]);
    expect(busyFiles("d", (path) => path === "e")).not.toContain("e");
  });

  it("stops where there are enough", () => {
    const busyFiles = createBusyFiles(history, ["a", "d", "e", "f", "g", "h", "i"]);
    expect(busyFiles("d", () => false)).toEqual(["e", "f", "g", "h", "i"]);
  });
});

describe("tabulate", () => {
  const warning = (one: Partial<JudgedWarning>): JudgedWarning => {
    const kind = one.kind ?? "companion";
    return { kind, band: bandsOf(kind)[0] ?? "", pull: 1, path: "a", right: true, chance: 0.1, ...one };
  };

  it("counts warnings, pull requests and what was right, band by band", () => {
    const rows = tabulate([
      warning({ kind: "undone", chance: null }),
      warning({ right: false, chance: 0.3 }),
      warning({ pull: 2 }),
      warning({ pull: 2, band: companionBand({ confidence: 0.75, together: 5 }), chance: null }),
      warning({}),
    ]);
    expect(rows).toEqual([
      {
        kind: "companion",
        band: "confidence 0.9, support 8",
        warnings: 3,
        pulls: 2,
        right: 2,
        precision: 2 / 3,
        chance: expect.closeTo(1 / 6),
        lower: wilsonLower(2, 3),
      },
      expect.objectContaining({ kind: "companion", band: "confidence 0.7, support 4", chance: null }),
      expect.objectContaining({ kind: "undone", warnings: 1, chance: null, precision: 1 }),
    ]);
  });

  it("does not take many warnings of one pull request for many cases", () => {
    const rows = tabulate(Array.from({ length: 20 }, () => warning({})));
    expect(rows[0]?.lower).toBe(wilsonLower(1, 1));
    const spread = Array.from({ length: 20 }, (_, pull) => [warning({ pull }), warning({ pull, right: false })]);
    expect(tabulate(spread.flat())[0]?.lower).toBe(wilsonLower(10, 20));
  });

  it("has a row for every band that a finder can give", () => {
    for (const kind of warningKinds) {
      const rows = tabulate(bandsOf(kind).map((band) => warning({ kind, band })));
      expect(rows.map(({ band }) => band)).toEqual(bandsOf(kind));
    }
  });
});
