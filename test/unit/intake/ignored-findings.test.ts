import { expect, it } from "vitest";
import { withoutIgnored } from "../../../src/intake/ignored-findings.ts";
import { namedFinding } from "../../../src/intake/steering.ts";
import type { Finding, ReviewOutcome } from "../../../src/publish/outcome.ts";

const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  id,
  kind: "companion",
  anchor: { path: "a.ts", startLine: 3, endLine: 4, side: "RIGHT" },
  title: `Finding ${id}`,
  body: "",
  evidence: [],
  placement: "inline",
  ...more,
});
const said = { about: "b.ts", text: "", reason: "no better than chance here" };
const outcome = { kind: "review", findings: [finding("1"), finding("2"), finding("3")], withheld: [said] } as unknown;
const review = outcome as ReviewOutcome;

it("takes ignored findings out and counts them", () => {
  const left = withoutIgnored(review, new Map([["2", "ann"]]), new Set());

  expect(left.findings.map(({ id }) => id)).toEqual(["1", "3"]);
  expect(left.withheld).toEqual([said, { about: "a.ts:3", text: "Finding 2", reason: expect.any(String) as string }]);
  expect(review.findings).toHaveLength(3);
});

it("keeps those whose comments stand there: they are not addressed", () => {
  const ignored = new Map(["1", "2"].map((id) => [id, "ann"]));
  const left = withoutIgnored(review, ignored, new Set(["1", "3"]));

  expect(left.findings.map(({ id }) => id)).toEqual(["1", "3"]);
});

it("leaves other reviews as they are", () => {
  expect(withoutIgnored(review, new Map([["4", "ann"]]), new Set())).toBe(review);
});

it("names what has no place by its kind", () => {
  const left = withoutIgnored(
    { ...review, findings: [finding("1", { anchor: null })] },
    new Map([["1", "ann"]]),
    new Set(),
  );
  expect(left.withheld.at(-1)?.about).toBe("companion");
});

it.each([
  ["0123456789abcdef", "0123456789abcdef"],
  [" `0123456789ABCDEF` ", "0123456789abcdef"],
  ["finding=0123456789abcdef", "0123456789abcdef"],
  ["0123456789abcde", "0123456789abcdef"],
  ["`012345`", "0123456789abcdef"],
  ["01234", null],
  ["fedcba98", null],
  ["77777777", null],
  ["the first one", null],
  ["", null],
])("reads the id of a finding: %j", (argument, id) => {
  const known = ["0123456789abcdef", "7777777700000000", "7777777711111111"];
  expect(namedFinding(argument, known)).toBe(id);
});
