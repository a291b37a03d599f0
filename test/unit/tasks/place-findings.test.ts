import { describe, expect, it } from "vitest";
import type { Calibration } from "../../../src/calibration/calibration.ts";
import { repositoryConfigSchema } from "../../../src/config/repository-config.ts";
import type { FindingKind } from "../../../src/publish/outcome.ts";
import type { Draft } from "../../../src/tasks/review/findings.ts";
import { placeFindings } from "../../../src/tasks/review/place-findings.ts";

const { review: defaults } = repositoryConfigSchema.parse({});

function draft(kind: FindingKind, path: string, anchored = true): Draft {
  const anchor = anchored ? ({ path, startLine: 3, endLine: 3, side: "RIGHT" } as const) : null;
  return { id: path, kind, band: "top", anchor, title: `about ${path}`, body: "", evidence: [] };
}

/** 100 pull requests in which companions were right so often, and nothing else was said. */
function learnt(right: number): Calibration {
  const row = { kind: "companion", band: "top", warnings: 100, pulls: 90, right, precision: right / 100 } as const;
  return {
    pulls: 100,
    commit: "c",
    learntAt: 0,
    complete: true,
    rows: [{ ...row, chance: 0.1, lower: right / 100 - 0.1 }],
  };
}

const placements = ({ findings }: ReturnType<typeof placeFindings>) =>
  findings.map(({ id, placement }) => [id, placement]);

describe("placeFindings", () => {
  it("puts everything into the summary where the past says nothing, most serious first", () => {
    const drafts = [
      draft("companion", "c"),
      draft("near-copy", "b"),
      draft("undone", "u"),
      draft("dangling-reference", "a"),
    ];
    const placed = placeFindings(drafts, defaults, null);
    expect(placements(placed)).toEqual(["a", "u", "b", "c"].map((id) => [id, "summary"]));
    expect(placed.withheld).toEqual([]);
  });

  it("puts on lines what proved right here, and says how often", () => {
    const { findings } = placeFindings([draft("companion", "c")], defaults, learnt(90));
    expect(findings).toMatchObject([
      { placement: "inline", record: "90 of 100 such warnings proved right in 90 past pull requests here" },
    ]);
  });

  it("keeps back what is no better than chance, with the figures", () => {
    const placed = placeFindings([draft("companion", "c"), draft("near-copy", "b")], defaults, learnt(12));
    expect(placements(placed)).toEqual([["b", "summary"]]);
    expect(placed.withheld).toEqual([
      { about: "c:3", text: "about c", reason: "12 of 100 such warnings proved right in 90 past pull requests here" },
    ]);
  });

  it.each<[string, { right?: number; pulls?: number; model?: string }, string]>([
    ["on lines where that model was mostly right here", {}, "inline"],
    ["in the summary where it was right often, but not for sure", { right: 70 }, "summary"],
    ["nowhere where it is no better than chance", { right: 12 }, "nowhere"],
    ["in the summary where it has read too few pull requests", { pulls: 49 }, "summary"],
    ["in the summary where another model has read them", { model: "other" }, "summary"],
  ])("puts what a model found %s", (_, { right = 90, pulls = 100, model = "small" }, placement) => {
    const rows = learnt(right).rows.map((row) => ({ ...row, kind: "model" as const }));
    // What code's warnings of that name were worth says nothing of it.
    const calibration = { ...learnt(99), rows, models: new Map([["small", { pulls, rows }]]) };
    const placed = placeFindings([{ ...draft("model", "m"), model }], defaults, calibration);
    expect(placed.findings[0]?.placement ?? "nowhere").toBe(placement);
    expect(JSON.stringify(placed)).not.toContain('"model":"');
    expect(placeFindings([{ ...draft("model", "m"), model }], { ...defaults, inline: ["model"] }, null)).toMatchObject({
      findings: [{ placement: "inline" }],
    });
  });

  it("leaves half of the comments on lines to what linters do not say", () => {
    const linted = ["1", "2", "3", "4"].map((id) => ({ ...draft("linter", id), band: "error" }));
    const placed = placeFindings([...linted, { ...draft("secret", "s") }], { ...defaults, max_comments: 4 }, null);
    expect(placements(placed)).toEqual([
      ["s", "inline"],
      ["1", "inline"],
      ["2", "inline"],
      ["3", "summary"],
      ["4", "summary"],
    ]);
  });

  it("lets a maintainer put a kind on lines whatever the past says", () => {
    const placed = placeFindings([draft("companion", "c")], { ...defaults, inline: ["companion"] }, learnt(12));
    expect(placements(placed)).toEqual([["c", "inline"]]);
  });

  it("posts no more on lines than is allowed, and nothing that has no line", () => {
    const drafts = [draft("companion", "a", false), draft("companion", "b"), draft("companion", "c")];
    const placed = placeFindings(drafts, { ...defaults, max_comments: 1 }, learnt(95));
    expect(placements(placed)).toEqual([
      ["a", "summary"],
      ["b", "inline"],
      ["c", "summary"],
    ]);
  });

  it("takes from lines, or says not at all, what is less severe than the maintainer wants to hear of", () => {
    const all = ["companion", "near-copy", "secret"] as const;
    const drafts = [
      ...all.map((kind) => draft(kind, kind)),
      { ...draft("near-copy", "grave"), severity: "high" as const },
    ];
    const config = { ...defaults, inline: [...all], severity: { inline: "high", summary: "medium" } as const };
    const placed = placeFindings(drafts, config, null);
    expect(placements(placed)).toEqual([
      ["secret", "inline"],
      ["grave", "inline"],
      ["near-copy", "summary"],
    ]);
    const reason = "its severity is low, below review.severity.summary";
    expect(placed.withheld).toEqual([{ about: "companion:3", text: "about companion", reason }]);
  });
});
