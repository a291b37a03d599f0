import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EditedFile } from "../../../../src/edits/edit.ts";
import { fakeModel, promptText } from "../../../helpers/fake-model.ts";
import type { TestRepository } from "../../../helpers/git-repository.ts";
import { createCart, runOn, tests, textOf } from "../../../helpers/implement-cart.ts";
import { disposeScenes, failed, passed, type SceneOptions } from "../../../helpers/implement-scene.ts";

let repository: TestRepository;
beforeAll(() => {
  repository = createCart();
});
afterAll(() => {
  disposeScenes();
  repository.dispose();
});

const total = `export function cartTotal(lines: Line[]): number {
  return round(lines.reduce((sum, { price, count }) => sum + price * count, 0), 0);
}`;
const rounding = `export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}`;

/** Answers for each path; `also`: paths that have to be changed, too. */
function writer(answers: Record<string, string>, also: readonly string[] = []) {
  const prompts: string[] = [];
  const model = fakeModel(
    (request) => {
      const prompt = promptText(request);
      if (request.schema !== undefined) {
        const [, place = ""] = /Has (\S+):\S+ to be changed/.exec(prompt) ?? [];
        return JSON.stringify(
          place === "" ? { answer: "src/cart.ts:cartTotal" } : { answer: also.includes(place) ? "yes" : "no" },
        );
      }
      prompts.push(prompt);
      if (prompt.includes("Task: Write a test")) return tests;
      const path = Object.keys(answers).find((one) => /Task: Change (\S+ of )?\S*/.exec(prompt)?.[0].endsWith(one));
      return path === undefined ? "" : `\`\`\`ts\n${answers[path]}\n\`\`\`\n`;
    },
    { contextTokens: 16_384 },
  );
  return { model, prompts };
}

/** It names no place. */
const vague = {
  title: "The cart's total of all lines is rounded to whole numbers",
  body: "Rounding a value to whole numbers must be possible, and the total of a cart shall do so.",
};

function run(options: SceneOptions) {
  return runOn(repository, options);
}

describe("a change in several places", () => {
  it("is planned and made where a model that may choose says so, each place knowing the others", async () => {
    const { model, prompts } = writer({ "src/cart.ts": total, "src/round.ts": rounding }, ["src/round.ts"]);
    const { outcome, verified } = await run({ request: vague, model, abilities: ["label"] });
    expect(outcome.verdict).toBe("passed");
    expect(outcome.files.map(({ path }) => path)).toEqual(["src/cart.ts", "src/round.ts", "test/cart.test.ts"]);
    expect(verified).toHaveLength(1);
    expect(outcome.documents[2]?.markdown).toMatch(/To be changed:\n\n- `src\/cart.*\n- `src\/round.*chosen by fake/);
    const second = prompts.find((prompt) => prompt.includes("Task: Change round"));
    expect(second).toContain("WRITTEN src/cart.ts");
    expect(second).toMatch(/ALL PLACES OF THE CHANGE\n- src\/cart\.ts cartTotal\n- src\/round\.ts round/);
  });

  it("is one place where nobody may choose, and the request names none", async () => {
    const { model, prompts } = writer({ "src/cart.ts": total, "src/round.ts": rounding }, ["src/round.ts"]);
    const { outcome } = await run({ request: vague, model });
    expect(outcome.files.map(({ path }) => path)).toEqual(["src/cart.ts", "test/cart.test.ts"]);
    expect(prompts.some((prompt) => prompt.includes("ALL PLACES"))).toBe(false);
  });

  it("leaves a place as it is where nothing has to be, or can be, changed there", async () => {
    const request = { ...vague, body: `${vague.body} It is \`cartTotal\` in src/cart.ts, and perhaps \`round\`.` };
    const same = "export function round(value: number): number {\n  return Math.round(value * 100) / 100;\n}";
    const unchanged = await run({ request, model: writer({ "src/cart.ts": total, "src/round.ts": same }).model });
    expect(unchanged.outcome).toMatchObject({ verdict: "passed", rounds: [{ applied: 2 }] });
    expect(unchanged.outcome.files.map(({ path }) => path)).toEqual(["src/cart.ts", "test/cart.test.ts"]);
    expect(unchanged.outcome.unverified).toContain("src/round.ts was to be looked at as well, and stays as it is.");

    const verify = (files: readonly EditedFile[]) =>
      textOf(files, "src/round.ts") === undefined ? [passed("test")] : [failed("test", "wrong")];
    const { model } = writer({ "src/cart.ts": total, "src/round.ts": rounding });
    const failing = await run({ request, model, verify });
    expect(failing.outcome.verdict).toBe("passed");
    expect(failing.outcome.files.map(({ path }) => path)).toEqual(["src/cart.ts"]);
    expect(failing.outcome.unverified).toContain("What was written for src/round.ts did not pass, and is left out.");
  });

  it("makes a new file, and brings it into use where the request says", async () => {
    const request = {
      title: "Add src/tax.ts and use it in cartTotal",
      body: "Create `src/tax.ts` with a function `withTax`; `cartTotal` in src/cart.ts must use it.",
    };
    const tax = "export function withTax(value: number): number {\n  return value * 1.2;\n}";
    const cart = `import { withTax } from "./tax.ts";\n${repository.git("show", "HEAD:src/cart.ts").replace("return round(", "return withTax(")}`;
    const { model, prompts } = writer({ "src/tax.ts": tax, "src/cart.ts": cart });
    const { outcome } = await run({ request, model });
    expect(outcome.verdict).toBe("passed");
    const written = outcome.files.filter(({ path }) => path.startsWith("src/"));
    expect(written.map(({ path, before }) => [path, before === null])).toEqual([
      ["src/cart.ts", false],
      ["src/tax.ts", true],
    ]);
    expect(textOf(outcome.files, "src/cart.ts")).toContain('import { withTax } from "./tax.ts";');
    expect(prompts.find((prompt) => prompt.includes("Task: Change src/cart.ts"))).toContain("WRITTEN src/tax.ts");

    const half = await run({ request, model: writer({ "src/tax.ts": tax }).model });
    expect(half.outcome).toMatchObject({ verdict: "failed" });
  });
});
