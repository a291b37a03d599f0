import { expect, it } from "vitest";
import type { Model } from "../../../src/model/model.ts";
import { balanced } from "../../../src/orchestration/balanced.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { limits } from "../../../src/shared/limits.ts";
import { fakeModel } from "../../helpers/fake-model.ts";

/** A model that says its name, with a load that a test sets. */
function named(name: string, load: { slots?: number; running?: number; waiting?: number } = {}, ms = 50): Model {
  const model = fakeModel(() => name, {
    identity: { name },
    status: () => ({ slots: 1, running: 0, waiting: 0, ...load }),
  });
  return { ...model, generate: async (request) => ({ ...(await model.generate(request)), ms }) };
}

function failing(name: string, error: () => Error): { model: Model; asked: () => number } {
  let asked = 0;
  const model = fakeModel(
    (request) => {
      asked++;
      request.onText?.(`${name} begins`);
      throw error();
    },
    { identity: { name } },
  );
  return { model, asked: () => asked };
}

const unreachable = () =>
  new AssistantError("it is gone", { code: "model-unreachable", remedy: "Wait.", transient: true });
const ask = async (model: Model, messages = "hello") => (await model.generate({ messages, maxTokens: 1 })).model.name;

it("asks who has the least to do for each slot", async () => {
  expect(await ask(balanced([named("a", { running: 1 }), named("b")]))).toBe("b");
  const wide = named("wide", { slots: 4, running: 3 });
  expect(await ask(balanced([named("narrow", { running: 1 }), wide]))).toBe("wide");
  expect(await ask(balanced([named("queue", { running: 1, waiting: 2 }), named("short", { running: 1 })]))).toBe(
    "short",
  );
});

it("counts the work by how long an answer took lately", async () => {
  const loads = [
    { running: 0, waiting: 0 },
    { running: 0, waiting: 0 },
  ] as const;
  const slow = named("slow", loads[0], 10_000);
  const fast = named("fast", loads[1], 100);
  const both = balanced([slow, fast]);
  expect([await ask(both, "1"), await ask(both, "2")]).toEqual(["slow", "fast"]);
  Object.assign(loads[0], { running: 1 });
  Object.assign(loads[1], { running: 1, waiting: 3 });
  expect(await ask(both, "3")).toBe("fast");
});

it("goes where the beginning is warm only among equals", async () => {
  const load = { running: 0 };
  const both = balanced([named("a"), named("b", load)]);
  const review = [
    { role: "system" as const, content: "Review this." },
    { role: "user" as const, content: "part" },
  ];
  const to = async () => (await both.generate({ messages: review, maxTokens: 1 })).model.name;
  expect(await to()).toBe("a");
  expect(await ask(both, "something else")).toBe("b");
  expect(await to()).toBe("a");
  expect(await ask(both, "something else")).toBe("b");
  load.running = 1;
  expect(await ask(both, "something else")).toBe("a");
});

it("spreads what comes at once, before the back ends have said that they work", async () => {
  const both = balanced([named("a"), named("b")]);
  const answers = await Promise.all([ask(both), ask(both), ask(both), ask(both)]);
  expect(answers.toSorted()).toEqual(["a", "a", "b", "b"]);
});

it("asks the next one where one fails or is full, and says that what was written is void", async () => {
  const gone = failing("gone", unreachable);
  const both = balanced([gone.model, named("b", { running: 1 })]);
  const written: string[] = [];
  const onText = (piece: string) => written.push(piece);
  const onRestart = () => written.push("—");
  const answer = await both.generate({ messages: "x", maxTokens: 1, onText, onRestart });
  expect(answer.model.name).toBe("b");
  expect(written).toEqual(["gone begins", "—", "b"]);
  expect(both.metrics()).toMatchObject([
    { name: "gone", count: 0, failures: 1 },
    { name: "b", count: 1, failures: 0 },
  ]);
});

it("leaves a dead one alone, though it is always idle", async () => {
  const gone = failing("gone", unreachable);
  const both = balanced([gone.model, named("b")]);
  for (let i = 0; i < 50; i++) expect(await ask(both, String(i))).toBe("b");
  expect(gone.asked()).toBe(limits.circuitFailures);
  expect(both.status().slots).toBe(1);
});

it("throws what lies in the request at once, and the last failure where all fail", async () => {
  const tooLong = failing("a", () => new AssistantError("too long", { code: "prompt-too-long", remedy: "Shorten." }));
  const never = failing("b", unreachable);
  await expect(ask(balanced([tooLong.model, never.model]))).rejects.toMatchObject({ code: "prompt-too-long" });
  expect(never.asked()).toBe(0);
  const both = balanced([failing("a", unreachable).model, failing("b", unreachable).model]);
  for (let i = 0; i < limits.circuitFailures; i++) await expect(ask(both)).rejects.toThrow("it is gone");
  await expect(ask(both)).rejects.toMatchObject({ transient: true, retryAfterMs: expect.any(Number) });
});

it("holds what every member can hold", () => {
  const contexts = [8_192, 4_096].map((contextTokens) => fakeModel(() => "", { contextTokens }));
  expect(balanced(contexts).contextTokens).toBe(4_096);
  expect(balanced(contexts)).not.toHaveProperty("score");
});

it("weighs continuations with those who can", async () => {
  const score = async () => [{ tokens: 1, logProbability: -1 }];
  const one = balanced([fakeModel(() => ""), fakeModel(() => "", { score })]);
  expect(await one.score?.({ messages: "x", continuations: ["y"] })).toEqual([{ tokens: 1, logProbability: -1 }]);
});
