import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Message, Model } from "../../src/model/model.ts";

export interface ModelUnderTest {
  /** A model that answers at once; a slow one does not, unless it is asked for what is next. */
  open(options: OpenOptions): Promise<Model>;
  /** Tokens that a slow model writes for longer than a test waits. */
  endlessTokens: number;
  /** Whether it tells likelihoods; default false. */
  scores?: boolean;
}

export interface OpenOptions {
  slow?: boolean;
  /** Requests at once. */
  slots?: number;
  queue?: number;
  requestMs?: number;
  contextTokens?: number;
}

const verdict = z.object({ verdict: z.enum(["confirm", "reject"]), sentence: z.string().max(120) });
const ask = (content: string): Message[] => [{ role: "user", content }];
/** A busy machine may take long to see that a request was cancelled. */
const patience = { timeout: 120_000 };
const messages = ask("Does src/report.ts still call parseDate?");

/** What every back end of the model port must do. */
export function modelSuite(name: string, under: ModelUnderTest): void {
  describe(`${name} model`, () => {
    // Loading takes seconds: tests that ask for the same model share it.
    const opened = new Map<string, Promise<Model>>();
    const open = (options: OpenOptions = {}) => {
      const all = { slots: options.slow ? 1 : 2, queue: 4, ...options };
      const key = JSON.stringify(all);
      const model = opened.get(key) ?? under.open(all);
      opened.set(key, model);
      return model;
    };
    /** A request that is still being answered when the test ends it. */
    const endless = (model: Model, signal?: AbortSignal) =>
      model.generate({ messages, maxTokens: under.endlessTokens, signal });

    afterAll(() => Promise.all([...opened.values()].map(async (model) => (await model).close())));

    it("writes text", async () => {
      const answer = await (await open()).generate({ messages, maxTokens: 64 });
      expect(answer.text).toBe("The second file still calls a removed function.");
      expect(answer.value).toBeUndefined();
      expect(answer.promptTokens).toBeGreaterThan(5);
      expect(answer.generatedTokens).toBeGreaterThan(5);
    });

    it("writes a value of the schema", async () => {
      const answer = await (await open()).generate({ messages: ask("JSON please"), maxTokens: 200, schema: verdict });
      expect(verdict.parse(answer.value)).toEqual(answer.value);
      expect(JSON.parse(answer.text)).toEqual(answer.value);
    });

    it("gives the same answer to the same request", async () => {
      const model = await open();
      const once = await model.generate({ messages, maxTokens: 64 });
      await model.generate({ messages: ask("something else"), maxTokens: 64 });
      expect((await model.generate({ messages, maxTokens: 64 })).text).toBe(once.text);
    });

    it("refuses an answer that was cut off", async () => {
      const request = { messages: ask("JSON please"), maxTokens: 4, schema: verdict };
      await expect((await open()).generate(request)).rejects.toMatchObject({
        code: "answer-invalid",
        transient: true,
        message: expect.stringContaining("cut off"),
      });
    });

    it("refuses a prompt that does not fit", async () => {
      const model = await open({ contextTokens: 512 });
      const request = { messages: ask("word ".repeat(2_000)), maxTokens: 8 };
      await expect(model.generate(request)).rejects.toMatchObject({ code: "prompt-too-long" });
    });

    it("does not begin a request that is cancelled already", async () => {
      const reason = new Error("superseded");
      await expect(endless(await open({ slow: true }), AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it("ends a request that is cancelled while it runs, and answers the next", async () => {
      const model = await open({ slow: true });
      const control = new AbortController();
      const reason = new Error("superseded");
      const running = endless(model, control.signal);
      setTimeout(() => control.abort(reason), 50);
      await expect(running).rejects.toBe(reason);
      await model.generate({ messages: ask("next"), maxTokens: 1 });
    });

    it("lets a cancelled request leave the queue without harming the running one", async () => {
      const model = await open({ slow: true });
      const first = new AbortController();
      const running = endless(model, first.signal);
      const second = new AbortController();
      const queued = endless(model, second.signal);
      second.abort(new Error("not wanted"));
      await expect(queued).rejects.toThrow("not wanted");
      first.abort(new Error("enough"));
      await expect(running).rejects.toThrow("enough");
      await model.generate({ messages: ask("next"), maxTokens: 1 });
    });

    it("gives up a request that takes too long", async () => {
      const model = await open({ slow: true, requestMs: 100 });
      await expect(endless(model)).rejects.toMatchObject({ code: "model-timeout", transient: true });
    });

    it("says busy when its queue is full", async () => {
      const model = await open({ slow: true });
      const control = new AbortController();
      const accepted = Array.from({ length: 5 }, () => endless(model, control.signal));
      await expect(endless(model)).rejects.toMatchObject({ code: "model-busy", transient: true });
      control.abort(new Error("done"));
      await Promise.all(accepted.map((one) => expect(one).rejects.toThrow("done")));
    });

    it("tells its load", async () => {
      const model = await open({ slow: true });
      const load = () => model.status().running + model.status().waiting;
      await expect.poll(load, patience).toBe(0);
      expect(model.status().slots).toBeGreaterThan(0);
      const control = new AbortController();
      const both = [endless(model, control.signal), endless(model, control.signal)];
      await expect.poll(load, patience).toBe(2);
      expect(model.status().running).toBeGreaterThan(0);
      control.abort(new Error("done"));
      await Promise.all(both.map((one) => expect(one).rejects.toThrow("done")));
      await expect.poll(load, patience).toBe(0);
    });

    it("does not begin what has not begun by its deadline", async () => {
      const model = await open({ slow: true });
      const late = { messages: ask("next"), maxTokens: 1, deadline: Date.now() - 1 };
      await expect(model.generate(late)).rejects.toMatchObject({ code: "model-timeout", transient: true });
      const control = new AbortController();
      const running = endless(model, control.signal);
      const waiting = model.generate({ ...late, deadline: Date.now() + 50 });
      await expect(waiting).rejects.toMatchObject({ code: "model-timeout" });
      control.abort(new Error("enough"));
      await expect(running).rejects.toThrow("enough");
      await model.generate({ ...late, deadline: Date.now() + 60_000 });
    });

    it("lets a person's request overtake waiting background ones", async () => {
      const model = await open({ slow: true });
      const control = new AbortController();
      const running = endless(model, control.signal);
      const order: string[] = [];
      const next = (priority: "person" | "background", name: string) =>
        model.generate({ messages: ask("next"), maxTokens: 1, priority }).then(() => order.push(name));
      const waiting = [
        next("background", "first"),
        next("background", "second"),
        next("person", "person"),
        next("person", "another person"),
      ];
      control.abort(new Error("enough"));
      await expect(running).rejects.toThrow("enough");
      await Promise.all(waiting);
      expect(order).toEqual(["person", "another person", "first", "second"]);
    });

    it("answers or refuses each of many requests at once", async () => {
      const model = await open();
      const requests = Array.from({ length: 16 }, () => model.generate({ messages, maxTokens: 64 }));
      const outcomes = await Promise.allSettled(requests);
      const texts = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value.text] : []));
      const refusals = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
      expect(texts.length).toBeGreaterThan(2);
      expect(new Set(texts)).toEqual(new Set(["The second file still calls a removed function."]));
      for (const refusal of refusals) {
        expect(refusal).toMatchObject({ code: "model-busy", transient: true, retryAfterMs: expect.any(Number) });
      }
      await expect.poll(() => model.status(), patience).toMatchObject({ running: 0, waiting: 0 });
    });

    it("tells its answer in pieces that together are the text", async () => {
      const model = await open();
      const pieces: string[] = [];
      const onText = (piece: string) => void pieces.push(piece);
      const answer = await model.generate({ messages, maxTokens: 64, onText });
      expect(pieces.join("")).toBe(answer.text);
      expect(pieces.length).toBeGreaterThan(1);
      pieces.length = 0;
      const json = await model.generate({ messages: ask("JSON please"), maxTokens: 200, schema: verdict, onText });
      expect(pieces.join("")).toBe(json.text);
    });

    it("tells nothing more after an abort", async () => {
      const model = await open();
      const control = new AbortController();
      const pieces: string[] = [];
      const onText = (piece: string) => {
        pieces.push(piece);
        control.abort(new Error("heard enough"));
      };
      const request = model.generate({ messages, maxTokens: 64, onText, signal: control.signal });
      await expect(request).rejects.toThrow("heard enough");
      await model.generate({ messages, maxTokens: 64 });
      expect(pieces).toHaveLength(1);
    });

    it("is not harmed by a listener that throws", async () => {
      const model = await open();
      const onText = () => {
        throw new Error("the listener fell over");
      };
      await expect(model.generate({ messages, maxTokens: 64, onText })).rejects.toThrow("the listener fell over");
      expect((await model.generate({ messages, maxTokens: 64 })).text).toContain("second file");
    });

    it("stops before a stop text, and tells none of it", async () => {
      const pieces: string[] = [];
      const stop = [" calls a re", " function"];
      const onText = (piece: string) => void pieces.push(piece);
      const answer = await (await open()).generate({ messages, maxTokens: 64, stop, onText });
      expect(answer.text).toBe("The second file still");
      expect(pieces.join("")).toBe(answer.text);
    });

    it("goes on with a plain text", async () => {
      const model = await open();
      const answer = await model.generate({ messages: "In the report:\nThe second", maxTokens: 64 });
      expect(answer.text).toMatch(/file still calls a removed function\.$/);
      expect(answer.promptTokens).toBeGreaterThan(2);
    });

    it("says how likely it holds each continuation, or has no such method", async () => {
      const model = await open();
      expect(model.score !== undefined).toBe(under.scores ?? false);
      if (model.score === undefined) return;
      const continuations = ["The second file", "This change", "function calls"];
      const scores = await model.score({ messages, continuations });
      const [likely, unlikely, wild] = scores.map(({ logProbability }) => logProbability) as [number, number, number];
      expect(likely).toBeLessThanOrEqual(0);
      expect(likely).toBeGreaterThan(unlikely);
      expect(unlikely).toBeGreaterThan(wild);
      for (const { tokens } of scores) expect(tokens).toBeGreaterThan(0);
      const long = { messages: ask("word ".repeat(20_000)), continuations: ["yes"] };
      await expect(model.score(long)).rejects.toMatchObject({ code: "prompt-too-long" });
      await expect(
        model.score({ messages, continuations, signal: AbortSignal.abort(new Error("no")) }),
      ).rejects.toThrow("no");
    });

    it("says who it is and what fits into it", async () => {
      const model = await open({ contextTokens: 512 });
      expect(model.contextTokens).toBe(512);
      expect((await model.generate({ messages, maxTokens: 8 })).model).toEqual(model.identity);
    });

    it("finishes what runs when it is closed, and takes nothing more", async () => {
      const model = await under.open({});
      const running = model.generate({ messages, maxTokens: 64 });
      const closing = model.close();
      await expect(model.generate({ messages, maxTokens: 8 })).rejects.toMatchObject({ code: "model-closed" });
      await expect(model.countTokens("text")).rejects.toMatchObject({ code: "model-closed" });
      await closing;
      expect((await running).text).not.toBe("");
      await model.close();
    });

    it("counts tokens", async () => {
      const model = await open();
      const few = await model.countTokens("The second file");
      expect(few).toBeGreaterThan(0);
      expect(await model.countTokens("The second file still calls a removed function.")).toBeGreaterThan(few);
    });
  });
}
