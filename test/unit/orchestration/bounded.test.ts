import fc from "fast-check";
import { expect, it, vi } from "vitest";
import type { Model } from "../../../src/model/model.ts";
import { bounded } from "../../../src/orchestration/bounded.ts";
import { promptText, fakeModel } from "../../helpers/fake-model.ts";

/** A model that answers when it is told to. */
function gated(slots: number): { model: Model; begun: string[]; most: () => number; finishNext: () => Promise<void> } {
  const begun: string[] = [];
  const open: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const model = fakeModel(
    async (request) => {
      begun.push(promptText(request));
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => open.push(resolve));
      running--;
      return "done";
    },
    { status: () => ({ slots, running, waiting: 0 }) },
  );
  const finishNext = async () => {
    open.shift()?.();
    await turns();
  };
  return { model, begun, most: () => most, finishNext };
}

/** Lets everything happen that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

const arrivals = fc.array(fc.record({ person: fc.boolean(), cancelled: fc.boolean() }), { maxLength: 20 });

it("answers or refuses everyone, persons first, each kind in the order of its coming", async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 3 }), fc.nat(8), async (requests, slots, queue) => {
      const { model, begun, most, finishNext } = gated(slots);
      const line = bounded(model, { queue });
      const controls = requests.map(() => new AbortController());
      const outcomes = requests.map(({ person }, i) => {
        const priority = person ? ("person" as const) : ("background" as const);
        const request = { messages: String(i), maxTokens: 1, priority, signal: controls[i]?.signal };
        return line.generate(request).then(
          () => "answered",
          (error: { code?: string; message: string }) => error.code ?? error.message,
        );
      });
      await turns();
      for (let i = slots; i < requests.length; i++)
        if (requests[i]?.cancelled) controls[i]?.abort(new Error("cancelled"));
      for (let i = 0; i < requests.length; i++) await finishNext();

      const accepted = requests.map((request, i) => ({ ...request, i })).slice(0, slots + queue);
      const waited = accepted.slice(slots).filter(({ cancelled }) => !cancelled);
      const inOrder = [...waited.filter(({ person }) => person), ...waited.filter(({ person }) => !person)];
      expect(begun).toEqual([...accepted.slice(0, slots), ...inOrder].map(({ i }) => String(i)));
      expect(most()).toBeLessThanOrEqual(slots);
      expect(await Promise.all(outcomes)).toEqual(
        requests.map(({ cancelled }, i) =>
          i >= slots + queue ? "model-busy" : cancelled && i >= slots ? "cancelled" : "answered",
        ),
      );
      expect(line.status()).toEqual({ slots, running: 0, waiting: 0 });
    }),
  );
});

it("says after how long to ask again: what waits, at the pace of the last answers", async () => {
  vi.useFakeTimers();
  try {
    const model = fakeModel(() => new Promise((resolve) => setTimeout(() => resolve("done"), 4_000)));
    const line = bounded(model, { queue: 1 });
    const request = { messages: "x", maxTokens: 1 };
    const unmeasured = [line.generate(request), line.generate(request)];
    await expect(line.generate(request)).rejects.toMatchObject({ code: "model-busy", retryAfterMs: null });
    await vi.advanceTimersByTimeAsync(4_000);
    const next = line.generate(request);
    await expect(line.generate(request)).rejects.toMatchObject({
      code: "model-busy",
      transient: true,
      retryAfterMs: 8_000,
      message: "1 requests wait for fake already; ask again in 8 s",
    });
    await vi.advanceTimersByTimeAsync(8_000);
    await Promise.all([...unmeasured, next]);
  } finally {
    vi.useRealTimers();
  }
});

it("lets who is too late leave the queue at once, and who is told no deadline wait", async () => {
  vi.useFakeTimers();
  try {
    const { model, begun, finishNext } = gated(1);
    const line = bounded(model);
    const request = (messages: string, deadline?: number) => line.generate({ messages, maxTokens: 1, deadline });
    await expect(request("gone", Date.now() - 1)).rejects.toMatchObject({ code: "model-timeout" });
    const first = request("first", Date.now() + 100);
    const late = request("late", Date.now() + 100);
    const patient = [request("far", Date.now() + 1e12), request("never", Infinity)];
    const refused = expect(late).rejects.toMatchObject({ code: "model-timeout", transient: true });
    await vi.advanceTimersByTimeAsync(101);
    await refused;
    expect(line.status().waiting).toBe(2);
    for (let i = 0; i < 3; i++) await finishNext();
    await Promise.all([first, ...patient]);
    expect(begun).toEqual(["first", "far", "never"]);
  } finally {
    vi.useRealTimers();
  }
});

it("does not free the place of a request that is cancelled while it is worked on", async () => {
  const { model, begun, finishNext } = gated(1);
  const line = bounded(model);
  const control = new AbortController();
  const first = line.generate({ messages: "first", maxTokens: 1, signal: control.signal });
  const second = line.generate({ messages: "second", maxTokens: 1 });
  await Promise.resolve();
  control.abort(new Error("enough"));
  await turns();
  expect(begun).toEqual(["first"]);
  await finishNext();
  await finishNext();
  await Promise.all([first, second]);
  expect(begun).toEqual(["first", "second"]);
});
