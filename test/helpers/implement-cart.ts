import type { EditedFile } from "../../src/edits/edit.ts";
import type { ImplementOutcome } from "../../src/publish/implement-outcome.ts";
import { implementChange } from "../../src/tasks/implement/implement-change.ts";
import { fakeModel, promptText } from "./fake-model.ts";
import { createRepository, type TestRepository } from "./git-repository.ts";
import { implementScene, type Scene, type SceneOptions } from "./implement-scene.ts";

/** A small repository with code, a test and a manual. */
export function createCart(dir?: string): TestRepository {
  const repository = createRepository(dir);
  repository.write(
    "src/cart.ts",
    `import { round } from "./round.ts";

export interface Line {
  price: number;
  count: number;
}

/** What all lines cost together. */
export function cartTotal(lines: Line[]): number {
  return round(lines.reduce((sum, { price, count }) => sum + price * count, 0));
}

export function unusedThing(): number {
  return 1;
}
`,
  );
  repository.write(
    "src/round.ts",
    "export function round(value: number): number {\n  return Math.round(value * 100) / 100;\n}\n",
  );
  repository.write(
    "test/cart.test.ts",
    'import { expect, it } from "vitest";\nimport { cartTotal } from "../src/cart.ts";\n\nit("adds up", () => {\n  expect(cartTotal([{ price: 2, count: 3 }])).toBe(6);\n});\n',
  );
  repository.write("docs/cart.md", "# The cart\n\n`cartTotal` adds up the prices of all lines of the cart.\n");
  repository.write("package.json", "{}\n");
  repository.commit("A cart with a total");
  return repository;
}

/** A request for it. */
export const discount = {
  title: "cartTotal should take a discount",
  body: "`cartTotal` in src/cart.ts must subtract a discount in percent from the total.\n\nIt should stay 0 for an empty cart.",
};

/** What a good model answers to each of its prompts. */
const fixed = `export function cartTotal(lines: Line[], discount = 0): number {
  const sum = lines.reduce((total, { price, count }) => total + price * count, 0);
  return round(sum * (1 - discount / 100));
}
`;
export const implementation = `FILE: src/cart.ts\nSYMBOL: cartTotal\n\`\`\`ts\n${fixed}\`\`\`\n`;
const newTest = 'it("takes a discount", () => {\n  expect(cartTotal([{ price: 10, count: 1 }], 50)).toBe(5);\n});\n';
export const tests = `APPEND: test/cart.test.ts\n\`\`\`ts\n${newTest}\`\`\`\n`;
export const manual =
  "FILE: docs/cart.md\n<<<<<<< SEARCH\n`cartTotal` adds up the prices of all lines of the cart.\n=======\n`cartTotal` adds up the prices of all lines, less a discount.\n>>>>>>> REPLACE\n";

type Answers = Partial<Record<"implementation" | "tests" | "documentation", string | ((prompt: string) => string)>>;

/** A model that answers by what a prompt asks for; prompts that it got. */
export function writer(answers: Answers) {
  const prompts: string[] = [];
  const model = fakeModel(
    (request) => {
      const prompt = promptText(request);
      prompts.push(prompt);
      const kind = /Task: Write (?:a test|tests)/.test(prompt)
        ? "tests"
        : /Task: (?:Change what|Write .* again)/.test(prompt)
          ? "documentation"
          : "implementation";
      const answer = answers[kind] ?? "";
      return typeof answer === "string" ? answer : answer(prompt);
    },
    { contextTokens: 16_384 },
  );
  return { model, prompts };
}

export async function runOn(
  repository: TestRepository,
  options: SceneOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<Scene & { outcome: ImplementOutcome }> {
  const scene = await implementScene(repository, options);
  return { ...scene, outcome: await implementChange(scene.input, signal) };
}

export function textOf(files: readonly EditedFile[], path: string): string | null | undefined {
  return files.find((file) => file.path === path)?.after;
}
