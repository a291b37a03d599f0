import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineWindows, splitLines } from "../../../src/engram/chunk.ts";
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
