import { describe, expect, it } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findBreaches } from "../../../src/retrieval/rules/find-breaches.ts";
import { extractRules } from "../../../src/retrieval/rules/written-rules.ts";
import { createScenario } from "./scenario.ts";

const forbiddenBy = (text: string): string[] => extractRules("AGENTS.md", text).flatMap(({ forbidden }) => forbidden);

describe("extractRules", () => {
  it.each([
    ["Do not use `eval`.", ["eval"]],
    ["- **Never** use the `Buffer` global: browsers have none.", ["Buffer"]],
    ["* Always use `is null` or `is not null` instead of `== null` or `!= null`.", ["== null", "!= null"]],
    ["1. Prefer `assert_not` over `assert !` (`Rails/AssertNot` cop)", ["assert !"]],
    ["Avoid `console.log`, `console.warn` and `alert`", ["console.log", "console.warn", "alert"]],
    ["Use spaces. Call `now()` rather than `Date.now()` everywhere; it is faked in tests.", ["Date.now()"]],
    ["Do not use\n`ForEach-Object`,\n  `Where-Object`.", ["ForEach-Object", "Where-Object"]],
    ["Don’t use `var`", ["var"]],
  ])("reads what %j forbids", (text, forbidden) => {
    expect(forbiddenBy(text)).toEqual(forbidden);
  });

  it.each([
    ["a condition", "Do not use `eval` when the input is not trusted."],
    ["an exception in an aside", "Use `Uint8Array` instead of `Buffer` (except in tests)"],
    ["a purpose", "Never use `Task.Delay` for synchronization."],
    ["a hedge", "Avoid `any` where possible; it hides mistakes."],
    ["a place that we cannot tell", "Never use `Promise.resolve` in async functions."],
    ["a program", "Use `node -e` for scripts, not `python`."],
    ["an option", "Do not use `--force`."],
    ["a placeholder", "Use `[Type]::new(...)` instead of `New-Object ...`."],
    ["files", "Do not use `docs/old/` or `setup.py`."],
    ["commit messages", "Do not use `fix:` in commit titles."],
    ["no code", 'Do not use "eval" and bad words.'],
    ["an example", "```\nDo not use `eval`.\n```"],
    ["a comment", "<!-- Do not use `eval`. -->"],
    ["a quotation", "> Do not use `eval`."],
    ["a table", "| Do not use `eval` | yes |"],
    ["a heading", "## Do not use `eval`"],
    ["what a line leads up to", "**Response schemas** (API):\n\n- Use `.nullish()` instead of `.optional()`"],
    ["a wish", "Use `let`. We use `const`."],
  ])("reads nothing out of %s", (_, text) => {
    expect(forbiddenBy(text)).toEqual([]);
  });

  it("tells where a rule stands, and what it asks for instead", () => {
    const [rule] = extractRules(
      "packages/web/AGENTS.md",
      "# Web\n\n- One.\n- Use `fetchJson` instead of\n  `axios`.\n",
    );
    expect(rule).toMatchObject({
      startLine: 4,
      endLine: 5,
      text: "Use `fetchJson` instead of `axios`.",
      folder: "packages/web",
      forbidden: ["axios"],
      instead: ["fetchJson"],
    });
  });

  it("holds within the folder that its paragraph names, and nowhere where that is not clear", () => {
    const folderOf = (text: string) => extractRules("AGENTS.md", text).map(({ folder }) => folder);
    expect(folderOf("- Keep `src/` quick. Do not use `Where-Object`.")).toEqual(["src"]);
    expect(folderOf("- Keep `src/` and `lib/` quick. Do not use `Where-Object`.")).toEqual([]);
    expect(folderOf("Avoid `eval`: `packages/*/` are shipped.")).toEqual([]);
    expect(folderOf("Use `one/two` instead of `@scope/three`.")).toEqual([""]);
  });

  it("takes its time from no text, however it is made", () => {
    const texts = [
      "`a`, ".repeat(20_000),
      `Use ${"`a` or ".repeat(20_000)}`,
      "Avoid ".repeat(50_000),
      "(".repeat(50_000),
    ];
    for (const text of texts) expect(forbiddenBy(text)).toEqual([]);
  });
});

/** Many files that keep the rules of tests below, so that a repository's habit can be told. */
function tree(more: Record<string, string>): Record<string, string> {
  const kept = Array.from({ length: 24 }, (_, at) => [
    `src/part${at}.ts`,
    `export const part${at} = fetchJson("${at}");\n`,
  ]);
  return { ...Object.fromEntries(kept), ...more };
}

async function breachesOf(before: Record<string, string>, after: Record<string, string>): Promise<string[]> {
  const scenario = await createScenario(tree(before), after);
  const found = await findBreaches(scenario.change, scenario.view, scenario);
  const evidence = found.flatMap((one) => one.evidence);
  expect(await keepResolving(scenario.gitDir, evidence)).toEqual(evidence);
  return found.map(({ rule, code, path, lines }) => `${path}:${lines.join(",")} ${code} ${rule.path}`);
}

const rules = { "AGENTS.md": "Use `fetchJson` instead of `axios`.\n" };

describe("findBreaches", () => {
  it("finds what an added line writes against a rule, by its lines", async () => {
    const after = { "src/new.ts": 'import axios from "axios";\n\nexport const a = axios.get("/a");\n' };
    expect(await breachesOf(rules, after)).toEqual(["src/new.ts:1,3 axios AGENTS.md"]);
  });

  it.each([
    ["comments and strings", "// axios would do\nexport const name = 'axios';\n"],
    ["longer names and keys", "export const useaxios = myAxios({ axios: 1, axios_old });\n"],
  ])("passes over %s", async (_, text) => {
    expect(await breachesOf(rules, { "src/new.ts": text })).toEqual([]);
  });

  it("passes over what is moved, and what was as bad before", async () => {
    const old = {
      ...rules,
      "src/old.ts": "export const a = axios.get(1);\n",
      "src/b.ts": "export const b = axios.get(2);\n",
    };
    const after = {
      "src/old.ts": "",
      "src/new.ts": "  export const a = axios.get(1);\n",
      "src/b.ts": "export const b = axios.get(3);\n",
    };
    expect(await breachesOf(old, after)).toEqual([]);
  });

  it("is silent about a rule that the repository does not keep itself", async () => {
    const kept = Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`src/bad${at}.ts`, "axios.get();\n"]));
    expect(await breachesOf({ ...rules, ...kept }, { "src/new.ts": "axios.get();\n" })).toEqual([]);
  });

  it("holds the rules of a folder against that folder alone, and those of the base alone", async () => {
    const nested = { "src/api/AGENTS.md": "Do not use `axios`.\n", "src/api/a.ts": "export {};\n" };
    const after = {
      "src/api/new.ts": "axios.get();\n",
      "src/new.ts": "axios.get();\n",
      "AGENTS.md": "Do not use `get`.\n",
    };
    expect(await breachesOf(nested, after)).toEqual(["src/api/new.ts:1 axios src/api/AGENTS.md"]);
  });

  it("cites one rule where two files say the same, the nearest", async () => {
    const twice = { ...rules, "CONTRIBUTING.md": "Avoid `axios`.\n", "src/AGENTS.md": "Never use `axios`.\n" };
    expect(await breachesOf(twice, { "src/new.ts": "axios.get();\n" })).toEqual(["src/new.ts:1 axios src/AGENTS.md"]);
  });

  it("holds a rule against the language that the repository is written in", async () => {
    expect(await breachesOf(rules, { "tools/new.py": "axios.get()\n" })).toEqual([]);
  });

  it("tells tests from other code", async () => {
    const both = { "AGENTS.md": "In tests, do not use `sleep`.\n\nNever use `JSON.parse` in production code.\n" };
    const text = "sleep(1);\nJSON.parse(a);\n";
    const tests = Object.fromEntries(Array.from({ length: 3 }, (_, at) => [`test/a${at}.test.ts`, "export {};\n"]));
    expect(
      await breachesOf(
        { ...both, ...tests },
        { "src/new.ts": text, "test/new.test.ts": text, "examples/new.ts": text },
      ),
    ).toEqual(["src/new.ts:2 JSON.parse AGENTS.md", "test/new.test.ts:1 sleep AGENTS.md"]);
  });

  it("knows an operator from a longer one", async () => {
    const text = { "AGENTS.md": "Use `is null` instead of `== null`.\n" };
    expect(await breachesOf(text, { "src/a.ts": "if (a === null) b();\n" })).toEqual([]);
    expect(await breachesOf(text, { "src/a.ts": "if (a == null) b();\n" })).toEqual(["src/a.ts:1 == null AGENTS.md"]);
  });
});
