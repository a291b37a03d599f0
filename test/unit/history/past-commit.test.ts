import { describe, expect, it } from "vitest";
import { issueReferences, pullNumberOf } from "../../../src/history/past-commit.ts";

const repository = { host: "github.com", owner: "Acme", name: "web.app" };

describe("pullNumberOf", () => {
  it.each([
    ["Fix it (#12)", 12],
    ["Merge pull request #34 from a/b", 34],
    ["Mention #12 only", null],
    ["Fix (#12) and more", null],
    ["Fix (#0)", null],
  ])("%s", (subject, expected) => {
    expect(pullNumberOf(subject)).toBe(expected);
  });
});

describe("issueReferences", () => {
  it.each(["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved", "FIXES"])(
    "%s closes, with a colon or without",
    (keyword) => {
      const expected = [{ number: 12, closes: true }];

      expect(issueReferences(`It ${keyword} #12.`)).toEqual(expected);
      expect(issueReferences(`(${keyword}: GH-12)`)).toEqual(expected);
    },
  );

  it.each([
    ["fixes #1, #2", [1], [2]],
    ["prefixes #3, fix\n#4, fixes#5, hot-fix #6", [], [3, 4, 6]],
    ["see #7, later fixes #7", [7], []],
    ["#0 a#1 x/#2 #3abc &#8364; /x#4 #5_", [], []],
    ["(#15) [#16] #17's #18.", [], [15, 16, 17, 18]],
  ])("%s", (text, closing, naming) => {
    const found = issueReferences(text);

    expect(found.filter(({ closes }) => closes).map(({ number }) => number)).toEqual(closing);
    expect(found.filter(({ closes }) => !closes).map(({ number }) => number)).toEqual(naming);
  });

  it.each([
    ["fixes acme/web.app#3", [3]],
    ["fixes https://github.com/ACME/Web.App/issues/3", [3]],
    ["fixes https://github.com/acme/web.app/pull/3#issuecomment-4", [3]],
    ["fixes other/web.app#3 fixes acme/other#3", []],
    ["fixes https://github.com/other/web.app/issues/3", []],
    ["fixes https://ghe.example/acme/web.app/issues/3", []],
    ["fixes acme/web.app/issues/3", []],
  ])("of the own repository only: %s", (text, expected) => {
    expect(issueReferences(text, repository).map(({ number }) => number)).toEqual(expected);
    expect(issueReferences(text)).toEqual([]);
  });

  it.each(["a", "-", "a/", "#", "fix ", "https://a/", "fix #1 ", "x".repeat(39) + "/"])(
    "reads a text of %j over and over in no time",
    (part) => {
      const text = part.repeat(65_000 / part.length);

      expect(issueReferences(text, repository).length).toBeLessThanOrEqual(1);
    },
    5_000,
  );
});
