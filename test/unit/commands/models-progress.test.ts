import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { duration } from "../../../src/commands/format.ts";
import { installProgress, progressLine } from "../../../src/commands/models-progress.ts";

const source = "the model hub";

describe("progressLine", () => {
  it("draws how far it is, how fast, and how long it will take", () => {
    const progress = { source, step: "downloading" as const, bytes: 1_200e6, totalBytes: 4_800e6 };
    expect(progressLine(progress, 12e6)).toBe(
      "[█████░░░░░░░░░░░░░░░] 25 % of 4.8 GB, 12 MB/s, 5 min left, from the model hub",
    );
    expect(progressLine(progress, null)).toBe("[█████░░░░░░░░░░░░░░░] 25 % of 4.8 GB, from the model hub");
  });

  it("promises nothing about a source that does not say how much it has, or that stands still", () => {
    expect(progressLine({ source, step: "downloading", bytes: 5e6, totalBytes: null }, 1e6)).toBe(
      "5.0 MB, 1.0 MB/s, from the model hub",
    );
    expect(progressLine({ source, step: "downloading", bytes: 5e6, totalBytes: 10e6 }, 0)).toBe(
      "[██████████░░░░░░░░░░] 50 % of 10 MB, 0 B/s, from the model hub",
    );
    expect(progressLine({ source, step: "verifying", bytes: 0, totalBytes: null }, null)).toBe(
      "verifying what came from the model hub",
    );
  });

  it.each([
    [8, "8 s"],
    [200, "3 min"],
    [9_000, "2.5 h"],
  ])("says %d seconds as a person would", (seconds, text) => expect(duration(seconds)).toBe(text));
});

describe("installProgress", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function shown(isTTY: boolean, amounts: number[]): string {
    let text = "";
    const stream = { isTTY, columns: 200, write: (part: string) => (text += part) } as unknown as NodeJS.WriteStream;
    const { show, done } = installProgress(stream);
    for (const bytes of amounts) {
      show({ source, step: "downloading", bytes, totalBytes: 100 });
      vi.advanceTimersByTime(1_000);
    }
    done();
    return text;
  }

  it("rewrites one line of a terminal, with the rate of the last seconds", () => {
    const text = shown(true, [0, 10, 20, 30]);
    expect(text).toContain("30 % of 100 B, 10 B/s, 7 s left");
    expect(text).not.toContain("\n");
    expect(text.endsWith("\u001b[2K")).toBe(true);
  });

  it("writes a line every tenth of the way into a file", () => {
    expect(shown(false, [0, 4, 9, 10, 11, 55, 100])).toBe(
      [0, 10, 50, 100].map((percent) => `downloading from the model hub: ${percent} %\n`).join(""),
    );
  });
});
