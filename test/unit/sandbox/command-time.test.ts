import { expect, it } from "vitest";
import { createCommandTime } from "../../../src/sandbox/command-time.ts";

const minute = 60_000;
const ended = (ms: number) => ({ limitHit: null, ms });
const stopped = (ms: number) => ({ limitHit: "time" as const, ms });

it("gives a command all of its time until it hangs, and then a few times what it takes", () => {
  const time = createCommandTime(10 * minute);
  expect(time.note("test", ended(30_000))).toBeNull();
  expect(time.of("test")).toBe(10 * minute);

  expect(time.note("test", stopped(10 * minute))).toBe("stopped after 600 s");
  expect(time.of("test")).toBe(2 * minute);
  expect(time.of("lint")).toBe(10 * minute);
  const again = "stopped after 120 s, because it hung before and takes 30 s otherwise";
  expect(time.note("test", stopped(2 * minute))).toBe(again);
});

it("learns what a command takes after it hung, by the slowest time; never gives less than a minute, or more than all", () => {
  const time = createCommandTime(10 * minute);
  time.note("test", stopped(10 * minute));
  expect(time.of("test")).toBe(10 * minute);
  time.note("test", ended(40));
  expect(time.of("test")).toBe(minute);
  time.note("test", ended(8 * minute));
  time.note("test", ended(40));
  expect(time.of("test")).toBe(10 * minute);
});

it("takes no other limit for what a command takes", () => {
  const time = createCommandTime(10 * minute);
  time.note("test", stopped(10 * minute));
  expect(time.note("test", { limitHit: "memory", ms: 40 })).toBeNull();
  expect(time.of("test")).toBe(10 * minute);
});
