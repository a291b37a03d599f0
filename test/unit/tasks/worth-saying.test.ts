import { describe, expect, it } from "vitest";
import type { Calibration } from "../../../src/calibration/calibration.ts";
import type { WarningKind } from "../../../src/calibration/judged-warning.ts";
import type { NearCopies, NearCopy } from "../../../src/retrieval/near-copies.ts";
import { isHabit, isRelated, isTwin, mayHaveTwins } from "../../../src/tasks/review/worth-saying.ts";

function edit(path: string, removedWords: number): NearCopies {
  const anchor = { path, startLine: 1, endLine: 5, side: "RIGHT" } as const;
  return { anchor, removed: [], added: [], removedWords, copies: [] };
}

function copy(path: string, lines: number, similarity: number, differing = 0): NearCopy {
  const citation = { kind: "code", path, startLine: 11, endLine: 10 + lines, commit: "c" } as const;
  const differences = Array.from({ length: differing }, () => ({ old: "a", copy: "b" }));
  return {
    evidence: { kind: "near-copy", citation, score: similarity, why: "", text: "" },
    similarity,
    differences,
    renamed: [],
  };
}

describe("near-copies worth saying", () => {
  it.each([
    ["code", "src/a.ts", true],
    ["a test", "test/a.test.ts", false],
    ["configuration", "package.json", false],
  ])("are of %s", (_, path, expected) => {
    expect(isTwin(copy("src/b.ts", 5, 1), edit(path, 20), null)).toBe(expected);
    expect(isTwin(copy(path, 5, 1), edit("src/b.ts", 20), null)).toBe(expected);
  });

  it.each([
    ["a long edit, nearly the same", 20, copy("src/a.ts", 5, 0.86, 1), true],
    ["a long edit with another matter", 20, copy("src/a.ts", 5, 0.8), false],
    ["a long edit, most of whose lines differ", 20, copy("src/a.ts", 4, 0.9, 3), false],
    ["a short edit among equal neighbours", 4, copy("src/a.ts", 4, 0.96), true],
    ["a short edit alone", 4, copy("src/a.ts", 2, 1), false],
    ["a short edit among other neighbours", 4, copy("src/a.ts", 6, 0.9), false],
  ])("%s", (_, words, found, expected) => {
    expect(isTwin(found, edit("src/b.ts", words), null)).toBe(expected);
  });
});

/** What 60 past pull requests say of one band. */
function past(kind: WarningKind, band: string, right: number, warnings = 40): Calibration {
  const share = right / warnings;
  const row = { kind, band, warnings, pulls: 30, right, precision: share, chance: 0.05, lower: share - 0.1 };
  return { commit: "c", learntAt: 0, complete: true, pulls: 60, rows: [row] };
}

describe("files whose edits are looked for elsewhere", () => {
  it.each([
    ["src/a.ts", null, true],
    ["test/a.test.ts", null, false],
    ["package.json", null, false],
    ["test/a.test.ts", past("near-copy", "test", 26), true],
    ["test/a.test.ts", past("near-copy", "other", 26), false],
    ["package.json", past("near-copy", "other", 26), true],
    ["package.json", past("near-copy", "other", 4), false],
  ])("%s", (path, calibration, expected) => {
    expect(mayHaveTwins(path, calibration)).toBe(expected);
  });
});

describe("what stays below the floors", () => {
  const shortCopy = copy("src/a.ts", 2, 1);
  const companion = { companion: "docs/api.md", changed: "src/routes.ts", confidence: 0.6, evidence: [] };
  const habit = { ...companion, together: 20, support: 33 };

  it.each([
    ["was right more often than not in past pull requests here", 26, true],
    ["was right as often as not", 20, false],
    ["was seldom right", 4, false],
  ])("is told where it %s", (_, right, expected) => {
    expect(isTwin(shortCopy, edit("src/b.ts", 4), past("near-copy", "code, short", right))).toBe(expected);
    expect(isHabit(habit, 0.8, past("companion", "confidence 0.5, support 8", right))).toBe(expected);
  });

  it("is not borne out by what another band was worth", () => {
    expect(isTwin(shortCopy, edit("src/b.ts", 4), past("near-copy", "code, exact", 40))).toBe(false);
    expect(isHabit(habit, 0.8, past("companion", "confidence 0.9, support 8", 40))).toBe(false);
    expect(isTwin(copy("test/a.test.ts", 2, 1), edit("src/b.ts", 4), past("near-copy", "code, short", 40))).toBe(false);
    expect(isTwin(copy("test/a.test.ts", 2, 1), edit("src/b.ts", 4), past("near-copy", "test", 40))).toBe(true);
    expect(
      isHabit({ ...habit, changed: "package-lock.json" }, 0.8, past("companion", "confidence 0.5, support 8", 40)),
    ).toBe(false);
  });
});

describe("related code worth showing", () => {
  const at = (path: string, score: number) => ({
    ...copy(path, 5, score).evidence,
    kind: "similar-code" as const,
    score,
  });
  it("shares half of the words, and is a test only beside a test", () => {
    expect(isRelated(at("src/a.ts", 0.5), "src/b.ts")).toBe(true);
    expect(isRelated(at("src/a.ts", 0.49), "src/b.ts")).toBe(false);
    expect(isRelated(at("CHARTER.md", 0.7), "docs/b.md")).toBe(false);
    expect(isRelated(at("docs/a.md", 0.8), "docs/b.md")).toBe(true);
    expect(isRelated(at("docs/a.md", 0.5), "src/b.ts")).toBe(true);
    expect(isRelated(at("test/a.test.ts", 0.9), "src/b.ts")).toBe(false);
    expect(isRelated(at("test/a.test.ts", 0.9), "test/b.test.ts")).toBe(true);
  });
});

describe("companions worth saying", () => {
  const rule = { companion: "docs/api.md", confidence: 0.9, evidence: [] };
  it("are borne out by the plain share of commits, and of ordinary files", () => {
    expect(isHabit({ ...rule, changed: "src/routes.ts", together: 8, support: 10 }, 0.8, null)).toBe(true);
    expect(isHabit({ ...rule, changed: "src/routes.ts", together: 8, support: 12 }, 0.8, null)).toBe(false);
    expect(isHabit({ ...rule, changed: "package-lock.json", together: 10, support: 10 }, 0.8, null)).toBe(false);
  });
});
