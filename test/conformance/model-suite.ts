import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Message, Model } from "../../src/model/model.ts";

export interface ModelUnderTest {
  /** Default: a model that answers at once. */
  open(options?: {
    requestMs?: number;
    queue?: number;
    contextTokens?: number;
    slots?: number;
    slow?: boolean;
  }): Promise<Model>;
  /** Tokens that a slow model writes for longer than a test waits. */
  endlessTokens: number;
}

const verdict = z.object({ verdict: z.enum(["confirm", "reject"]), sentence: z.string().max(120) });
const ask = (content: string): Message[] => [{ role: "user", content }];
const messages = ask("Does src/report.ts still call parseDate?");

/** What every back end of the model port must do. */
export function modelSuite(name: string, under: ModelUnderTest): void {
  describe(`${name} model`, () => {
    // Loading takes seconds: tests that ask for the same model share it.
    const opened = new Map<string, Promise<Model>>();
    const open: ModelUnderTest["open"] = (options) => {
      const key = JSON.stringify(options ?? {});
      const model = opened.get(key) ?? under.open(options);
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
      const started = performance.now();
      await expect(running).rejects.toBe(reason);
      await model.generate({ messages: ask("next"), maxTokens: 1 });
      expect(performance.now() - started).toBeLessThan(3_000);
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
      const model = await open({ slow: true, queue: 1, slots: 1 });
      const control = new AbortController();
      const accepted = [endless(model, control.signal), endless(model, control.signal)];
      await expect(endless(model)).rejects.toMatchObject({ code: "model-busy", transient: true });
      control.abort(new Error("done"));
      await Promise.all(accepted.map((one) => expect(one).rejects.toThrow("done")));
    });

    it("finishes what runs when it is closed, and takes nothing more", async () => {
      const model = await under.open();
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
