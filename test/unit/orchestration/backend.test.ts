import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Backend, backendOf } from "../../../src/orchestration/backend.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { limits } from "../../../src/shared/limits.ts";
import { fakeModel } from "../../helpers/fake-model.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function failure(code: string): AssistantError {
  return new AssistantError(`it is ${code}`, { code, remedy: "Wait.", transient: true });
}

const unreachable = failure("model-unreachable");

async function fail(backend: Backend, error: unknown = unreachable): Promise<void> {
  await expect(backend.call({}, () => Promise.reject(error))).rejects.toBe(error);
}

async function opened(): Promise<Backend> {
  const backend = backendOf(fakeModel(() => ""));
  for (let i = 0; i < limits.circuitFailures; i++) await fail(backend);
  return backend;
}

it("is left alone after failures in a row, and says until when and why", async () => {
  const backend = await opened();
  expect(backend.circuit()).toBe("open");
  expect(backend.usable()).toBe(false);
  await vi.advanceTimersByTimeAsync(10_000);
  const never = vi.fn<() => Promise<string>>();
  await expect(backend.call({}, never)).rejects.toMatchObject({
    code: "model-unreachable",
    transient: true,
    retryAfterMs: limits.circuitOpenMs - 10_000,
    message: expect.stringContaining("it failed: it is model-unreachable"),
  });
  expect(never).not.toHaveBeenCalled();
});

it("lets one request try later: closes when it is answered, stays open when it fails", async () => {
  const changes: string[] = [];
  const backend = backendOf(
    fakeModel(() => ""),
    (circuit) => changes.push(circuit),
  );
  for (let i = 0; i < limits.circuitFailures; i++) await fail(backend);
  await vi.advanceTimersByTimeAsync(limits.circuitOpenMs);
  await fail(backend);
  expect(backend.usable()).toBe(false);
  await vi.advanceTimersByTimeAsync(limits.circuitOpenMs);
  let answer: (text: string) => void = () => {};
  const trying = backend.call({}, () => new Promise<string>((resolve) => (answer = resolve)));
  expect(backend.circuit()).toBe("half-open");
  // A second one is told at once, it does not wait for the first.
  await expect(backend.call({}, async () => "second")).rejects.toMatchObject({ code: "model-unreachable" });
  answer("back");
  expect(await trying).toBe("back");
  expect(changes).toEqual(["open", "half-open", "open", "half-open", "closed"]);
  await fail(backend);
  expect(backend.circuit()).toBe("closed");
});

it("is left alone when every second request fails, though never several in a row", async () => {
  const backend = backendOf(fakeModel(() => ""));
  for (let i = 0; backend.usable() && i < 100; i++) {
    await fail(backend).catch(() => {});
    await fail(backend).catch(() => {});
    if (backend.usable()) await backend.call({}, async () => "fine");
  }
  expect(backend.circuit()).toBe("open");
  const metrics = backend.meter.metrics("fake");
  expect(metrics.failures).toBeGreaterThan(limits.circuitSample / 2);
});

it("does not blame the back end for what lies in the request, nor for being full", async () => {
  const backend = backendOf(fakeModel(() => ""));
  const tooLong = new AssistantError("too long", { code: "prompt-too-long", remedy: "Shorten it." });
  for (let i = 0; i < 30; i++) {
    await fail(backend, tooLong);
    await fail(backend, failure("model-busy"));
    await fail(backend, failure("answer-invalid"));
    const late = backend.call({ deadline: Date.now() - 1 }, () => Promise.reject(failure("model-timeout")));
    await expect(late).rejects.toMatchObject({ code: "model-timeout" });
    const gone = AbortSignal.abort(new Error("superseded"));
    await expect(backend.call({ signal: gone }, () => Promise.reject(gone.reason))).rejects.toThrow("superseded");
  }
  expect(backend.circuit()).toBe("closed");
  expect(backend.meter.metrics("fake")).toMatchObject({ failures: 0, count: 0 });
});

it("takes a try that its caller gave up for no proof", async () => {
  const backend = await opened();
  await vi.advanceTimersByTimeAsync(limits.circuitOpenMs);
  const control = new AbortController();
  const trying = backend.call(
    { signal: control.signal },
    () => new Promise((_, reject) => control.signal.addEventListener("abort", () => reject(control.signal.reason))),
  );
  control.abort(new Error("enough"));
  await expect(trying).rejects.toThrow("enough");
  expect(backend.circuit()).toBe("open");
});

it("measures latencies with their waiting, and the work without", async () => {
  const backend = backendOf(fakeModel(() => ""));
  expect(backend.meter.recentWorkMs()).toBeNull();
  expect(backend.meter.metrics("fake")).toMatchObject({ latencyP50Ms: null, latencyP95Ms: null });
  for (let i = 1; i <= 20; i++) {
    const answering = backend.call(
      {},
      () => new Promise<number>((resolve) => setTimeout(() => resolve(i), i * 100)),
      () => 50,
    );
    await vi.advanceTimersByTimeAsync(i * 100);
    await answering;
  }
  expect(backend.meter.metrics("fake")).toEqual({
    name: "fake",
    count: 20,
    failures: 0,
    latencyP50Ms: 1_000,
    latencyP95Ms: 1_900,
  });
  expect(backend.meter.recentWorkMs()).toBeCloseTo(50);
});
