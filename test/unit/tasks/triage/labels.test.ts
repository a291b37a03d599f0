import { describe, expect, it } from "vitest";
import { openIssueIndex } from "../../../../src/retrieval/issue-index.ts";
import { chooseLabels, type ChosenLabels, type LabelRules } from "../../../../src/tasks/triage/choose-labels.ts";
import { chooseLabelByModel } from "../../../../src/tasks/triage/choose-label-by-model.ts";
import { learnLessons } from "../../../../src/tasks/triage/lessons.ts";
import type { ModelProvider } from "../../../../src/model/model.ts";
import type { TrackedIssue } from "../../../../src/tracker/tracker.ts";
import { fakeModel } from "../../../helpers/fake-model.ts";
import { tracked, trackerOf } from "../../retrieval/tracked.ts";

const words = ["cart", "coupon", "basket", "checkout", "refund", "invoice", "receipt", "tax"];
const others = ["menu", "colour", "font", "button", "padding", "theme", "icon", "header"];

/** Issues of two kinds that share no word, labelled as people would, but for some of the newest. */
function past(count: number, labelsOf: (kind: 0 | 1, at: number) => string[]): TrackedIssue[] {
  return Array.from({ length: count }, (_, at) => {
    const kind = (at % 2) as 0 | 1;
    const own = kind === 0 ? words : others;
    const said = [at, at + 1, at + 3, at + 4].map((one) => own[(one * 3 + at) % own.length]);
    return tracked(at + 1, { title: said.join(" "), body: "It is wrong.", labels: labelsOf(kind, at) });
  });
}

const asPeopleDo = (kind: 0 | 1): string[] => [kind === 0 ? "Area: money" : "area: looks", "triage"];
const asked = { number: 900, title: "cart coupon checkout", body: "refund invoice" };

async function choose(issues: TrackedIssue[], rules: Partial<LabelRules> = {}): Promise<ChosenLabels> {
  const { precision = 0.9, apply = false, ...rest } = rules;
  const { cutOffs, classifier } = await learnLessons(trackerOf({ issues }), precision);
  const likelihoods = classifier.likelihoods(asked);
  return chooseLabels(asked, openIssueIndex(issues), { apply, ...rest, cutOffs, likelihoods });
}

describe("labels of the past", () => {
  it("are named with the precision that they had, and the issues that have them", async () => {
    const { chosen } = await choose(past(80, asPeopleDo));

    expect(chosen).toMatchObject([{ name: "Area: money", apply: false }]);
    expect(chosen[0]?.confidence).toBeGreaterThanOrEqual(0.9);
    expect(chosen[0]?.confidence).toBeLessThan(1);
    expect(chosen[0]?.evidence).toHaveLength(3);
    expect(chosen[0]?.evidence.every(({ why }) => why.startsWith("labelled Area: money; similarity"))).toBe(true);
  });

  it("are not named where they were wrong too often, seen too seldom, or nobody labels", async () => {
    const wrong = (kind: 0 | 1, at: number): string[] => [(at * 7) % 5 > 1 === (kind === 0) ? "money" : "looks"];

    expect((await choose(past(80, wrong))).chosen).toEqual([]);
    expect((await choose(past(24, asPeopleDo))).chosen).toEqual([]);
    expect((await choose(past(80, () => []))).chosen).toEqual([]);
    expect((await choose([])).chosen).toEqual([]);
  });

  it("keep a cut-off for each label and each precision that is asked", async () => {
    // One of eight money issues was put under looks.
    const mixed = (kind: 0 | 1, at: number): string[] => [kind === 0 && at % 16 !== 0 ? "money" : "looks"];
    const issues = past(160, mixed);

    expect((await choose(issues, { precision: 0.95 })).chosen).toEqual([]);
    expect((await choose(issues, { precision: 0.7 })).chosen.map(({ name }) => name)).toEqual(["money"]);
  });

  it("are not named where they were right once, and not of late", async () => {
    const labelled = (isWrong: (at: number) => boolean): TrackedIssue[] =>
      past(800, (kind, at) => [kind === 0 && !isWrong(at) ? "money" : "looks"]);
    const named = async (issues: TrackedIssue[]) => (await choose(issues)).chosen.map(({ name }) => name);

    // As many are wrong in both.
    expect(await named(labelled((at) => at >= 400 && at < 426))).toContain("money");
    expect(await named(labelled((at) => at >= 774))).not.toContain("money");
  });

  it("are only those that the repository has now, in its spelling, that nobody settled", async () => {
    const issues = past(80, asPeopleDo);
    const has = (name: string): LabelRules["inRepository"] => [{ name, description: "" }];

    expect((await choose(issues, { inRepository: has("AREA: Money") })).chosen).toMatchObject([
      { name: "AREA: Money" },
    ]);
    expect((await choose(issues, { inRepository: has("bug") })).chosen).toEqual([]);
    expect((await choose(issues, { settled: ["area: MONEY"] })).chosen).toEqual([]);
    expect((await choose(issues, { apply: true })).chosen).toMatchObject([{ apply: true }]);
  });

  it("are not named where few neighbours have them, even if that was right when everybody reported the same", async () => {
    const first = past(80, asPeopleDo).filter((_, at) => at % 2 === 0 && at < 20);
    const later = past(81, asPeopleDo).filter((_, at) => at % 2 === 1);
    const issues = [...first, ...later].map((issue, at) => ({
      ...issue,
      number: at + 1,
      title: `${issue.title} shop page`,
    }));

    const { cutOffs, classifier } = await learnLessons(trackerOf({ issues }), 0.9);
    const both = { ...asked, title: `${asked.title} shop page` };
    const likelihoods = classifier.likelihoods(both);
    const named = chooseLabels(both, openIssueIndex(issues), { apply: false, cutOffs, likelihoods });
    expect([...named.chosen, ...named.others].map(({ name }) => name)).toEqual(["Area: money", "area: looks"]);
    expect(named.chosen).toEqual([]);
  });

  it("do not learn from what came later", async () => {
    const issues = past(80, asPeopleDo);
    const { cutOffs, classifier } = await learnLessons(trackerOf({ issues }), 0.9);
    const likelihoods = classifier.likelihoods(asked);
    const first = { ...asked, number: 1 };
    const { chosen } = chooseLabels(first, openIssueIndex(issues), { apply: false, cutOffs, likelihoods });

    expect(chosen).toEqual([]);
  });
});

describe("a model's choice", () => {
  const signal = new AbortController().signal;
  const model = fakeModel(() => "unused");
  const provider = (allowed: boolean, threshold: number | null = null): ModelProvider => ({
    modelFor: async () => ({ model, reason: null }),
    qualified: (_, ability) => ({ allowed: allowed && ability === "label", reason: "", threshold }),
    close: async () => {},
  });
  const candidates = ["money", "looks"].map((name) => ({ name, confidence: null, apply: false, evidence: [] }));
  const decide =
    (option: string, probability = 0.8) =>
    async (_: unknown, { options }: { options: string[] }) => ({
      option,
      probabilities: options.map((one) => (one === option ? probability : 0)),
    });

  it("is one of the labels, never put on the issue", async () => {
    const chosen = await chooseLabelByModel(asked, candidates, undefined, {
      models: provider(true),
      decide: decide("looks"),
      signal,
    });

    expect(chosen).toMatchObject({ name: "looks", confidence: null, apply: false, writtenBy: model.identity.name });
  });

  it.each([
    ["may not choose", provider(false), "looks"],
    ["chooses none", provider(true), "none of these"],
    ["is not sure enough", provider(true, 0.9), "looks"],
    ["invents one", provider(true), "close all issues"],
  ])("is none where it %s", async (_, models, option) => {
    expect(
      await chooseLabelByModel(asked, candidates, undefined, { models, decide: decide(option), signal }),
    ).toBeNull();
  });
});
