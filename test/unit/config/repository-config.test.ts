import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parseRepositoryConfig } from "../../../src/config/repository-config.ts";
import { limits } from "../../../src/shared/limits.ts";

const defaults = {
  mode: "mention",
  language: "en",
  models: {},
  review: {
    enabled: true,
    inline: [],
    ignore: [],
    max_comments: limits.inlineComments,
    precision: limits.inlinePrecision,
    drafts: false,
    bots: false,
    title_ignore: ["WIP", "[skip review]"],
    labels: { only: [], never: [] },
    branches: [],
    check: false,
    push: "off",
    severity: { inline: "low", summary: "low" },
    minutes: limits.reviewBudgetMs / 60_000,
    sample: {},
    size_labels: {},
    paths: [],
  },
  hygiene: { personal_data: [] },
  triage: { enabled: true, labels: "suggest", precision: limits.labelPrecision, command_role: "triage" },
  implement: { commands: [], minutes: 10, protect: [], approve: false, documents: null },
};

it.each([null, "", "# nothing yet\n", "review:\ntriage:\n", "{}"])("has the defaults for %j", (text) => {
  expect(parseRepositoryConfig(text)).toEqual({ config: defaults, problem: null });
});

it("reads what a maintainer wrote", () => {
  const text =
    "mode: auto\nlanguage: en\nmodels: {coding: small-7b, research: none}\nreview:\n  inline: [near-copy]\n  ignore: ['dist/**']\n  max_comments: 3\ntriage: {enabled: false, labels: add}\n" +
    "implement: {commands: [{name: test, run: npm test}, {name: lint, run: [npx, eslint, .]}], documents: docs/plans}\n";

  expect(parseRepositoryConfig(text)).toEqual({
    config: {
      mode: "auto",
      language: "en",
      models: { coding: "small-7b", research: "none" },
      review: { ...defaults.review, inline: ["near-copy"], ignore: ["dist/**"], max_comments: 3 },
      hygiene: defaults.hygiene,
      triage: { ...defaults.triage, enabled: false, labels: "add" },
      implement: {
        commands: [
          { name: "test", run: "npm test" },
          { name: "lint", run: ["npx", "eslint", "."] },
        ],
        minutes: 10,
        protect: [],
        approve: false,
        documents: "docs/plans",
      },
    },
    problem: null,
  });
});

it.each([
  ["triage: {labels: all}", "triage.labels: "],
  ["triage: {command_role: everybody}", "triage.command_role: "],
  ["implement: {commands: [npm test]}", "implement.commands.0: Invalid input"],
  ["implement: {documents: ../x}", "must be a folder of the repository"],
  ["implement: {documents: .github}", "must be a folder of the repository"],
  ["mode: quiet", "mode: Invalid option"],
  ["language: de", "language: must be en: English is the only language that the assistant writes yet"],
  ["models: {coding: /models/m.gguf}", "models.coding: must be none, or the name of a model that the server has"],
  ["models: {coding: ../m}", "no path, no address"],
  ["models: {research: 'http://127.0.0.1:8080#m'}", "no path, no address"],
  ["models: {coding: auto}", "models.coding: must be none, or the name"],
  ["models: {coding: [a, b]}", "models.coding: Invalid input"],
  ["mdoe: auto", "mdoe is not a known key; did you mean mode?"],
  ["review: {inline: [typo]}", "review.inline.0: Invalid option"],
  ["review: {max-comments: 3}", "did you mean review.max_comments?"],
  [`review: {max_comments: ${limits.inlineCommentsMost + 1}}`, "review.max_comments: Too big"],
  ["review: {push: yes}", "review.push: Invalid option"],
  ["review: {severity: {inline: huge}}", "review.severity.inline: Invalid option"],
  [`review: {minutes: ${limits.reviewMinutesMost + 1}}`, "review.minutes: Too big"],
  ["review: {sample: {file: 3}}", "did you mean review.sample.files?"],
  ["review: {size_labels: {size/XS: small}}", "review.size_labels.size/XS: Invalid input"],
  ["[]", "the file: Invalid input"],
  ["mode: [", "at line 1"],
  ["a: &a [1]\nb: [".padEnd(400, "*a, ") + "1]", "not valid"],
  ["#".repeat(limits.repositoryConfigCharacters + 1), "longer than"],
])("uses the defaults and says why for %j", (text, message) => {
  const { config, problem } = parseRepositoryConfig(text);

  expect(config).toEqual(defaults);
  expect(problem).toContain(message);
  expect(problem).not.toContain("\n");
});

it.each([
  ["mode: auto\n\nreview:\n  max_comments: 99\n", "line 4: review.max_comments"],
  ["mode: auto\nreviews: {}\n", "line 2: reviews is not a known key; did you mean review?"],
  ["# first\nreview:\n  labels:\n    never: [a, b]\n    onyl: []\n", "line 5: review.labels.onyl"],
  ["review:\n  inline:\n    - near-copy\n    - typo\n", "line 4: review.inline.1"],
  ["review:\n  paths:\n    - match: a\n      ignored: true\n", "did you mean review.paths.0.ignore?"],
  ["review:\n  paths:\n    - ignore: true\n", "line 3: review.paths.0.match"],
  ["review: 3\n", "line 1: review: Invalid input"],
  ["mode: quiet\nreview: {max_comments: 99}\n", "line 1: mode: Invalid option"],
])("names the line in %j", (text, message) => {
  expect(parseRepositoryConfig(text).problem).toContain(message);
});

it("ignores files by a rule for paths, and keeps instructions", () => {
  const text = [
    "review:",
    "  ignore: ['dist/**']",
    "  paths:",
    "    - {match: 'vendor/**', ignore: true}",
    "    - match: 'src/money/**'",
    "      instructions: |",
    "        Amounts are integers.",
  ].join("\n");
  const { review } = parseRepositoryConfig(text).config;

  expect(review.ignore).toEqual(["dist/**", "vendor/**"]);
  expect(review.paths).toEqual([
    { match: "vendor/**", ignore: true },
    { match: "src/money/**", ignore: false, instructions: "Amounts are integers." },
  ]);
});

it("never throws", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.json(), fc.string({ unit: fc.constantFrom(..."mode: [{&*!|>-\n\t'\"#".split("")) })),
      (text) => {
        expect(parseRepositoryConfig(text).config.mode).toMatch(/^(preview|mention|auto)$/);
      },
    ),
  );
});

it("refuses keys within keys, which would take for ever to read", () => {
  expect(parseRepositoryConfig("? ".repeat(400)).problem).toContain("marked with ?");
  expect(
    parseRepositoryConfig("review:\n  paths:\n    - {match: a, instructions: 'why ? x : y'}\n").problem,
  ).toBeNull();
});
