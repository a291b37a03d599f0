import { describe, expect, it } from "vitest";
import { citedLine } from "../../../src/knowledge/cited-line.ts";
import { markHeadings } from "../../../src/knowledge/marked-headings.ts";
import { pageMark, placeOf } from "../../../src/knowledge/place-of.ts";

describe("placeOf", () => {
  const lines = [
    "intro",
    "# Install ##",
    "## Linux",
    "apt",
    "## macOS",
    "brew",
    "Usage",
    "",
    "Run",
    "===",
    "x",
    pageMark(12),
    "y",
  ];

  it.each([
    [1, null],
    [2, ["Install"]],
    [4, ["Install", "Linux"]],
    [6, ["Install", "macOS"]],
    [9, ["Run"]],
    [11, ["Run"]],
  ])("line %i stands under its headings", (line, heading) => {
    expect(placeOf(lines, line)).toEqual({ page: null, heading });
  });

  it("stands on the page whose mark is above it", () => {
    expect(placeOf(lines, 11).page).toBe(null);
    expect(placeOf(lines, 12).page).toBe(12);
    expect(placeOf(lines, 13).page).toBe(12);
  });

  it("takes no heading from code between fences", () => {
    const code = ["# A", "````", "# b", "```", "# c", "````", "d", "~~~", "# e"];
    expect(placeOf(code, 5).heading).toEqual(["A"]);
    expect(placeOf(code, 7).heading).toEqual(["A"]);
    expect(placeOf(code, 9).heading).toEqual(["A"]);
  });

  it("takes no heading from a table, a rule or front matter", () => {
    expect(placeOf(["---", "title: x", "---", "text"], 4).heading).toBe(null);
    expect(placeOf(["text", "", "---", "more"], 4).heading).toBe(null);
    expect(placeOf(["one", "two", "---"], 3).heading).toBe(null);
  });
});

describe("markHeadings", () => {
  const placed = (...[kind, lines, line]: [Parameters<typeof markHeadings>[0], string[], number]) => {
    const marked = markHeadings(kind, lines);
    expect(marked).toHaveLength(lines.length);
    return placeOf(marked, line).heading;
  };

  it("finds titles of reStructuredText by the order of their styles", () => {
    const rst = [
      "====",
      "Book",
      "====",
      "",
      "Part",
      "~~~~",
      "a",
      "",
      "Sub",
      "----",
      "b",
      "",
      "Next",
      "~~~~",
      "c",
      "::",
      "  # no",
    ];
    expect(placed("restructuredtext", rst, 7)).toEqual(["Book", "Part"]);
    expect(placed("restructuredtext", rst, 11)).toEqual(["Book", "Part", "Sub"]);
    expect(placed("restructuredtext", rst, 17)).toEqual(["Book", "Next"]);
    expect(placed("restructuredtext", ["A long title", "~~~", "x"], 3)).toBe(null);
  });

  it("finds titles of AsciiDoc, not in its listings", () => {
    const adoc = ["= Book", "== Part", "----", "== no", "# no", "----", "x"];
    expect(placed("asciidoc", adoc, 7)).toEqual(["Book", "Part"]);
  });

  it.each(["text", "pdf"] as const)("takes comments in a %s for no headings, and keeps its pages", (kind) => {
    expect(placed(kind, ["# comment", "x"], 2)).toBe(null);
    expect(placeOf(markHeadings(kind, [pageMark(3), "x"]), 2).page).toBe(3);
  });
});

describe("citedLine", () => {
  const weights = new Map([
    ["the", 0.1],
    ["page", 1],
    ["retry", 5],
    ["budget", 5],
  ]);

  it("is where the weightiest words stand together, also over a line end", () => {
    expect(citedLine(["the the page", "a retry", "has a budget", "retry"], weights)).toBe(1);
  });

  it("is never the mark of a page, and the first line where nothing is found", () => {
    expect(citedLine([pageMark(4), "x", "a page"], weights)).toBe(2);
    expect(citedLine(["x", "y"], weights)).toBe(0);
  });
});
