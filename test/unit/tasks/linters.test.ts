import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { linterFindings } from "../../../src/tasks/review/linters/linter-findings.ts";
import type { LinterResult } from "../../../src/tasks/review/linters/linter-result.ts";
import { readSarif } from "../../../src/tasks/review/linters/read-sarif.ts";
import { reviewChange } from "../../../src/tasks/review/review-change.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { reviewInputOf } from "../../helpers/review-scene.ts";

const place = (uri: string, startLine = 2, more: object = {}) => [
  { physicalLocation: { artifactLocation: { uri, ...more }, region: { startLine } } },
];
const said = { ruleId: "no-var", message: { text: "Unexpected var." } };

function sarif(results: unknown[], run: object = {}): string {
  const driver = { name: "ESLint", rules: [{ id: "no-var", defaultConfiguration: { level: "error" } }] };
  return JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver }, results, ...run }] });
}
const read = (results: unknown[], run: object = {}): LinterResult[] => readSarif(sarif(results, run), "a.sarif");

describe("readSarif", () => {
  it("reads tool, rule, level of the rule, message and place", () => {
    expect(read([{ ...said, locations: place("src/a.ts") }])).toEqual([
      {
        tool: "ESLint",
        rule: "no-var",
        level: "error",
        message: "Unexpected var.",
        path: "src/a.ts",
        startLine: 2,
        endLine: 2,
        fingerprint: null,
      },
    ]);
  });

  it.each([
    ["./src/a.ts", {}, "src/a.ts"],
    ["a%20b.ts", { uriBaseId: "SUB" }, "packages/one/a b.ts"],
    ["a.ts", { uriBaseId: "%SRCROOT%" }, "a.ts"],
    ["a.ts", { uriBaseId: "constructor" }, "a.ts"],
    ["a.ts", { uriBaseId: "CIRCLE" }, "c/c/c/c/c/a.ts"],
    ["file:///home/ci/repo/src/a.ts", {}, "/home/ci/repo/src/a.ts"],
    ["file:///C:/repo/src/a.ts", {}, "/C:/repo/src/a.ts"],
  ])("finds the file of %s, %j", (uri, more, path) => {
    const originalUriBaseIds = {
      SUB: { uri: "one", uriBaseId: "PACKAGES" },
      PACKAGES: { uri: "packages/" },
      CIRCLE: { uri: "c/", uriBaseId: "CIRCLE" },
    };
    expect(read([{ ...said, locations: place(uri, 2, more) }], { originalUriBaseIds })[0]?.path).toBe(path);
  });

  it("finds what stands elsewhere in the file: rules of extensions, messages, artifacts", () => {
    const rules = [
      { id: "deep", messageStrings: { bad: { text: "{0} is bad, {1} too" } }, defaultConfiguration: { level: "note" } },
    ];
    const tool = { driver: { name: "Tool" }, extensions: [{ name: "Pack", rules }] };
    const rule = { index: 0, toolComponent: { index: 0 } };
    const message = { id: "bad", arguments: ["a"] };
    const locations = [{ physicalLocation: { artifactLocation: { index: 0 }, region: { startLine: 1, endLine: 3 } } }];
    const run = { tool, artifacts: [{ location: { uri: "b.ts" } }] };
    expect(read([{ rule, message, locations }], run)).toMatchObject([
      { tool: "Tool", rule: "deep", level: "note", message: "a is bad, {1} too", path: "b.ts", endLine: 3 },
    ]);
  });

  it.each([
    ["is suppressed", { suppressions: [{ kind: "inSource" }] }],
    ["stood there before", { baselineState: "unchanged" }],
    ["is no failure", { kind: "pass" }],
    ["is off", { level: "none" }],
    ["has no line", { locations: [{ physicalLocation: { artifactLocation: { uri: "a.ts" } } }] }],
    ["has no place", { locations: [] }],
    ["is about a page", { locations: place("https://example.com/a.ts") }],
    ["leads out of the repository", { locations: place("../../etc/passwd") }],
    ["is badly encoded", { locations: place("a%E0%A4%A.ts") }],
  ])("passes over what %s", (_, more) => {
    expect(read([{ ...said, locations: place("a.ts"), ...more }])).toEqual([]);
  });

  it.each([
    ["{", "a.sarif cannot be read as SARIF 2.1.0: it is not JSON"],
    ["[]", "a.sarif cannot be read as SARIF 2.1.0: the file: Invalid input: expected object, received array"],
    [
      '{"version":"2.0.0","runs":[]}',
      'a.sarif cannot be read as SARIF 2.1.0: version: Invalid input: expected "2.1.0"',
    ],
    [
      sarif([{ message: { text: 3 } }]),
      "a.sarif cannot be read as SARIF 2.1.0: runs.0.results.0.message.text: Invalid input: expected string, received number",
    ],
  ])("says of %s what is wrong, once", (content, error) => {
    expect(() => readSarif(content, "a.sarif")).toThrow(expect.objectContaining({ message: error, code: "bad-sarif" }));
  });
});

let repository: TestRepository;
beforeEach(() => {
  repository = createRepository();
  repository.write("src/a.ts", "const one = 1;\nconst two = 2;\nconst three = 3;\n");
  repository.commit("Begin");
  repository.git("switch", "-q", "-c", "feature");
  repository.write("src/a.ts", "const one = 1;\nvar two = 2;\nvar more = 2;\nconst three = 3;\n");
  repository.commit("Change");
});
afterEach(() => repository.dispose());

const at = (startLine: number, more: Partial<LinterResult> = {}): LinterResult => ({
  tool: "ESLint",
  rule: "no-var",
  level: "warning",
  message: "Unexpected var.\nUse let.",
  path: "src/a.ts",
  startLine,
  endLine: startLine,
  fingerprint: null,
  ...more,
});

describe("linterFindings", () => {
  it("tells what is reported on added lines, by rule and tool, and cites them", async () => {
    const input = await reviewInputOf(repository);
    const { findings } = linterFindings([at(1), at(2), at(4), at(2, { path: "src/b.ts" })], input.change);
    expect(findings).toMatchObject([
      {
        kind: "linter",
        severity: "medium",
        title: "`ESLint`: `no-var`: Unexpected var.",
        body: "Use let.",
        anchor: { path: "src/a.ts", startLine: 2, endLine: 2, side: "RIGHT" },
        evidence: [{ kind: "linter", text: "var two = 2;" }],
      },
    ]);
    const evidence = findings.flatMap((one) => one.evidence);
    expect(await keepResolving(repository.dir, evidence)).toEqual(evidence);
  });

  it("ends where the added lines end, and takes the path that an absolute one ends with", async () => {
    const { change } = await reviewInputOf(repository);
    const { findings } = linterFindings([at(2, { endLine: 4, path: "/home/ci/work/src/a.ts" })], change);
    expect(findings.map(({ anchor }) => anchor)).toEqual([
      { path: "src/a.ts", startLine: 2, endLine: 3, side: "RIGHT" },
    ]);
    expect(linterFindings([at(2, { path: "other/src/a.ts" })], change).findings).toEqual([]);
  });

  it("says nothing twice, also where two runs of a tool differ in their words", async () => {
    const { change } = await reviewInputOf(repository);
    const same = [at(2), at(2), at(3, { fingerprint: "1" }), at(3, { fingerprint: "1", message: "Other words" })];
    expect(linterFindings(same, change).findings).toHaveLength(2);
  });

  it("stands on lines where it is an error, up to a cap, and else in the summary", async () => {
    const many = Array.from({ length: 25 }, (_, index) => at(3, { rule: `rule-${index}` }));
    const linterResults = [...many, at(2, { level: "error" })];
    const { findings, withheld } = await reviewChange(await reviewInputOf(repository, { linterResults }), "");
    expect(findings.map(({ placement, severity }) => [placement, severity]).slice(0, 2)).toEqual([
      ["inline", "high"],
      ["summary", "medium"],
    ]);
    expect(findings).toHaveLength(20);
    expect(withheld).toHaveLength(6);
    expect(withheld[0]?.reason).toBe("linters report more than 20 things on added lines");
  });
});
