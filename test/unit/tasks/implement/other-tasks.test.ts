import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRepository, type TestRepository } from "../../../helpers/git-repository.ts";
import { createCart, implementation, runOn, tests, textOf, writer } from "../../../helpers/implement-cart.ts";
import { disposeScenes, type SceneOptions } from "../../../helpers/implement-scene.ts";

let repository: TestRepository;
beforeAll(() => {
  repository = createCart();
});
afterAll(() => {
  disposeScenes();
  repository.dispose();
});

function run(options: SceneOptions, signal?: AbortSignal) {
  return runOn(repository, options, signal);
}

describe("tests, documents and refactorings", () => {
  it("writes tests of what is named", async () => {
    const { model, prompts } = writer({ tests });
    const { outcome } = await run({
      request: { task: "test", argument: "src/cart.ts:cartTotal", title: "Cart" },
      model,
    });
    expect(outcome).toMatchObject({ verdict: "passed", title: "Add tests for cartTotal" });
    expect(outcome.files.map(({ path }) => path)).toEqual(["test/cart.test.ts"]);
    expect(outcome.documents.map(({ phase }) => phase)).toEqual(["requirements", "specification", "design", "tests"]);
    expect(prompts[0]).toContain("TESTED src/cart.ts");
  });

  it("puts the tests of a file without any where others stand", async () => {
    const answer = 'FILE: test/round.test.ts\n```ts\nimport { round } from "../src/round.ts";\nround(1);\n```\n';
    const { model } = writer({ tests: answer });
    const { outcome } = await run({ request: { task: "test", argument: "src/round.ts", title: "Round" }, model });
    expect(outcome.files.map(({ path, before }) => [path, before])).toEqual([["test/round.test.ts", null]]);
  });

  it("documents, and changes nothing but comments", async () => {
    const commented =
      "FILE: src/cart.ts\nSYMBOL: unusedThing\n```ts\n/** Always one. */\nexport function unusedThing(): number {\n  return 1;\n}\n```\n";
    const request = { task: "document" as const, argument: "src/cart.ts:unusedThing", title: "Cart" };
    const good = await run({ request, model: writer({ documentation: commented }).model });
    expect(good.outcome.verdict).toBe("passed");
    expect(textOf(good.outcome.files, "src/cart.ts")).toContain("/** Always one. */\nexport function unusedThing");
    const other = await run({
      request,
      model: writer({ documentation: commented.replace("return 1", "return 2") }).model,
    });
    expect(other.outcome).toMatchObject({ verdict: "failed", reason: expect.stringContaining("comments only") });
  });

  it("renames by code alone, without a model", async () => {
    const request = {
      task: "refactor" as const,
      argument: "rename round to roundCents in src/round.ts",
      title: "Names",
    };
    const { outcome } = await run({ request, model: null });
    expect(outcome.verdict).toBe("passed");
    expect(outcome.files.map(({ path }) => path)).toEqual(["src/cart.ts", "src/round.ts"]);
    expect(textOf(outcome.files, "src/cart.ts")).toContain('import { roundCents } from "./round.ts"');
    expect(textOf(outcome.files, "src/round.ts")).toContain("Math.round(value");
    expect(outcome.unverified).toContain("Math.round in src/round.ts was taken for something else of that name.");
  });

  it("renames what is only named, and refuses a name that is taken", async () => {
    const rename = (argument: string) => run({ request: { task: "refactor", argument, title: argument }, model: null });
    const { outcome } = await rename("rename cartTotal to totalOfCart");
    expect(outcome).toMatchObject({ verdict: "passed", title: "Rename cartTotal to totalOfCart" });
    expect(outcome.files.map(({ path }) => path)).toEqual(["src/cart.ts", "test/cart.test.ts"]);
    expect(outcome.unverified).toContain("cartTotal still stands in docs/cart.md.");
    const taken = await rename("rename cartTotal to unusedThing");
    expect(taken.outcome).toMatchObject({ verdict: "refused", reason: "unusedThing stands in src/cart.ts already." });
  });

  it("removes what nothing uses, and says who uses the rest", async () => {
    const remove = (symbol: string) => ({
      task: "refactor" as const,
      argument: `remove dead code src/cart.ts:${symbol}`,
      title: "",
    });
    const dead = await run({ request: remove("unusedThing"), model: null });
    const before = repository.git("show", "HEAD:src/cart.ts");
    const left = before.slice(0, before.indexOf("\n\nexport function unusedThing"));
    expect(textOf(dead.outcome.files, "src/cart.ts")).toBe(`${left}\n`);
    expect(dead.outcome.verdict).toBe("passed");
    const used = await run({ request: remove("cartTotal"), model: null });
    expect(used.outcome).toMatchObject({ verdict: "refused", reason: "`cartTotal` is used in docs/cart.md." });
  });

  it("simplifies and extracts with a model", async () => {
    const { model, prompts } = writer({ implementation });
    const request = { task: "refactor" as const, argument: "simplify src/cart.ts:cartTotal", title: "" };
    const { outcome } = await run({ request, model });
    expect(outcome.verdict).toBe("passed");
    expect(prompts[0]).toContain("What the code does stays the same.");
    expect(prompts).toHaveLength(1);
  });
});

describe("a repository without tests", () => {
  it("is changed without them, which is said, and gets its first one where that is asked for", async () => {
    const bare = createRepository();
    bare.write("src/half.ts", "export function half(value: number): number {\n  return value / 2;\n}\n");
    bare.commit("A half");
    const fixed = "```ts\nexport function half(value: number): number {\n  return Math.floor(value / 2);\n}\n```\n";
    const request = { title: "half must round down", body: "`half` in src/half.ts must give whole numbers." };
    const changed = await runOn(bare, { request, model: writer({ implementation: fixed }).model });
    expect(changed.outcome.verdict).toBe("passed");
    expect(changed.outcome.files.map(({ path }) => path)).toEqual(["src/half.ts"]);
    expect(changed.outcome.unverified.join(" ")).toContain("No tests were written");

    const first = { task: "test" as const, argument: "src/half.ts:half", title: "half" };
    const tested = await runOn(bare, { request: first, model: writer({ tests: "```ts\nhalf(2);\n```\n" }).model });
    expect(tested.outcome.files).toMatchObject([{ path: "src/half.test.ts", before: null }]);
    bare.dispose();
  });
});
