import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LlamaModel, loadLlamaModel } from "../../../src/model/llama-model.ts";
import type { Message } from "../../../src/model/model.ts";
import { bigrams, tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

const { encode, logProbability } = bigrams();

/** What the model holds of a text after a token, added up by hand. */
function expected(after: number, text: string): { tokens: number; logProbability: number } {
  const tokens = encode(text);
  const terms = tokens.map((token, index) =>
    logProbability(index === 0 ? after : (tokens[index - 1] as number), token),
  );
  return { tokens: tokens.length, logProbability: terms.reduce((sum, term) => sum + term, 0) };
}

function close(score: { tokens: number; logProbability: number }): unknown {
  // Weights are stored in 16 bits: 3 digits of each logarithm.
  return { tokens: score.tokens, logProbability: expect.closeTo(score.logProbability, 1) };
}

describe("likelihoods", () => {
  let model: LlamaModel;
  beforeAll(async () => {
    model = await loadLlamaModel({ path: await tinyModel({ chat: false }) });
  });
  afterAll(() => model.close());

  it("are those that the weights were made of", async () => {
    const [newline] = encode("\n") as [number];
    const continuations = [
      "The second file still calls a removed function.",
      "This change",
      "One",
      "One place was forgotten. One place was forgotten.",
      " was",
    ];
    const scores = await model.score({ messages: "Anything at all.\n", continuations });
    expect(scores).toEqual(continuations.map((text) => close(expected(newline, text))));
    // 20 of 40 texts begin so, and little is left to choose after that.
    expect(scores[0]?.logProbability).toBeGreaterThan(-3);
    expect(scores[1]?.logProbability).toBeLessThan(-2);
  });

  it("do not depend on what is asked beside them or before them", async () => {
    const messages = `${"The second file. ".repeat(60)}\n`;
    const alone = await model.score({ messages, continuations: ["This change keeps"] });
    await model.generate({ messages: "Something else.\n", maxTokens: 20 });
    const both = await model.score({ messages, continuations: ["One place was", "This change keeps", "The second"] });
    expect(both[1]).toEqual(alone[0]);
  });

  it("count all tokens of a long continuation", async () => {
    const long = "The second file still calls a removed function. ".repeat(40).trim();
    const [newline] = encode("\n") as [number];
    const [score] = await model.score({ messages: "?\n", continuations: [long] });
    const byHand = expected(newline, long);
    expect(score?.tokens).toBe(byHand.tokens);
    expect((score?.logProbability ?? 0) / byHand.logProbability).toBeCloseTo(1, 2);
  });

  it("cannot be asked of a chat where the model knows none", async () => {
    const messages: Message[] = [{ role: "user", content: "?" }];
    const refusal = { code: "no-chat-template", remedy: expect.stringContaining("instruct") };
    await expect(model.score({ messages, continuations: ["a"] })).rejects.toMatchObject(refusal);
    await expect(model.generate({ messages, maxTokens: 1 })).rejects.toMatchObject(refusal);
    expect(model.chat).toBe(false);
  });

  it("are refused where they make no sense", async () => {
    await expect(model.score({ messages: "?", continuations: [] })).rejects.toThrow(TypeError);
    await expect(model.score({ messages: "?", continuations: ["a", ""] })).rejects.toThrow(TypeError);
    await expect(model.score({ messages: "", continuations: ["a"] })).rejects.toThrow(TypeError);
  });

  it("are refused where a continuation does not fit", async () => {
    const continuations = ["a", "word ".repeat(5_000)];
    await expect(model.score({ messages: "?", continuations })).rejects.toMatchObject({ code: "prompt-too-long" });
  });

  it("leave a plain text to be completed as it is", async () => {
    const answer = await model.generate({ messages: "Some text\nThe second", maxTokens: 64 });
    expect(answer.text).toBe(" file still calls a removed function.");
    expect(answer.promptTokens).toBe(encode("Some text\nThe second").length);
  });
});
