import { describe, expect, it } from "vitest";
import { adaptiveThreads } from "../../../src/model/adaptive-threads.ts";
import { createCoreBudget, openSeats } from "../../../src/model/core-budget.ts";
import { prefill, sharedTokens, type Slot } from "../../../src/model/llama-slot.ts";

const sliceTokens = 4;
const never = new AbortController().signal;

/** A slot whose context only keeps what it was given. `goesBack`: whether it can forget its newest tokens. */
function fakeSlot({ goesBack = true, afterSlice = () => {} } = {}): {
  slot: Slot;
  read: number[][];
  held: () => number[];
} {
  let held: number[] = [];
  const read: number[][] = [];
  const sequence = {
    get nextTokenIndex() {
      return held.length;
    },
    adaptStateToTokens: async (tokens: number[]) => {
      if (goesBack) held = held.slice(0, tokens.length);
    },
    clearHistory: async () => {
      held = [];
    },
    evaluateWithoutGeneratingNewTokens: async (part: number[]) => {
      read.push(part);
      held.push(...part);
      afterSlice();
    },
  };
  const [seat] = openSeats(createCoreBudget(1).take(1));
  const threads = {
    prefill: adaptiveThreads(1),
    writing: adaptiveThreads(1),
    scoring: adaptiveThreads(1),
    sliceTokens,
  };
  const slot = { sequence, seat, threads, context: { _ctx: { setThreads() {} } }, prefilled: [] };
  return { slot: slot as unknown as Slot, read, held: () => held };
}

function prompt(length: number, end = 0): Parameters<typeof prefill>[1] {
  return [...Array.from({ length }, (_, i) => i), ...(end ? [end] : [])] as unknown as Parameters<typeof prefill>[1];
}

describe("reading a prompt", () => {
  it("goes in slices, and leaves the last token to whoever writes on", async () => {
    const { slot, read } = fakeSlot();
    await prefill(slot, prompt(11), never);
    expect(read).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it("does not read a shared beginning twice, and uses whole slices alone", async () => {
    const { slot, read, held } = fakeSlot();
    await prefill(slot, prompt(11, 99), never);
    read.length = 0;
    expect(sharedTokens(slot, prompt(10, 77))).toBe(8);
    await prefill(slot, prompt(10, 77), never);
    expect(read).toEqual([[8, 9]]);
    expect(held()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(sharedTokens(slot, prompt(6, 77))).toBe(4);
  });

  it("reads all of it again where the model cannot forget", async () => {
    const { slot, read } = fakeSlot({ goesBack: false });
    await prefill(slot, prompt(11, 99), never);
    read.length = 0;
    await prefill(slot, prompt(10, 77), never);
    expect(read.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("ends between two slices when it is cancelled, and keeps what was read", async () => {
    const control = new AbortController();
    const { slot, read } = fakeSlot({ afterSlice: () => control.abort(new Error("superseded")) });
    await expect(prefill(slot, prompt(11), control.signal)).rejects.toThrow("superseded");
    expect(read).toHaveLength(1);
    expect(sharedTokens(slot, prompt(11))).toBe(4);
  });
});
