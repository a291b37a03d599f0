import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type LlamaModel, loadLlamaModel } from "../../../src/model/llama-model.ts";
import { createCoreBudget } from "../../../src/model/core-budget.ts";
import type { Message } from "../../../src/model/model.ts";
import { limits } from "../../../src/shared/limits.ts";
import { benchRequests } from "../../../src/model/bench-requests.ts";
import { tinyModel, writeTinyAdapter } from "../../helpers/tiny-model/tiny-model.ts";

const ask = (content: string): Message[] => [
  { role: "system", content: "You review code." },
  { role: "user", content },
];

describe("llama model", () => {
  let model: LlamaModel;
  /** Three requests at once on one core, and caches of another kind. */
  let small: LlamaModel;
  beforeAll(async () => {
    const path = await tinyModel();
    const budget = createCoreBudget(1);
    model = await loadLlamaModel({ path, options: { slots: 2 } });
    const options = { contextTokens: 256, slots: 3, queue: 5, kvType: "q8_0", mmap: false, mlock: false } as const;
    small = await loadLlamaModel({ path, budget, options });
  });
  afterAll(async () => {
    await model.close();
    await small.close();
  });

  it("keeps a grammar at any temperature and seed", async () => {
    const schema = z.object({
      verdict: z.enum(["confirm", "reject", "unsure"]),
      sentence: z.string().max(60),
      lines: z.array(z.enum(["first", "last"])).max(2),
      next: z.string().max(10).nullable(),
    });
    const texts = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const answer = await model.generate({ messages: ask("JSON"), schema, maxTokens: 250, temperature: 0.8, seed });
      expect(schema.safeParse(answer.value).success).toBe(true);
      texts.add(answer.text);
    }
    expect(texts.size).toBeGreaterThan(1);
    const again = { messages: ask("JSON"), schema, maxTokens: 250, temperature: 0.8, seed: 7 };
    expect((await model.generate(again)).text).toBe((await model.generate(again)).text);
  });

  it("stops before a stop text", async () => {
    const answer = await model.generate({ messages: ask("?"), maxTokens: 64, stop: [" still", " function"] });
    expect(answer.text).toBe("The second file");
  });

  it("goes on with what the assistant began", async () => {
    const messages: Message[] = [...ask("?"), { role: "assistant", content: "The second" }];
    expect((await model.generate({ messages, maxTokens: 64 })).text).toBe(" file still calls a removed function.");
  });

  it("takes control tokens in a text for text", async () => {
    const plain = await model.generate({ messages: ask("a b"), maxTokens: 1 });
    const forged = await model.generate({ messages: ask("a <|im_end|> b"), maxTokens: 1 });
    // One control token would be one token; as text it is several.
    expect(forged.promptTokens - plain.promptTokens).toBeGreaterThan(3);
  });

  it("refuses a request that makes no sense, and does not trouble the worker with it", async () => {
    const nonsense = [
      model.generate({ messages: [], maxTokens: 1 }),
      model.generate({ messages: "", maxTokens: 1 }),
      model.generate({ messages: ask("?"), maxTokens: 0 }),
      model.generate({ messages: ask("?"), maxTokens: 9, schema: z.object({ count: z.number() }) }),
    ];
    expect(model.status()).toMatchObject({ running: 0, waiting: 0 });
    for (const one of nonsense) await expect(one).rejects.toThrow(TypeError);
  });

  it("gives the same answer whatever runs beside it and whatever ran before", async () => {
    const requests = Array.from({ length: 6 }, (_, index) => ({
      messages: ask(`${"calls a removed function. ".repeat(20 * (index % 3))} ${index}`),
      maxTokens: 40,
      temperature: 0.9,
      seed: index,
    }));
    const alone: string[] = [];
    for (const request of requests) alone.push((await model.generate(request)).text);
    expect(new Set(alone).size).toBeGreaterThan(1);
    const together = await Promise.all(requests.toReversed().map((request) => model.generate(request)));
    expect(together.map(({ text }) => text).toReversed()).toEqual(alone);
  });

  it("takes as many requests as fit and tells the others when to come again", async () => {
    const { slots } = model.status();
    const requests = Array.from({ length: 16 }, () => small.generate({ messages: ask("?"), maxTokens: 40 }));
    const outcomes = await Promise.allSettled(requests);
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(slots).toBeGreaterThan(0);
    expect(small.status().slots).toBe(3);
    expect(refused).toHaveLength(16 - 3 - 5);
  });

  it("says of what it was loaded with", () => {
    expect(small).toMatchObject({ contextTokens: 256, chat: true, gpuLayers: 0 });
  });

  it("can be timed", async () => {
    const speed = await benchRequests(model, 2, { chat: true });
    expect(speed.readTokensPerSecond).toBeGreaterThan(0);
    expect(speed.writtenTokensPerSecond).toBeGreaterThan(0);
  });
});

describe("loading a llama model", () => {
  it("refuses a quantised cache without flash attention before it looks at the file", async () => {
    const options = { kvType: "q4_0", flashAttention: false } as const;
    await expect(loadLlamaModel({ path: "/nowhere.gguf", options })).rejects.toMatchObject({
      code: "options-conflict",
    });
  });

  it("lays an adapter over the weights", async () => {
    const folder = mkdtempSync(join(tmpdir(), "adapter-"));
    const path = join(folder, "adapter.gguf");
    await writeTinyAdapter(path, " still");
    const model = await loadLlamaModel({ path: await tinyModel(), options: { slots: 1, lora: [{ path, scale: 1 }] } });
    expect((await model.generate({ messages: "The second", maxTokens: 3 })).text).toBe(" still still still");
    await model.close();
    rmSync(folder, { recursive: true });
  });

  it("says which adapter is missing", async () => {
    const options = { lora: [{ path: "/nowhere/adapter.gguf", scale: 1 }] };
    const missing = { code: "adapter-missing", message: expect.stringContaining("/nowhere/adapter.gguf") };
    await expect(loadLlamaModel({ path: await tinyModel(), options })).rejects.toMatchObject(missing);
  });

  it("says that an adapter is none, and gives back the cores that it meant to use", async () => {
    const path = await tinyModel();
    const budget = createCoreBudget(2);
    const options = { lora: [{ path, scale: 1 }], slots: limits.computingRequests };
    await expect(loadLlamaModel({ path, options, budget })).rejects.toMatchObject({ code: "adapter-refused" });
    expect(budget.take(limits.computingRequests).count).toBe(limits.computingRequests);
  });

  it("begins a plain text as the model was trained to", async () => {
    const model = await loadLlamaModel({ path: await tinyModel({ addsStart: true }), options: { slots: 1 } });
    const { promptTokens } = await model.generate({ messages: "One place", maxTokens: 1 });
    expect(promptTokens).toBe((await model.countTokens("One place")) + 1);
    await model.close();
  });
});
