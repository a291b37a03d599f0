import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { GenerateRequest, Model } from "../../../src/model/model.ts";
import { resilient } from "../../../src/orchestration/resilient.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { limits } from "../../../src/shared/limits.ts";
import { fakeModel } from "../../helpers/fake-model.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function failure(code: string, options: { transient?: boolean; retryAfterMs?: number } = {}): AssistantError {
  return new AssistantError(`it is ${code}`, { code, remedy: "Wait.", transient: true, ...options });
}

/** Answers with these, one after another; the last one for ever. An error is thrown after a piece was written. */
function scripted(name: string, ...answers: (string | Error)[]): { model: Model; requests: GenerateRequest[] } {
  const requests: GenerateRequest[] = [];
  const model = fakeModel(
    (request) => {
      const answer = answers[Math.min(requests.push(request), answers.length) - 1] as string | Error;
      if (typeof answer === "string") return answer;
      request.onText?.(`${name} began`);
      throw answer;
    },
    { identity: { name } },
  );
  return { model, requests };
}

/** The chain of these models, with jitter at its least: waits of 125, 250 and 500 ms. */
function chainOf(...models: Model[]): Model {
  const links = models.map((model) => ({ name: model.identity.name, open: async () => model }));
  return resilient(links, models[0] as Model, { random: () => 0 });
}

/** The answer, with all waits in between let pass, and how long they were. */
async function answerOf(model: Model, request: Partial<GenerateRequest> = {}): Promise<{ by: string; ms: number }> {
  const started = Date.now();
  const answering = model.generate({ messages: "x", maxTokens: 1, ...request });
  answering.catch(() => {});
  await vi.runAllTimersAsync();
  return { by: (await answering).model.name, ms: Date.now() - started };
}

describe("retries", () => {
  it("waits longer each time, until it is answered", async () => {
    const unreachable = failure("model-unreachable");
    const { model, requests } = scripted("a", unreachable, unreachable, unreachable, "fine");
    expect(await answerOf(chainOf(model))).toEqual({ by: "a", ms: 125 + 250 + 500 });
    expect(requests).toHaveLength(1 + limits.modelRetries);
  });

  it("waits as long as the back end asks, and passes over one that asks for too long", async () => {
    const busy = scripted("a", failure("model-busy", { retryAfterMs: 3_000 }), "fine");
    expect(await answerOf(chainOf(busy.model))).toEqual({ by: "a", ms: 3_000 });
    const full = scripted("a", failure("model-busy", { retryAfterMs: 60_000 }), "fine");
    expect(await answerOf(chainOf(full.model, scripted("b", "fine").model))).toEqual({ by: "b", ms: 0 });
  });

  it("asks once more for an answer that was not usable, with another seed and some warmth", async () => {
    const invalid = failure("answer-invalid");
    const once = scripted("a", invalid, '"yes"');
    expect(await answerOf(chainOf(once.model), { schema: z.string() })).toEqual({ by: "a", ms: 0 });
    expect(once.requests[0]).not.toHaveProperty("seed");
    expect(once.requests[1]).toMatchObject({ seed: 1, temperature: limits.retryTemperature });
    const twice = scripted("a", invalid);
    expect(await answerOf(chainOf(twice.model, scripted("b", '"yes"').model))).toMatchObject({ by: "b" });
    expect(twice.requests).toHaveLength(2);
  });

  it("keeps the request as it is after other failures, and warmer requests as warm", async () => {
    const { model, requests } = scripted("a", failure("model-busy"), failure("answer-invalid"), "fine");
    await answerOf(chainOf(model), { seed: 7, temperature: 0.8 });
    expect(requests.map(({ seed, temperature }) => [seed, temperature])).toEqual([
      [7, 0.8],
      [7, 0.8],
      [8, 0.8],
    ]);
  });

  it.each(["model-timeout", "no-chat-template", "crashed"])(
    "does not repeat %s, but asks the next one",
    async (code) => {
      const error = code === "crashed" ? new Error("crashed") : failure(code, { transient: code === "model-timeout" });
      const { model, requests } = scripted("a", error);
      expect(await answerOf(chainOf(model, scripted("b", "fine").model))).toEqual({ by: "b", ms: 0 });
      expect(requests).toHaveLength(1);
    },
  );

  it("begins nothing after the deadline", async () => {
    const { model, requests } = scripted("a", failure("model-unreachable"), "fine");
    const chain = chainOf(model);
    await expect(answerOf(chain, { deadline: Date.now() + 100 })).rejects.toMatchObject({ code: "model-unreachable" });
    expect(requests).toHaveLength(1);
    const slow = fakeModel(async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      throw failure("model-timeout");
    });
    const next = scripted("b", "fine");
    const late = answerOf(chainOf(slow, next.model), { deadline: Date.now() + 100 });
    await expect(late).rejects.toMatchObject({ code: "no-model-answered", transient: true });
    expect(next.requests).toHaveLength(0);
  });

  it("ends at once with the signal's reason, also in a wait", async () => {
    const { model, requests } = scripted("a", failure("model-unreachable"));
    const chain = chainOf(model, scripted("b", "fine").model);
    const control = new AbortController();
    const reason = failure("superseded", { transient: false });
    const answering = chain.generate({ messages: "x", maxTokens: 1, signal: control.signal });
    answering.catch(() => {});
    await vi.advanceTimersByTimeAsync(50);
    expect(chain.status().waiting).toBe(1);
    control.abort(reason);
    await expect(answering).rejects.toBe(reason);
    expect(chain.status().waiting).toBe(0);
    expect(requests).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("fallback", () => {
  it("declares what a failed attempt wrote void before the next one writes", async () => {
    const a = scripted("a", failure("model-unreachable"), failure("model-timeout"));
    const written: string[] = [];
    await answerOf(chainOf(a.model, scripted("b", "fine").model), {
      onText: (piece) => written.push(piece),
      onRestart: () => written.push("—"),
    });
    expect(written).toEqual(["a began", "—", "a began", "—", "fine"]);
  });

  it("passes nothing on that a given up attempt says later", async () => {
    let speak: (piece: string) => void = () => {};
    const a = fakeModel((request) => {
      speak = (piece) => request.onText?.(piece);
      throw failure("model-timeout");
    });
    const written: string[] = [];
    await answerOf(chainOf(a, scripted("b", "fine").model), { onText: (piece) => written.push(piece) });
    speak("late");
    expect(written).toEqual(["fine"]);
  });

  it("ends by naming why each one failed", async () => {
    const chain = chainOf(scripted("a", failure("model-timeout")).model, scripted("b", new Error("crashed")).model);
    await expect(answerOf(chain)).rejects.toMatchObject({
      code: "no-model-answered",
      transient: true,
      message: "no model answered (a: it is model-timeout; b: crashed)",
    });
    const broken = chainOf(scripted("a", new Error("x")).model, scripted("b", new Error("y")).model);
    await expect(answerOf(broken)).rejects.toMatchObject({ transient: false, retryAfterMs: null });
    const full = [failure("model-busy", { retryAfterMs: 90_000 }), failure("model-busy", { retryAfterMs: 60_000 })];
    const busy = chainOf(scripted("a", full[0] as Error).model, scripted("b", full[1] as Error).model);
    await expect(answerOf(busy)).rejects.toMatchObject({ code: "no-model-answered", retryAfterMs: 60_000 });
  });

  it("leaves the error of a single model as it is", async () => {
    const error = failure("model-timeout");
    await expect(answerOf(chainOf(scripted("a", error).model))).rejects.toBe(error);
  });

  it("asks nobody else about a prompt that is too long", async () => {
    const next = scripted("b", "fine");
    const chain = chainOf(scripted("a", failure("prompt-too-long", { transient: false })).model, next.model);
    await expect(answerOf(chain)).rejects.toMatchObject({ code: "prompt-too-long" });
    expect(next.requests).toHaveLength(0);
  });

  it("opens the next link only when it is needed, and passes over one that cannot be opened", async () => {
    const a = scripted("a", "fine", failure("model-timeout"));
    const opened: string[] = [];
    const link = (name: string, model: Model | Error) => ({
      name,
      open: async () => {
        opened.push(name);
        if (model instanceof Error) throw model;
        return model;
      },
    });
    const links = [link("a", a.model), link("b", new Error("no memory")), link("c", scripted("c", "fine").model)];
    const chain = resilient(links, a.model);
    await answerOf(chain);
    expect(opened).toEqual(["a"]);
    expect(await answerOf(chain)).toMatchObject({ by: "c" });
    expect(opened).toEqual(["a", "a", "b", "c"]);
  });

  it("does not let a cancelled request wait for a model that is being opened", async () => {
    const control = new AbortController();
    const links = [{ name: "a", open: () => new Promise<Model>(() => {}) }];
    const chain = resilient(links, scripted("a", "fine").model);
    const answering = chain.generate({ messages: "x", maxTokens: 1, signal: control.signal });
    control.abort(new Error("enough"));
    await expect(answering).rejects.toThrow("enough");
  });
});

it("weighs continuations with the first link that can", async () => {
  const score = async () => [{ tokens: 2, logProbability: -3 }];
  const gone = fakeModel(() => "", { score: async () => Promise.reject(failure("model-timeout")) });
  const chain = chainOf(
    gone,
    fakeModel(() => ""),
    fakeModel(() => "", { score }),
  );
  expect(await chain.score?.({ messages: "x", continuations: ["y"] })).toEqual([{ tokens: 2, logProbability: -3 }]);
});
