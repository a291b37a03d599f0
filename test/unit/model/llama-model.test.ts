import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type LlamaModel, loadLlamaModel } from "../../../src/model/llama-model.ts";
import type { Message } from "../../../src/model/model.ts";
import { benchModel } from "../../../src/model/bench-model.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

const ask = (content: string): Message[] => [
  { role: "system", content: "You review code." },
  { role: "user", content },
];

describe("llama model", () => {
  let model: LlamaModel;
  beforeAll(async () => {
    model = await loadLlamaModel({ path: await tinyModel() });
  });
  afterAll(() => model.close());

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

  it("does not compute a shared beginning twice", async () => {
    const code = "calls a removed function. ".repeat(300);
    const time = async (text: string) => (await model.generate({ messages: ask(text), maxTokens: 1 })).ms;
    await time(`warm up ${code}`);
    const alone = await time(`${code} one`);
    const shared = Math.min(await time(`${code} two`), await time(`${code} three`));
    expect(shared).toBeLessThan(alone / 3);
  });

  it("refuses a request that makes no sense", async () => {
    await expect(model.generate({ messages: [], maxTokens: 1 })).rejects.toThrow("needs a message");
    await expect(model.generate({ messages: ask("?"), maxTokens: 0 })).rejects.toThrow("maxTokens is 0");
  });

  it("can be timed", async () => {
    const speed = await benchModel(model);
    expect(speed.promptTokens).toBeGreaterThan(512);
    expect(speed.prefillTokensPerSecond).toBeGreaterThan(0);
    expect(speed.generationTokensPerSecond).toBeGreaterThan(0);
  });
});
