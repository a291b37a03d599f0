import { describe, expect, it } from "vitest";
import { createRequestQueue } from "../../../src/model/request-queue.ts";

/** Work that ends when it is told to. */
function controlled() {
  let resolve = (_text: string) => {};
  let reject = (_error: Error) => {};
  const reply = new Promise<string>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  const work = { begun: false, cancelled: false, resolve, reject };
  const begin = () => {
    work.begun = true;
    return { reply, cancel: () => void (work.cancelled = true) };
  };
  return { work, begin };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("request queue", () => {
  it("begins as many at once as there are slots, and the next when one is done", async () => {
    const queue = createRequestQueue("m", 2);
    const all = [controlled(), controlled(), controlled(), controlled()];
    const results = all.map(({ begin }) => queue.run({}, begin));
    expect(all.map(({ work }) => work.begun)).toEqual([true, true, false, false]);
    expect(queue.status()).toEqual({ slots: 2, running: 2, waiting: 2 });
    all[1]?.work.resolve("second");
    expect(await results[1]).toBe("second");
    await turn();
    expect(all.map(({ work }) => work.begun)).toEqual([true, true, true, false]);
    for (const { work } of all) work.resolve("done");
    await Promise.all(results);
    expect(queue.status()).toEqual({ slots: 2, running: 0, waiting: 0 });
  });

  it("keeps the place of a cancelled request until its work has really ended", async () => {
    const queue = createRequestQueue("m", 1);
    const [one, other] = [controlled(), controlled()];
    const control = new AbortController();
    const first = queue.run({ signal: control.signal }, one.begin);
    const second = queue.run({}, other.begin);
    control.abort(new Error("superseded"));
    await expect(first).rejects.toThrow("superseded");
    expect(one.work.cancelled).toBe(true);
    await turn();
    expect(other.work.begun).toBe(false);
    one.work.reject(new Error("cancelled"));
    await turn();
    expect(other.work.begun).toBe(true);
    other.work.resolve("answer");
    expect(await second).toBe("answer");
  });

  it("says when there will be a place again, from how long the last ones took", async () => {
    const queue = createRequestQueue("m", 1, 1);
    const [first, running, waiting] = [controlled(), controlled(), controlled()];
    const done = queue.run({}, first.begin);
    await new Promise((resolve) => setTimeout(resolve, 60));
    first.work.resolve("");
    await done;
    const accepted = [queue.run({}, running.begin), queue.run({}, waiting.begin)];
    const refusal = (await queue.run({}, controlled().begin).catch((error: unknown) => error)) as {
      retryAfterMs: number;
    };
    expect(refusal).toMatchObject({ code: "model-busy", transient: true });
    // Two go before it, each as long as the one that is done.
    expect(refusal.retryAfterMs).toBeGreaterThanOrEqual(100);
    running.work.resolve("");
    waiting.work.resolve("");
    await Promise.all(accepted);
  });

  it("goes on when work fails to begin", async () => {
    const queue = createRequestQueue("m", 1);
    const one = controlled();
    const first = queue.run({}, one.begin);
    const failing = queue.run({}, () => {
      throw new Error("could not begin");
    });
    const last = controlled();
    const third = queue.run({}, last.begin);
    one.work.resolve("");
    await first;
    await expect(failing).rejects.toThrow("could not begin");
    last.work.resolve("answer");
    expect(await third).toBe("answer");
    await queue.close();
  });

  it("when closed refuses what comes and waits for what runs and waits", async () => {
    const queue = createRequestQueue("m", 1);
    const [one, other] = [controlled(), controlled()];
    const results = [queue.run({}, one.begin), queue.run({}, other.begin)];
    let closed = false;
    const closing = Promise.all([queue.close(), queue.close()]).then(() => (closed = true));
    await expect(queue.run({}, controlled().begin)).rejects.toMatchObject({ code: "model-closed" });
    one.work.resolve("one");
    await turn();
    expect(closed).toBe(false);
    other.work.resolve("other");
    await closing;
    expect(await Promise.all(results)).toEqual(["one", "other"]);
  });

  it("is closed when all that waited have been cancelled or came too late", async () => {
    const queue = createRequestQueue("m", 1);
    const one = controlled();
    const first = queue.run({}, one.begin);
    const late = queue.run({ deadline: Date.now() + 20 }, controlled().begin);
    const control = new AbortController();
    const cancelled = queue.run({ signal: control.signal }, controlled().begin);
    const closing = queue.close();
    await expect(late).rejects.toMatchObject({ code: "model-timeout" });
    control.abort(new Error("no"));
    await expect(cancelled).rejects.toThrow("no");
    one.work.resolve("");
    await first;
    await closing;
  });
});
