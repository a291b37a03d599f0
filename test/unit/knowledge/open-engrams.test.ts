import { describe, expect, it } from "vitest";
import type { Engram } from "../../../src/engram/engram.ts";
import { createOpenEngrams } from "../../../src/knowledge/open-engrams.ts";

/** Engrams of which only the life is looked at; the name of one ends with its size. */
function setUp(maxBytes: number) {
  const log: string[] = [];
  let stamp = "1";
  const engrams = createOpenEngrams({
    maxBytes,
    open: async (key) => {
      log.push(`open ${key}`);
      await new Promise((resolve) => setImmediate(resolve));
      if (key.startsWith("bad")) throw new Error("broken");
      return key.startsWith("none") ? null : ({ key, close: () => log.push(`close ${key}`) } as unknown as Engram);
    },
    sizeOf: (engram) => Number(/\d+$/.exec((engram as unknown as { key: string }).key)?.[0]),
    stampOf: () => stamp,
  });
  const touch = (key: string) => engrams.use(key, () => {});
  const take = () => log.splice(0);
  return { engrams, touch, take, setStamp: (value: string) => (stamp = value) };
}

/** A use that lasts until it is told to end. */
function hold(engrams: ReturnType<typeof setUp>["engrams"], key: string) {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const done = engrams.use(key, () => {
    begin();
    return ended;
  });
  return { begun, end: () => (end(), done) };
}

describe("open engrams", () => {
  it("stay open within the limit; the least recently used is closed first", async () => {
    const { engrams, touch, take } = setUp(100);
    await touch("a40");
    await touch("b40");
    await touch("a40");
    await touch("c40");
    expect(take()).toEqual(["open a40", "open b40", "open c40", "close b40"]);
    expect(engrams.bytes()).toBe(80);
    await touch("a40");
    expect(take()).toEqual([]);
  });

  it("are shared by uses at the same time, also while one opens", async () => {
    const { engrams, take } = setUp(100);
    const seen = await Promise.all([1, 2, 3].map(() => engrams.use("a40", (engram) => engram)));
    expect(new Set(seen).size).toBe(1);
    expect(take()).toEqual(["open a40"]);
  });

  it("are not closed while in use, even above the limit", async () => {
    const { engrams, touch, take } = setUp(100);
    const held = hold(engrams, "a90");
    await held.begun;
    await touch("b90");
    await touch("c90");
    expect(take()).toEqual(["open a90", "open b90", "close b90", "open c90", "close c90"]);
    expect(engrams.bytes()).toBe(90);
    await held.end();
    expect(take()).toEqual([]);
    await touch("a90");
    expect(take()).toEqual([]);
  });

  it("are not closed while one of several uses goes on", async () => {
    const { engrams, touch, take } = setUp(100);
    const [first, second] = [hold(engrams, "a90"), hold(engrams, "a90")];
    await Promise.all([first.begun, second.begun]);
    await first.end();
    await touch("b90");
    expect(take()).toEqual(["open a90", "open b90", "close b90"]);
    await second.end();
    engrams.close();
    expect(take()).toEqual(["close a90"]);
  });

  it("that are larger than the limit are closed after their use", async () => {
    const { engrams, touch, take } = setUp(100);
    await touch("a40");
    await touch("b101");
    expect(take()).toEqual(["open a40", "open b101", "close a40", "close b101"]);
    expect(engrams.bytes()).toBe(0);
  });

  it("are opened again after they were written; who uses the old one goes on", async () => {
    const { engrams, touch, take, setStamp } = setUp(100);
    const held = hold(engrams, "a10");
    await held.begun;
    engrams.renew("a10");
    await touch("a10");
    expect(take()).toEqual(["open a10", "open a10"]);
    await held.end();
    expect(take()).toEqual(["close a10"]);
    setStamp("2");
    await touch("a10");
    expect(take()).toEqual(["close a10", "open a10"]);
    expect(engrams.bytes()).toBe(10);
  });

  it("that do not exist or do not open are asked for again", async () => {
    const { engrams, touch, take } = setUp(100);
    expect(await engrams.use("none1", (engram) => engram)).toBe(null);
    await touch("none1");
    await expect(touch("bad1")).rejects.toThrow("broken");
    await expect(touch("bad1")).rejects.toThrow("broken");
    expect(take()).toEqual(["open none1", "open none1", "open bad1", "open bad1"]);
    expect(engrams.bytes()).toBe(0);
  });

  it("are closed also where the use fails", async () => {
    const { engrams, take } = setUp(100);
    await expect(engrams.use("a10", () => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
    engrams.close();
    expect(take()).toEqual(["open a10", "close a10"]);
  });

  it("are preloaded in order until the memory is used up, and nothing is closed for it", async () => {
    const { engrams, touch, take } = setUp(100);
    await touch("x30");
    expect(await engrams.preload(["none5", "a40", "b40", "c10"])).toEqual(["a40"]);
    expect(take()).toEqual(["open x30", "open none5", "open a40", "open b40", "close b40"]);
    await touch("a40");
    await touch("x30");
    expect(take()).toEqual([]);
  });
});
