import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkWindows, lineWindows, splitLines } from "../../../src/engram/chunk.ts";
import { limits } from "../../../src/shared/limits.ts";

const body = (count: number) => Array.from({ length: count }, (_, i) => `  statement(${i});`);

describe("splitLines", () => {
  it.each([
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\n\n", ["a", ""]],
    ["a\r\nb", ["a\r", "b"]],
  ])("%j", (text, lines) => {
    expect(splitLines(text)).toEqual(lines);
  });
});

describe("lineWindows", () => {
  it("keeps a short text whole", () => {
    expect(lineWindows(body(limits.chunkLines))).toEqual([{ start: 0, end: limits.chunkLines }]);
  });

  it("cuts a text without joints at the limit", () => {
    const [first, second] = lineWindows(body(limits.chunkLines + 5));

    expect(first).toEqual({ start: 0, end: limits.chunkLines });
    expect(second).toEqual({ start: limits.chunkLines, end: limits.chunkLines + 5 });
  });

  it("prefers a blank line before a top-level line, then a blank line, then a top-level line", () => {
    const joint = limits.chunkLines - 8;
    const lines = body(2 * limits.chunkLines);
    lines[joint + 4] = "topLevel();";
    expect(lineWindows(lines)[0]?.end).toBe(joint + 4);

    lines[joint + 1] = "";
    expect(lineWindows(lines)[0]?.end).toBe(joint + 2);

    lines[joint - 1] = "";
    lines[joint] = "export function next() {";
    expect(lineWindows(lines)[0]?.end).toBe(joint);
  });

  it("covers every line once, in order, within the limit", () => {
    const line = fc.constantFrom("", "  indented", "topLevel", "}", "\r");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 300 }), (lines) => {
        const windows = lineWindows(lines);
        const covered = windows.flatMap(({ start, end }) => lines.slice(start, end));

        expect(covered).toEqual(lines);
        for (const { start, end } of windows) {
          expect(end).toBeGreaterThan(start);
          expect(end - start).toBeLessThanOrEqual(limits.chunkLines);
        }
      }),
    );
  });
});

describe("chunkWindows", () => {
  const sizes = ({ start, end }: { start: number; end: number }) => end - start;
  /** A text of units with the given depths and lengths. */
  function unitsOf(...units: [depth: number, length: number][]) {
    const starts: { line: number; depth: number }[] = [];
    let line = 0;
    for (const [depth, length] of units) {
      starts.push({ line, depth });
      line += length;
    }
    return { lines: body(line), parsed: { starts, names: [] } };
  }
  const windowsOf = (...units: [depth: number, length: number][]) => {
    const { lines, parsed } = unitsOf(...units);
    return chunkWindows(lines, parsed).map(sizes);
  };

  it("is lineWindows without a parse", () => {
    const lines = body(100);

    expect(chunkWindows(lines, null)).toEqual(lineWindows(lines));
    expect(chunkWindows(lines, { starts: [], names: [] })).toEqual(lineWindows(lines));
    expect(chunkWindows([], { starts: [], names: [] })).toEqual([]);
  });

  it("packs small units and divides none that fits", () => {
    expect(windowsOf([0, 10], [0, 10], [0, 20], [0, 30], [0, 20])).toEqual([40, 30, 20]);
    expect(windowsOf([0, 10], [0, limits.chunkLinesMost], [0, 10])).toEqual([10, limits.chunkLinesMost, 10]);
  });

  it("divides a longer unit at its deeper units, else at joints", () => {
    expect(windowsOf([0, 10], [1, 30], [1, 30], [1, 30])).toEqual([40, 30, 30]);
    expect(windowsOf([0, 2], [1, 3], [2, 25], [2, 25], [0, 20])).toEqual([30, 25, 20]);
    expect(windowsOf([0, 90])).toEqual(lineWindows(body(90)).map(sizes));
  });

  it("ends a window at a shallow start rather than at a deep one", () => {
    expect(windowsOf([0, 30], [0, 6], [1, 3], [1, 30], [1, 30])).toEqual([30, 39, 30]);
  });

  it("leaves no rest of a few lines where it fits beside a neighbour", () => {
    expect(windowsOf([0, 3], [0, 39], [0, 39])).toEqual([42, 39]);
    expect(windowsOf([0, 39], [0, 2], [1, 39], [1, 39])).toEqual([39, 41, 39]);
    expect(windowsOf([0, 47], [0, 2], [0, 47])).toEqual([47, 2, 47]);
  });

  it("covers every line once, in order, within the limit, and divides no unit that fits", () => {
    const unit = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(130)));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), fc.integer({ min: 0, max: 60 }), (units, preamble) => {
        const { lines: below, parsed } = unitsOf(...units);
        const lines = [...body(preamble), ...below];
        const starts = parsed.starts.map(({ line, depth }) => ({ line: line + preamble, depth }));
        const windows = chunkWindows(lines, { starts, names: [] });

        expect(windows.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i))).toEqual(
          lines.map((_, i) => i),
        );
        for (const window of windows) {
          expect(sizes(window)).toBeGreaterThan(0);
          expect(sizes(window)).toBeLessThanOrEqual(limits.chunkLinesMost);
        }
        for (const [i, { line, depth }] of starts.entries()) {
          const end = starts.slice(i + 1).find((next) => next.depth <= depth)?.line ?? lines.length;
          if (end - line > limits.chunkLinesMost) continue;
          expect(windows.some((window) => window.start <= line && end <= window.end)).toBe(true);
        }
        expect(chunkWindows(lines, { starts, names: [] })).toEqual(windows);
      }),
    );
  });
});
