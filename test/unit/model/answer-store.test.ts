import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { openAnswerStore, type AnswerStore } from "../../../src/model/answer-store.ts";
import type { GenerateRequest, ModelProvider } from "../../../src/model/model.ts";
import { fakeModel } from "../../helpers/fake-model.ts";

let dir: string;
let store: AnswerStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "answers-"));
  store = openAnswerStore(join(dir, "answers.db"));
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Counts how often it is asked, and answers with the count. */
function counting(sha256: string | null): { provider: ModelProvider; asked: () => number } {
  let asked = 0;
  const model = fakeModel(() => JSON.stringify({ count: String(++asked) }), { identity: { sha256 } });
  const provider: ModelProvider = {
    modelFor: async () => ({ model, reason: null }),
    qualified: () => ({ allowed: false, reason: "" }),
    close: async () => {},
  };
  return { provider, asked: () => asked };
}

const schema = z.object({ count: z.string() });
const request: GenerateRequest<{ count: string }> = {
  messages: [{ role: "user", content: "how often?" }],
  schema,
  maxTokens: 9,
};

async function ask(provider: ModelProvider, asked: GenerateRequest<{ count: string }> = request) {
  const { model } = await store.remember(provider).modelFor("coding");
  return model?.generate(asked);
}

it("gives the same answer to the same request without asking the model, also after a restart", async () => {
  const { provider, asked } = counting("a".repeat(64));
  const first = await ask(provider);
  store.close();
  store = openAnswerStore(join(dir, "answers.db"));
  const again = await ask(provider);
  expect(again?.value).toEqual(first?.value);
  expect(again).toMatchObject({ promptTokens: 0, generatedTokens: 0, ms: 0 });
  expect(asked()).toBe(1);
});

it.each([
  ["another prompt", { ...request, messages: [{ role: "user" as const, content: "and now?" }] }],
  ["another shape", { ...request, schema: z.object({ count: z.string().max(5) }) }],
  ["another length", { ...request, maxTokens: 10 }],
  ["another seed", { ...request, seed: 2 }],
])("asks again for %s", async (_, other) => {
  const { provider, asked } = counting("a".repeat(64));
  await ask(provider);
  await ask(provider, other);
  expect(asked()).toBe(2);
});

it.each([
  ["answers that may differ each time", "a".repeat(64), { ...request, temperature: 0.7 }],
  ["a model whose weights are not known", null, request],
])("does not remember %s", async (_, sha256, asking) => {
  const { provider, asked } = counting(sha256);
  await ask(provider, asking);
  await ask(provider, asking);
  expect(asked()).toBe(2);
});

it("keeps models apart", async () => {
  const one = counting("a".repeat(64));
  const two = counting("b".repeat(64));
  await ask(one.provider);
  await ask(two.provider);
  expect([one.asked(), two.asked()]).toEqual([1, 1]);
});
