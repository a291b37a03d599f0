import { describe, expect, it } from "vitest";
import { findSyntaxErrors } from "../../../../src/api/check-syntax.ts";
import { createUnitParser } from "../../../../src/engram/units/tree-sitter-parser.ts";
import type { GenerateRequest, Model } from "../../../../src/model/model.ts";
import type { AskEvent } from "../../../../src/tasks/ask/events.ts";
import { code, type CodeRequest } from "../../../../src/tasks/code/code.ts";
import { findElisions } from "../../../../src/shared/find-elisions.ts";
import { takeCode } from "../../../../src/tasks/code/take-code.ts";
import { findUnknownNames } from "../../../../src/tasks/code/unknown-names.ts";
import type { CodeTools } from "../../../../src/tasks/code/write-code.ts";
import { fakeModel, promptText } from "../../../helpers/fake-model.ts";
import { foundPassage, providerOf, sourceOf } from "../../../helpers/passages.ts";

const context = foundPassage("export function pageOrders(rows: Row[], page: number): Row[] {}", {
  document: "src/orders.ts",
});
const example = foundPassage('it("pages orders", () => expect(pageOrders([], 1)).toEqual([]));', {
  document: "test/orders.test.ts",
});

const ask = (overrides: Partial<CodeRequest> = {}): CodeRequest => ({
  task: "a function that pages orders",
  kind: "generate",
  how: "direct",
  language: null,
  subject: null,
  context: sourceOf([context]),
  examples: sourceOf([example]),
  turns: [],
  ...overrides,
});

const tools = (model: Model | null, more: Partial<CodeTools> = {}): CodeTools => ({
  models: providerOf(model),
  units: createUnitParser(),
  findSyntaxErrors,
  ...more,
});

const fenced = (text: string, tag = "ts"): string => `Sure.\n\`\`\`${tag}\n${text}\n\`\`\`\n`;
const good = "export const firstPage = (rows: Row[]) => pageOrders(rows, 1);";
const bad = "export const firstPage = (rows: Row[] => pageOrders(rows 1);";

describe("code", () => {
  it("writes from context and examples, each in a block of its own kind, and parses what comes", async () => {
    const requests: GenerateRequest[] = [];
    const model = fakeModel((request) => {
      requests.push(request);
      return fenced(good);
    });
    const answer = await code(ask(), tools(model));
    expect(requests).toHaveLength(1);
    expect(requests[0]?.schema).toBeUndefined();
    expect(promptText(requests[0] as GenerateRequest)).toMatch(
      /BEGIN \w+ CONTEXT 1 .*src\/orders\.ts[\s\S]*BEGIN \w+ EXAMPLE 2 .*test\/orders/,
    );
    expect(answer).toMatchObject({ how: "direct", failed: [], design: null });
    expect(answer.parts).toMatchObject([
      {
        name: "code",
        code: `${good}\n`,
        extension: "ts",
        syntax: [],
        elisions: [],
        unknownNames: [],
        cutOff: false,
        attempts: 1,
        remark: "Sure.",
      },
    ]);
    expect(answer.passages.map(({ id, document }) => [id, document])).toEqual([
      ["1", "src/orders.ts"],
      ["2", "test/orders.test.ts"],
    ]);
  });

  it("tells the model once what does not parse, and takes the better of the two", async () => {
    const prompts: string[] = [];
    const events: AskEvent[] = [];
    const model = fakeModel((request) => {
      prompts.push(promptText(request));
      return fenced(prompts.length === 1 ? bad : good);
    });
    const answer = await code(ask(), tools(model, { onEvent: (event) => events.push(event) }));
    expect(prompts).toHaveLength(2);
    expect(prompts[1]).toMatch(/line 1: /);
    expect(answer.parts[0]).toMatchObject({ syntax: [], attempts: 2 });
    const kinds = events.map(({ type }) => type).filter((type) => type !== "status" && type !== "passage");
    expect(kinds).toEqual(["text", "restart", "text"]);
  });

  it("reports what still does not parse, with its line, and asks no third time", async () => {
    let asked = 0;
    const model = fakeModel(() => {
      asked++;
      return fenced(`const a = 1;\n${bad}`);
    });
    const { parts } = await code(ask(), tools(model));
    expect(asked).toBe(2);
    expect(parts[0]?.attempts).toBe(2);
    expect(parts[0]?.syntax?.[0]?.line).toBe(2);
  });

  it("shows the evidence where there is no model", async () => {
    const answer = await code(ask(), tools(null));
    expect(answer).toMatchObject({ how: "none", why: "no model is installed", parts: [] });
    expect(answer.passages).toHaveLength(2);
  });

  it("pipeline: what one model designs is what the other writes from", async () => {
    const prompts: string[] = [];
    const model = fakeModel((request) => {
      prompts.push(promptText(request));
      return prompts.length === 1 ? "Take pageOrders and give it the first page." : fenced(good);
    });
    const answer = await code(ask({ how: "pipeline" }), tools(model));
    expect(answer.design).toBe("Take pageOrders and give it the first page.");
    expect(prompts[0]).not.toContain("DESIGN");
    expect(prompts[1]).toMatch(/BEGIN \w+ DESIGN\nTake pageOrders/);
  });

  it("collaborative: what failed is named, the others are merged", async () => {
    const model = fakeModel((request) => {
      const prompt = promptText(request);
      if (prompt.includes("You design")) throw new Error("no words");
      return prompt.includes("Task: Tests for") ? fenced("firstPage([]); somethingElse();") : fenced(good);
    });
    const answer = await code(ask({ how: "collaborative" }), tools(model));
    expect(answer.parts.map(({ name }) => name)).toEqual(["implementation", "tests"]);
    expect(answer.parts[1]?.unknownNames).toEqual(["somethingElse"]);
    expect(answer).toMatchObject({ design: null, failed: [{ part: "architecture", reason: "no words" }] });
  });

  it("puts the code that it is about into the prompt once", async () => {
    let prompt = "";
    const model = fakeModel((request) => {
      prompt = promptText(request);
      return fenced(good);
    });
    const subject = { path: "src/orders.ts", symbol: "pageOrders", startLine: 1, endLine: 1, text: context.text };
    await code(ask({ kind: "test", subject }), tools(model));
    expect(prompt.match(/export function pageOrders/g)).toHaveLength(1);
    expect(prompt).toMatch(/BEGIN \w+ CODE src\/orders\.ts/);
  });

  it("refuses code that the model's context cannot hold", async () => {
    const subject = { path: "a.ts", symbol: null, startLine: 1, endLine: 1, text: "x".repeat(20_000) };
    const run = code(ask({ kind: "refactor", subject }), tools(fakeModel(() => fenced(good))));
    await expect(run).rejects.toMatchObject({ code: "subject-too-long" });
  });

  it("says so where the model writes no code, and ends with the signal's reason", async () => {
    await expect(code(ask(), tools(fakeModel(() => "```\n\n```")))).rejects.toMatchObject({ code: "no-code" });
    const controller = new AbortController();
    const model = fakeModel(() => {
      controller.abort(new Error("hung up"));
      return fenced(bad);
    });
    await expect(code(ask(), tools(model, { signal: controller.signal }))).rejects.toThrow("hung up");
  });
});

describe("takeCode", () => {
  it.each([
    ["```ts\na\n```", { code: "a\n", tag: "ts", remark: null, open: false }],
    [
      "x\n```\na\n```\ny\n~~~py\nlonger\n~~~\nz",
      { code: "longer\n", tag: "py", remark: "x ``` a ``` y z", open: false },
    ],
    ["````md\n```ts\ninner\n```\n````", { code: "```ts\ninner\n```\n", tag: "md", remark: null, open: false }],
    ["```python\nnever closed", { code: "never closed\n", tag: "python", remark: null, open: true }],
    ["no fence", { code: "no fence\n", tag: null, remark: null, open: false }],
    ["  \n", null],
  ])("%j", (text, taken) => {
    expect(takeCode(text)).toEqual(taken);
  });
});

describe("findElisions", () => {
  it.each([
    "// ... rest of the code",
    "  # ... existing code ...",
    "/* rest of your class */",
    "// other methods",
    "# your code here",
    "// TODO: implement this",
    "...",
    "// and so on …",
  ])("finds %j", (line) => {
    expect(findElisions(`a\n${line}\nb`)).toEqual([{ line: 2, text: line.trim() }]);
  });

  it.each(["f(...rest);", "const { a, ...b } = c;", "// the other one", "# TODO(bob): faster", "x = [1, ...y]"])(
    "leaves %j",
    (line) => {
      expect(findElisions(line)).toEqual([]);
    },
  );
});

describe("findUnknownNames", () => {
  it.each([
    [
      "ts",
      'import { shown } from "./shown.ts";\nimport { ghost } from "./nowhere.ts";\nshown(ghost(Math.max(1, 2)));',
      ["ghost", "./nowhere.ts"],
    ],
    ["ts", "function own(callback: () => void) { callback(); return [1].map(String); }\nown(() => {});", []],
    ["ts", "const c = new Thing(); c.invented(); shown.toString();", ["Thing", "invented"]],
    [
      "py",
      "import os\nfrom ghosts import spook\n\ndef own(x):\n    return os.path.join(x, spook(len(x)))\n",
      ["ghosts", "spook"],
    ],
  ])("%s: %j", async (extension, text, unknown) => {
    const units = createUnitParser();
    await units.prepare([`a.${extension}`]);
    expect(findUnknownNames(text, extension, "shown is a function of shown.ts", units)?.toSorted()).toEqual(
      unknown.toSorted(),
    );
  });

  it("says nothing about languages whose own names it does not know", async () => {
    const units = createUnitParser();
    await units.prepare(["a.go"]);
    expect(findUnknownNames("package main", "go", "", units)).toBeNull();
  });
});
