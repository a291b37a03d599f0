import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClassifiedTask } from "../../../src/orchestration/task-type.ts";
import { collaborate, ensemble, pipeline, pool } from "../../../src/orchestration/patterns.ts";
import { AssistantError } from "../../../src/shared/errors.ts";

describe("pool", () => {
  it("gives the results in the order of the items, with no more at once than there are slots", async () => {
    const items = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 5 }), async (turns, slots) => {
        let running = 0;
        let most = 0;
        const begun: number[] = [];
        const results = await pool(
          turns,
          async (turn, index) => {
            begun.push(index);
            most = Math.max(most, ++running);
            for (let i = 0; i < turn; i++) await Promise.resolve();
            running--;
            return `${index}:${turn}`;
          },
          { slots },
        );
        expect(results).toEqual(turns.map((turn, index) => `${index}:${turn}`));
        expect(begun).toEqual(turns.map((_, index) => index));
        expect(most).toBeLessThanOrEqual(slots);
      }),
    );
  });

  it("begins nothing after a failure, aborts what runs and throws the failure when that has ended", async () => {
    const begun: number[] = [];
    const aborted: number[] = [];
    const ended: number[] = [];
    const working = pool(
      [0, 1, 2, 3],
      async (item, _, signal) => {
        begun.push(item);
        if (item === 1) throw new Error("the second one failed");
        signal.addEventListener("abort", () => aborted.push(item));
        await new Promise((resolve) => setTimeout(resolve, 20));
        ended.push(item);
      },
      { slots: 2 },
    );
    await expect(working).rejects.toThrow("the second one failed");
    expect({ begun, aborted, ended }).toEqual({ begun: [0, 1], aborted: [0], ended: [0] });
  });

  it("ends with the signal's reason, and keeps results where everything was done before", async () => {
    const control = new AbortController();
    const reason = new Error("superseded");
    const work = async (item: number) => {
      if (item === 1) control.abort(reason);
      return item;
    };
    await expect(pool([0, 1, 2], work, { slots: 1, signal: control.signal })).rejects.toBe(reason);
    const late = new AbortController();
    const done = pool([0], async (item) => (late.abort(reason), item), { slots: 1, signal: late.signal });
    expect(await done).toEqual([0]);
  });
});

describe("ensemble", () => {
  const specialist = (name: string) => async (task: { text: string }) => `${name}: ${task.text}`;
  const specialists = { coding: specialist("coder"), research: specialist("researcher") };

  it("gives a task to who does that kind of work", async () => {
    const coded = await ensemble(specialists, { text: "fix the parser" });
    expect(coded).toMatchObject({ result: "coder: fix the parser", chosen: { type: "coding", roles: ["coding"] } });
    const answered = await ensemble(specialists, { text: "explain how the parser works" });
    expect(answered.result).toBe("researcher: explain how the parser works");
    const tested = await ensemble(specialists, { text: "write unit tests for the parser" });
    expect(tested).toMatchObject({ result: "coder: write unit tests for the parser", chosen: { type: "testing" } });
    const all = { ...specialists, documentation: specialist("writer"), testing: specialist("tester") };
    const written = await ensemble(all, { text: "write documentation for the parser" });
    expect(written).toMatchObject({
      result: "writer: write documentation for the parser",
      chosen: { roles: ["coding", "research"] },
    });
    expect((await ensemble(all, { text: "write unit tests for the parser" })).result).toMatch(/^tester/);
  });

  it("says that it is not sure, and asks who takes such tasks", async () => {
    const probabilities = { coding: 0.4, research: 0.3, documentation: 0.2, testing: 0.1 };
    const doubt = (): ClassifiedTask => ({ type: "coding", confidence: 0.4, probabilities, why: [] });
    const guessed = await ensemble(specialists, { text: "it" }, doubt);
    expect(guessed).toMatchObject({ result: "coder: it", chosen: { sure: false } });
    const asked = await ensemble({ ...specialists, unsure: specialist("person") }, { text: "it" }, doubt);
    expect(asked.result).toBe("person: it");
  });
});

describe("pipeline", () => {
  const design = { name: "design", run: async (wish: string) => ({ wish, parts: 2 }) };
  const code = { name: "code", run: async ({ wish, parts }: { wish: string; parts: number }) => `${wish} × ${parts}` };

  it("hands on what each stage gives, and names the stages as they begin", async () => {
    const seen: string[] = [];
    const onStage = (name: string, number: number, stages: number) => seen.push(`${number}/${stages} ${name}`);
    expect(await pipeline(design, code)("a cache", { onStage })).toBe("a cache × 2");
    expect(seen).toEqual(["1/2 design", "2/2 code"]);
  });

  it("begins no stage after a cancellation", async () => {
    const control = new AbortController();
    const cancel = { name: "cancel", run: async (text: string) => (control.abort(new Error("enough")), text) };
    const never = { name: "never", run: async () => expect.unreachable() };
    await expect(pipeline(cancel, never)("x", { signal: control.signal })).rejects.toThrow("enough");
  });
});

describe("collaborate", () => {
  it("does the parts at once and merges what they give", async () => {
    const order: string[] = [];
    const part = (name: string) => async () => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
      return name;
    };
    const parts = { architecture: part("architecture"), implementation: part("implementation"), tests: part("tests") };
    const merged = await collaborate(parts, (done, failed) => ({ done, failed }));
    expect(merged).toEqual({
      done: { architecture: "architecture", implementation: "implementation", tests: "tests" },
      failed: [],
    });
    expect(order.slice(0, 3)).toEqual(["architecture begins", "implementation begins", "tests begins"]);
  });

  it("names the part that failed beside what the others gave", async () => {
    const parts = {
      implementation: async () => "code",
      tests: (): Promise<string> => {
        throw new Error("no model");
      },
    };
    const merged = await collaborate(parts, (done, failed) => ({
      done,
      failed: failed.map(({ part, reason }) => `${part}: ${reason}`),
    }));
    expect(merged).toEqual({ done: { implementation: "code" }, failed: ["tests: no model"] });
  });

  it("fails where nothing was done, as something that may pass if one of the failures may", async () => {
    const busy = new AssistantError("full", { code: "model-busy", remedy: "Wait.", transient: true });
    const failing = (error: Error) => async (): Promise<string> => {
      throw error;
    };
    const nothing = (first: Error) => collaborate({ a: failing(first), b: failing(new Error("broken")) }, () => 1);
    await expect(nothing(busy)).rejects.toMatchObject({ code: "nothing-to-merge", transient: true });
    await expect(nothing(new Error("off"))).rejects.toMatchObject({
      transient: false,
      message: "no part of the task could be done (a: off; b: broken)",
    });
  });

  it("ends with the signal's reason when all parts have ended", async () => {
    const control = new AbortController();
    let ended = false;
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      ended = true;
    };
    const cancel = async () => control.abort(new Error("enough"));
    await expect(collaborate({ slow, cancel }, () => 1, { signal: control.signal })).rejects.toThrow("enough");
    expect(ended).toBe(true);
  });
});
