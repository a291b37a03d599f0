import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createRandom } from "../../../bench/statistics.ts";
import type { GenerateRequest, Model, ModelGroup } from "../../../src/model/model.ts";
import { orchestrate } from "../../../src/orchestration/orchestrate.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { fakeModel, promptText } from "../../helpers/fake-model.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What may go wrong in a back end, and how often. */
const mishaps = [
  { share: 0.08, error: () => fail("model-unreachable") },
  { share: 0.05, error: () => fail("model-timeout") },
  { share: 0.05, error: () => fail("answer-invalid") },
  { share: 0.04, error: () => fail("model-busy", 2_000) },
  { share: 0.03, error: () => new Error("the worker crashed") },
];

function fail(code: string, retryAfterMs?: number): AssistantError {
  return new AssistantError(`it is ${code}`, { code, remedy: "Wait.", transient: true, retryAfterMs });
}

/** A back end with one slot and a line of three that takes up to 3 s, fails at random, and is sometimes down for a minute. */
function unreliable(name: string, random: () => number): { model: Model; most: () => number } {
  let running = 0;
  let most = 0;
  let waiting: (() => void)[] = [];
  let downUntil = 0;

  async function write(request: GenerateRequest): Promise<string> {
    if (Date.now() < downUntil) throw fail("model-unreachable");
    if (running >= 1) {
      if (waiting.length >= 3) throw fail("model-busy", 1_000);
      await new Promise<void>((resolve) => waiting.push(resolve));
      request.signal?.throwIfAborted();
    }
    most = Math.max(most, ++running);
    try {
      if (random() < 0.01) downUntil = Date.now() + 60_000;
      request.onText?.(`${name}:`);
      await untilAborted(100 + random() * 2_900, request.signal);
      let dice = random();
      for (const { share, error } of mishaps) if ((dice -= share) < 0) throw error();
      return promptText(request);
    } finally {
      running--;
      waiting.shift()?.();
    }
  }

  return {
    model: fakeModel(write, { identity: { name }, status: () => ({ slots: 1, running, waiting: waiting.length }) }),
    most: () => most,
  };
}

async function untilAborted(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
  });
}

it.each([1, 2, 3, 4])(
  "loses no request whatever fails, and comes back to a back end that is well again (seed %i)",
  async (seed) => {
    const random = createRandom(seed);
    const backends = ["a", "b", "c"].map((name) => unreliable(name, random));
    const [a, b, c] = backends.map(({ model }) => model) as [Model, Model, Model];
    const groups: ModelGroup[] = [
      { name: "peers", open: async () => [a, b] },
      { name: "fallback", open: async () => [c] },
    ];
    const circuits: string[] = [];
    const provider = orchestrate(
      { candidates: async () => ({ groups, missing: [] }), close: async () => {} },
      {
        qualified: () => ({ allowed: false, reason: "" }),
        random,
        log: (message, { circuit }) => message.includes("circuit") && circuits.push(String(circuit)),
      },
    );

    const outcomes = Array.from({ length: 300 }, async (_, i) => {
      await untilAborted(random() * 600_000, undefined);
      const { model } = await provider.modelFor("coding");
      if (model === null) throw new Error("there is always a model");
      const control = new AbortController();
      if (random() < 0.1) setTimeout(() => control.abort(new Error("superseded")), random() * 2_000);
      let written = "";
      const deadline = random() < 0.1 ? Date.now() + random() * 5_000 : undefined;
      const request = { messages: `request ${i}`, maxTokens: 9, signal: control.signal, deadline };
      const answer = await model.generate({
        ...request,
        priority: random() < 0.3 ? "person" : "background",
        onText: (piece) => void (written += piece),
        onRestart: () => void (written = ""),
      });
      expect(answer.text).toBe(`request ${i}`);
      // What was streamed is the last attempt's alone.
      expect(written).toBe(`${answer.model.name}:request ${i}`);
      return answer.model.name;
    }).map((outcome) =>
      outcome.catch((error: unknown) => {
        if (error instanceof AssistantError) return error.code;
        if (error instanceof Error && error.message === "superseded") return "superseded";
        throw error;
      }),
    );
    await vi.runAllTimersAsync();
    const settled = await Promise.all(outcomes);

    const answered = settled.filter((outcome) => ["a", "b", "c"].includes(outcome)).length;
    const known = ["a", "b", "c", "superseded", "model-timeout", "no-model-answered"];
    expect(settled.filter((outcome) => !known.includes(outcome))).toEqual([]);
    expect(answered).toBeGreaterThan(200);
    for (const { most } of backends) expect(most()).toBe(1);
    expect(circuits).toEqual(expect.arrayContaining(["open", "half-open", "closed"]));
    // Nothing waits or runs any more.
    const { model } = await provider.modelFor("coding");
    expect(model?.status()).toMatchObject({ running: 0, waiting: 0 });
  },
);
