import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CodeAnswer } from "../../../src/tasks/code/code-answer.ts";
import { shopSpecification } from "../../helpers/shop-specification.ts";
import { runCommand, temporaryFolder } from "./command-line.ts";

const home = temporaryFolder();
const work = temporaryFolder();
const engram = join(work.path, "code.engram");
const run = (args: string[], env: Record<string, string> = {}) =>
  runCommand(args, home.path, { RESEARCH_MODEL: "none", CODING_MODEL: "none", ...env });

/** A script of a model's answers. */
function script(...answers: string[]): string {
  const file = join(work.path, `script-${answers.length}-${Math.abs(answers.join().length)}.json`);
  writeFileSync(file, JSON.stringify({ name: "test-model", steps: answers.map((answer) => ({ answer })) }));
  return file;
}

beforeAll(async () => {
  const src = join(work.path, "src");
  mkdirSync(src);
  writeFileSync(
    join(src, "orders.ts"),
    "export interface Row { id: string }\n\n/** Pages are counted from one. */\nexport function pageOrders(rows: Row[], page: number): Row[] {\n  return rows;\n}\n",
  );
  writeFileSync(join(work.path, "shop.yaml"), shopSpecification);
  await run(["ingest", "-i", src, "-e", engram]);
});
afterAll(() => {
  home.dispose();
  work.dispose();
});

describe("assistant code", () => {
  it("without a model says so with exit code 2, after the evidence", async () => {
    const { code, stdout, stderr } = await run(["code", "--task", "a function that pages orders", "--context", engram]);
    expect(stdout).toBe(`Found for it:\n\n- [1] ${engram}: orders.ts:1-6\n`);
    expect(stderr).toMatch(/^error: code takes a model: models are switched off. .*\n$/);
    expect(code).toBe(2);
  });

  it("writes a client without a model", async () => {
    const out = join(work.path, "client.ts");
    const { code, stdout } = await run([
      "code",
      "--task",
      "a client",
      "--spec",
      join(work.path, "shop.yaml"),
      "--out",
      out,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("- written by code from the specification (models are switched off)");
    expect(readFileSync(out, "utf8")).toContain("export function listPets(");
  });

  it("checks what a model writes: one more attempt where it does not parse, names that nobody showed", async () => {
    const coding = script(
      "```ts\nconst first = (rows => pageOrders(rows 1);\n```",
      "```ts\nconst first = pageOrders(ghost(), 1);\n```",
    );
    const args = ["code", "--task", "the first page of orders", "--context", engram, "--json"];
    const { code, stdout } = await run(args, { CODING_MODEL: coding });
    const answer = JSON.parse(stdout) as CodeAnswer;
    expect(answer).toMatchObject({ kind: "generate", how: "direct" });
    expect(answer.parts).toMatchObject([{ attempts: 2, syntax: [], unknownNames: ["ghost"], extension: "ts" }]);
    expect(code).toBe(0);
  });

  it("addresses code by file and symbol, and ends with 1 where what was written does not parse", async () => {
    const broken = "```ts\nexport function pageOrders( {\n```";
    const args = [
      "code",
      "--task",
      "document it",
      "--kind",
      "document",
      "--file",
      "orders.ts:pageOrders",
      "--context",
      engram,
    ];
    const { code, stdout } = await run(args, { CODING_MODEL: script(broken, broken) });
    expect(stdout).toMatch(/it does NOT parse \(second attempt\): line \d/);
    expect(stdout).toContain("written by test-model, which has NOT qualified for edits");
    expect(code).toBe(1);
  });

  it("pipeline: the design of the research model is shown before the code", async () => {
    const env = {
      RESEARCH_MODEL: script("Call pageOrders with page one."),
      CODING_MODEL: script("```ts\npageOrders([], 1);\n```"),
    };
    const { code, stdout } = await run(
      ["code", "--task", "the first page", "--how", "pipeline", "--context", engram],
      env,
    );
    expect(stdout).toMatch(/^## Design\n\nCall pageOrders with page one\.\n\n```ts\npageOrders\(\[\], 1\);/);
    expect(code).toBe(0);
  });

  it("ask says what a text was taken for", async () => {
    const { stdout, stderr, code } = await run(["ask", "what is a page counted from, and why?", "--engram", engram]);
    expect(stderr).toMatch(/^taken for research \(\d+ %/);
    expect(stdout).toContain("“Pages are counted from one.”");
    expect(code).toBe(0);
  });

  it.each([
    [["--kind", "refactor"], "no code is named to refactor"],
    [["--kind", "client"], "no specification is named"],
    [["--file", "nowhere.ts"], "there is no file nowhere.ts"],
    [["--file", "orders.ts:pageOrder"], "Did you mean orders.ts:pageOrders?"],
    [["--language", "klingon"], "is no language known here"],
    [["--spec", "none.yaml"], "cannot be read"],
    [["--how", "magic"], "magic"],
  ])("%j: one line, exit code 2", async (args, cause) => {
    const { code, stdout, stderr } = await run(["code", "--task", "do it", "--context", engram, ...args]);
    expect(stderr).toContain(cause);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});
