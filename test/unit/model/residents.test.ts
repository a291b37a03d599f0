import { afterEach, describe, expect, it } from "vitest";
import type { GenerateRequest, Model } from "../../../src/model/model.ts";
import { createResidents, type Loadable, type Residents } from "../../../src/model/residents.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { fakeModel } from "../../helpers/fake-model.ts";

/** A machine with room for one model of 60 bytes beside one of 40, in which every model answers when it is told to. */
interface Machine {
  residents: Residents;
  loadable: (name: string, bytes: number) => Loadable;
  /** What happened, in order: `+a` loaded, `-a` unloaded, `a` answered. */
  events: string[];
  /** Lets the oldest request that a model works on answer. */
  answer(name: string): void;
  working(name: string): number;
  failures: Map<string, Error>;
}

const ask: GenerateRequest = { messages: "?", maxTokens: 1 };
let machine: Machine;
afterEach(async () => {
  for (const { key } of machine.residents.list()) while (machine.working(key) > 0) machine.answer(key);
  await machine.residents.close();
});

function build(options: { queue?: number; roomMs?: number; totalBytes?: number } = {}): Machine {
  const { queue = 10, totalBytes = 100, ...rest } = options;
  const events: string[] = [];
  const pending = new Map<string, (() => void)[]>();
  const failures = new Map<string, Error>();
  const freeBytes = async () => totalBytes - residents.list().reduce((sum, { bytes }) => sum + bytes, 0);
  const residents = createResidents({ freeBytes, queue, ...rest });
  const loadable = (name: string, bytes: number): Loadable => ({
    key: name,
    name,
    need: async () => bytes,
    refuse: async () => {
      throw new AssistantError(`${name} is too large`, { code: "not-enough-memory", remedy: "" });
    },
    taken: () => bytes,
    load: async () => {
      const failure = failures.get(name);
      if (failure) throw failure;
      events.push(`+${name}`);
      const write = () =>
        new Promise<string>((resolve) => {
          const done = () => (events.push(name), resolve(""));
          pending.set(name, [...(pending.get(name) ?? []), done]);
        });
      const close = async () => void events.push(`-${name}`);
      return fakeModel(write, { identity: { name }, close });
    },
  });
  return {
    residents,
    loadable,
    events,
    answer: (name) => pending.get(name)?.shift()?.(),
    working: (name) => pending.get(name)?.length ?? 0,
    failures,
  };
}

/** Lets everything happen that needs nobody. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

async function answered(name: string, request: Promise<unknown>): Promise<void> {
  await expect.poll(() => machine.working(name)).toBeGreaterThan(0);
  machine.answer(name);
  await request;
}

describe("models in memory", () => {
  let a: Model;
  let b: Model;
  const both = async (options?: Parameters<typeof build>[0], bytes = 60) => {
    machine = build(options);
    a = await machine.residents.open(machine.loadable("a", bytes));
    b = await machine.residents.open(machine.loadable("b", bytes));
    machine.events.length = 0;
  };
  const names = () => machine.residents.list().map(({ name }) => name);

  it("stay side by side where they fit", async () => {
    await both({}, 50);
    await answered("a", a.generate(ask));
    await answered("b", b.generate(ask));
    expect(machine.events).toEqual(["a", "b"]);
    expect(machine.residents.list()).toMatchObject([
      { name: "a", bytes: 50, slots: 1 },
      { name: "b", bytes: 50, slots: 1 },
    ]);
  });

  it("are unloaded to make room, and loaded again by the next request", async () => {
    await both();
    expect(names()).toEqual(["b"]);
    await answered("a", a.generate(ask));
    await answered("b", b.generate(ask));
    expect(machine.events).toEqual(["-b", "+a", "a", "-a", "+b", "b"]);
  });

  it("leave the longest unused first", async () => {
    await both({}, 40);
    await answered("a", a.generate(ask));
    machine.events.length = 0;
    await machine.residents.open(machine.loadable("c", 40));
    expect(machine.events).toEqual(["-b", "+c"]);
  });

  it("leave before one that works, however long ago that was asked", async () => {
    await both({}, 40);
    const working = a.generate(ask);
    await settled();
    await answered("b", b.generate(ask));
    machine.events.length = 0;
    await machine.residents.open(machine.loadable("c", 40));
    expect(machine.events).toEqual(["-b", "+c"]);
    await answered("a", working);
  });

  it("are never unloaded while they work, and take nothing new once another waits for them", async () => {
    await both();
    const early = [b.generate(ask), b.generate(ask)];
    await settled();
    const other = a.generate(ask);
    await settled();
    const late = b.generate(ask);
    await settled();
    expect(machine.working("b")).toBe(2);
    expect([a.status().waiting, b.status().waiting]).toEqual([1, 1]);
    expect(machine.events).toEqual([]);
    for (const request of early) await answered("b", request);
    await answered("a", other);
    await answered("b", late);
    expect(machine.events).toEqual(["b", "b", "-b", "+a", "a", "-a", "+b", "b"]);
  });

  it("stay where they do not come to an end in time, and the other is told to try again", async () => {
    await both({ roomMs: 20 });
    const working = b.generate(ask);
    await settled();
    await expect(a.generate(ask)).rejects.toMatchObject({
      code: "model-busy",
      transient: true,
      message: "there is no memory for a while b is busy",
    });
    expect(names()).toEqual(["b"]);
    await answered("b", working);
    await answered("b", b.generate(ask));
  });

  it("are not waited for by who is cancelled or too late, and not loaded when nobody waits any more", async () => {
    await both();
    const working = b.generate(ask);
    await settled();
    const cancel = new AbortController();
    const cancelled = a.generate({ ...ask, signal: cancel.signal });
    const late = a.generate({ ...ask, deadline: Date.now() - 1 });
    cancel.abort(new Error("superseded"));
    await expect(cancelled).rejects.toThrow("superseded");
    await expect(late).rejects.toMatchObject({ code: "model-timeout" });
    await expect(a.generate({ ...ask, signal: cancel.signal })).rejects.toThrow("superseded");
    await settled();
    // The one that was to leave takes requests again, though it still works.
    const more = b.generate(ask);
    await settled();
    expect(machine.working("b")).toBe(2);
    for (const request of [working, more]) await answered("b", request);
    expect(machine.events).toEqual(["b", "b"]);
  });

  it("refuse more requests than may wait for them", async () => {
    await both({ queue: 2 });
    const waiting = [a.generate(ask), a.generate(ask)];
    await expect(a.generate(ask)).rejects.toMatchObject({ code: "model-busy", transient: true });
    for (const request of waiting) await answered("a", request);
  });

  it("are not unloaded for one that would not fit alone", async () => {
    await both({}, 50);
    await expect(machine.residents.open(machine.loadable("giant", 101))).rejects.toThrow("giant is too large");
    expect(machine.events).toEqual([]);
    expect(names()).toEqual(["a", "b"]);
  });

  it("are tried again after they failed to load, and the one that left comes back", async () => {
    await both();
    machine.failures.set("a", new Error("damaged"));
    await expect(Promise.all([a.generate(ask), a.generate(ask)])).rejects.toThrow("damaged");
    await answered("b", b.generate(ask));
    machine.failures.clear();
    await answered("a", a.generate(ask));
    expect(machine.events).toEqual(["-b", "+b", "b", "-b", "+a", "a"]);
  });

  it("are loaded one at a time and once for all who ask", async () => {
    machine = build({ totalBytes: 1_000 });
    const { residents, loadable, events } = machine;
    const opened = await Promise.all([
      residents.open(loadable("a", 1)),
      residents.open(loadable("b", 1)),
      residents.open(loadable("a", 1)),
    ]);
    expect(events).toEqual(["+a", "+b"]);
    expect(opened[2]).toBe(opened[0]);
  });

  it("keep their name while they are away, and score only where they can", async () => {
    await both();
    expect(a.identity.name).toBe("a");
    expect(a.contextTokens).toBe(4_096);
    expect(a.status()).toEqual({ slots: 1, running: 0, waiting: 0 });
    expect("score" in a).toBe(false);
    expect(await a.countTokens("12345678")).toBe(2);
    expect(names()).toEqual(["a"]);
  });

  it("refuse what comes after closing, and close after what was accepted", async () => {
    await both();
    const working = b.generate(ask);
    await settled();
    const waiting = a.generate(ask).catch((error: unknown) => error);
    await settled();
    const closing = machine.residents.close();
    await expect(b.generate(ask)).rejects.toMatchObject({ code: "model-closed" });
    await expect(machine.residents.open(machine.loadable("c", 1))).rejects.toMatchObject({ code: "model-closed" });
    await answered("b", working);
    // Its load had begun to wait for room: it is done, or refused.
    while (machine.working("a") > 0) machine.answer("a");
    await closing;
    await settled();
    while (machine.working("a") > 0) machine.answer("a");
    await waiting;
    expect(machine.events.filter((event) => event.startsWith("+")).length).toBeLessThanOrEqual(1);
    expect(machine.events.at(-1)).toMatch(/^-|^a$/);
  });
});
