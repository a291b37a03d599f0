import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decide } from "../../../src/model/decide.ts";
import { type LlamaModel, loadLlamaModel } from "../../../src/model/llama-model.ts";
import type { Message, Model, ScoreRequest } from "../../../src/model/model.ts";
import { fakeModel, promptText } from "../../helpers/fake-model.ts";
import { bigrams, tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

const messages: Message[] = [
  { role: "system", content: "You triage." },
  { role: "user", content: "What is it?" },
];
const options = ["bug", "feature", "question"];

/** A model that weighs continuations by a rule. */
function weighing(weigh: (prompt: string, continuation: string) => number): { model: Model; asked: ScoreRequest[] } {
  const asked: ScoreRequest[] = [];
  const score: Model["score"] = async (request) => {
    asked.push(request);
    return request.continuations.map((one) => ({ tokens: 1, logProbability: weigh(promptText(request), one) }));
  };
  return { model: fakeModel(() => "", { score }), asked };
}

describe("decide", () => {
  it("weighs a letter for each option", async () => {
    const { model, asked } = weighing((prompt, letter) => (prompt.includes(`${letter}: question`) ? -1 : -2));
    const decision = await decide(model, { messages, options });
    expect(decision.option).toBe("question");
    const [little, , much] = decision.probabilities as [number, number, number];
    expect(much / little).toBeCloseTo(Math.E, 9);
    expect(decision.probabilities?.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
    expect(asked[0]?.continuations).toEqual(["A", "B", "C"]);
    expect(promptText(asked[0] as ScoreRequest)).toContain("What is it?\n\nA: bug\nB: feature\nC: question\n\n");
    expect(asked[0]?.messages[0]).toEqual(messages[0]);
  });

  it("does not follow a model that always prefers the first letter", async () => {
    const { model } = weighing((_, letter) => (letter === "A" ? -0.1 : letter === "B" ? -3 : -6));
    const { probabilities } = await decide(model, { messages, options: ["bug", "feature"] });
    expect(probabilities).toEqual([0.5, 0.5]);
  });

  it("can weigh the texts themselves, and goes on from a plain text with a space", async () => {
    const { model, asked } = weighing((_, text) => -text.length);
    expect((await decide(model, { messages, options, by: "text" })).option).toBe("bug");
    expect(asked[0]?.continuations).toEqual(options);
    await decide(model, { messages: "It is a", options, by: "text" });
    expect(asked[1]?.continuations).toEqual([" bug", " feature", " question"]);
    await decide(model, { messages: "What is it?", options });
    expect(asked[2]?.continuations).toEqual([" A", " B", " C"]);
    expect(promptText(asked[2] as ScoreRequest)).toMatch(/Answer:$/);
  });

  it("passes on who waits and until when", async () => {
    const { model, asked } = weighing(() => -1);
    const { signal } = new AbortController();
    await decide(model, { messages, options, priority: "person", deadline: 5, signal });
    expect(asked[0]).toMatchObject({ priority: "person", deadline: 5, signal });
  });

  it("lets a model that tells no likelihoods write its choice", async () => {
    const model = fakeModel((request) => {
      expect(promptText(request)).toContain("- feature");
      expect(request.schema?.safeParse({ answer: "other" }).success).toBe(false);
      return '{"answer": "feature"}';
    });
    expect(await decide(model, { messages, options })).toEqual({ option: "feature", probabilities: null });
  });

  it.each([[["one"]], [[]], [["a", "b", "a"]], [Array.from({ length: 27 }, (_, index) => `${index}`)]])(
    "refuses options that are no choice: %j",
    async (some) => {
      await expect(decide(weighing(() => -1).model, { messages, options: some })).rejects.toThrow(TypeError);
    },
  );

  describe("with a real model", () => {
    let model: LlamaModel;
    beforeAll(async () => {
      model = await loadLlamaModel({ path: await tinyModel(), options: { slots: 1 } });
    });
    afterAll(() => model.close());

    it("gives the probabilities that the weights were made of", async () => {
      const texts = ["The second file", "This change keeps"];
      const decision = await decide(model, { messages, options: texts, by: "text" });
      const { encode, logProbability } = bigrams();
      const [newline] = encode("\n") as [number];
      const weights = texts.map((text) => {
        const tokens = [newline, ...encode(text)];
        const terms = tokens.slice(1).map((token, index) => logProbability(tokens[index] as number, token));
        return Math.exp(terms.reduce((sum, term) => sum + term, 0));
      }) as [number, number];
      expect(decision.option).toBe("The second file");
      expect(decision.probabilities?.[0]).toBeCloseTo(weights[0] / (weights[0] + weights[1]), 2);
    });

    it("decides the same each time", async () => {
      const once = await decide(model, { messages, options });
      await model.generate({ messages, maxTokens: 20 });
      expect(await decide(model, { messages, options })).toEqual(once);
    });
  });
});
