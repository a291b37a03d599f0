import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { findHome } from "../../src/config/home.ts";
import { benchRequests } from "../../src/model/bench-requests.ts";
import { type CoreBudget, createCoreBudget } from "../../src/model/core-budget.ts";
import { catalogueEntry, defaultModelName, expectedWeights } from "../../src/model/catalogue.ts";
import { installModel } from "../../src/model/install.ts";
import { type LlamaModel, loadLlamaModel } from "../../src/model/llama-model.ts";
import type { Message } from "../../src/model/model.ts";

const ask = (content: string): Message[] => [
  { role: "system", content: "You review pull requests. Answer briefly." },
  { role: "user", content },
];
const facts =
  "The pull request removes the function parseDate from src/date.ts. src/report/build.ts line 8 still calls parseDate.";

/** The file of MODEL_PATH, or the default model, which is installed if it is not. */
async function load(budget?: CoreBudget): Promise<LlamaModel> {
  const given = process.env["MODEL_PATH"];
  const more = budget && { budget, options: { slots: 1 } };
  if (given) return loadLlamaModel({ path: given, ...more });
  const path = await installModel(defaultModelName, { modelsDir: findHome(process.env).models });
  const expected = expectedWeights(catalogueEntry(defaultModelName));
  return loadLlamaModel({ path, name: defaultModelName, expected, ...more });
}

describe("a trained model", () => {
  let model: LlamaModel;
  beforeAll(async () => {
    model = await load();
  });
  afterAll(() => model.close());

  it("answers in words", async () => {
    const answer = await model.generate({ messages: ask("Name one primary colour."), maxTokens: 40 });
    expect(answer.text).toMatch(/red|blue|yellow|green/i);
  });

  it("keeps a grammar", async () => {
    const schema = z.object({
      relation: z.enum(["breaks", "unrelated", "unsure"]),
      path: z.enum(["src/date.ts", "src/report/build.ts"]),
      sentence: z.string().max(120),
    });
    for (let seed = 0; seed < 3; seed++) {
      const request = { messages: ask(facts), schema, maxTokens: 200, temperature: seed === 0 ? 0 : 0.8, seed };
      const { value } = await model.generate(request);
      expect(schema.parse(value)).toEqual(value);
    }
  });

  it("gives the same answer to the same request, whatever was asked before", async () => {
    const request = { messages: ask(facts), maxTokens: 40 };
    const { text } = await model.generate(request);
    await model.generate({ messages: ask(`${facts} Why?`), maxTokens: 20 });
    expect((await model.generate(request)).text).toBe(text);
  });

  it("finds the same likelihoods on one core, to the last bit, behind a long prompt", async () => {
    // Beyond 512 tokens flash attention parts its work by the threads that write.
    const request = { messages: ask(facts.repeat(26)), continuations: ["The second file still calls it."] };
    const one = await load(createCoreBudget(1));
    const scores = [await model.score(request), await one.score(request)];
    await one.close();
    expect(scores[1]).toEqual(scores[0]);
  });

  it("stops soon when it is cancelled, while it reads and while it writes", async () => {
    const prompts: [Message[], number][] = [
      [ask(`${process.hrtime.bigint()} ${facts.repeat(60)}`), 300],
      [ask("Write a long story about a ship."), 1_000],
    ];
    for (const [messages, afterMs] of prompts) {
      const control = new AbortController();
      const running = model.generate({ messages, maxTokens: 600, signal: control.signal });
      setTimeout(() => control.abort(new Error("superseded")), afterMs);
      await expect(running).rejects.toThrow("superseded");
      const cancelledAt = performance.now();
      await model.generate({ messages: ask("Hi"), maxTokens: 1 });
      expect(performance.now() - cancelledAt).toBeLessThan(10_000);
    }
  });

  it("has a speed", async () => {
    const { readTokensPerSecond: read, writtenTokensPerSecond: written } = await benchRequests(model, 1, {
      chat: true,
    });
    console.log(
      `${model.identity.name}: loaded in ${(model.loadMs / 1000).toFixed(1)} s, ` +
        `reads ${read.toFixed(0)} and writes ${written.toFixed(0)} tokens/s`,
    );
    expect(read).toBeGreaterThan(1);
    expect(written).toBeGreaterThan(1);
  });
});
