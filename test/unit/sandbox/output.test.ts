import { expect, it } from "vitest";
import { findErrorLines } from "../../../src/sandbox/error-lines.ts";
import { keepOutput } from "../../../src/sandbox/output.ts";
import { limits } from "../../../src/shared/limits.ts";

function kept(parts: (string | Buffer)[], bytes?: number): { text: string; truncatedBytes: number } {
  const keeper = keepOutput(bytes);
  for (const part of parts) keeper.add(Buffer.from(part));
  return keeper.finish();
}

it("keeps all of a short output", () => {
  expect(kept(["one\n", "two\n"])).toEqual({ text: "one\ntwo\n", truncatedBytes: 0 });
  expect(kept([])).toEqual({ text: "", truncatedBytes: 0 });
});

it("keeps start and end of a long one, and counts what is missing", () => {
  const { text, truncatedBytes } = kept(["a".repeat(30), "b".repeat(1_000), "c".repeat(40)], 40);
  expect(text).toBe(`${"a".repeat(10)}\n[… 1030 bytes left out …]\n${"c".repeat(30)}`);
  expect(truncatedBytes).toBe(1_030);
});

it("keeps the same however the output was cut into pieces", () => {
  const whole = Array.from({ length: 5_000 }, (_, index) => `line ${index}\n`).join("");
  const expected = kept([whole], 1_000);
  for (const size of [1, 7, 333, 4_096]) {
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
      whole.slice(index * size, (index + 1) * size),
    );
    expect(kept(pieces, 1_000)).toEqual(expected);
  }
});

it("shows what a person would see: no colours, no titles, the last state of a line", () => {
  const colours = "\u001b[31mred\u001b[0m \u001b]0;title\u0007plain\u001b(B\u0000\u200b\n";
  expect(kept([colours]).text).toBe("red plain\n");
  expect(kept(["10 %\r50 %\r100 %\r\ndone\n"]).text).toBe("100 %\ndone\n");
});

it("says once what is printed many times", () => {
  expect(kept(["start\n", "same\n".repeat(1_000), "end\n"]).text).toBe(
    "start\nsame\n[… the same line 999 more times …]\nend\n",
  );
  expect(kept(["x\nx\nx\n"]).text).toBe("x\nx\nx\n");
});

it.each([
  ["TypeError: x is not a function", true],
  ["src/a.ts(3,5): error TS2322: Type 'string' is not assignable", true],
  ["src/a.ts:3:5 - error TS2322: Type", true],
  ["error[E0308]: mismatched types", true],
  ["main.c:3:1: error: expected ';'", true],
  ["E       assert 1 == 2", true],
  ["FAILED test_a.py::test_bad - assert 1 == 2", true],
  ["not ok 3 - adds", true],
  ["  ● sum › adds", true],
  ["    --- FAIL: TestAdd (0.00s)", true],
  ["  3:7  error  'x' is not defined  no-undef", true],
  ["npm error code ELIFECYCLE", true],
  ["sh: 1: jest: not found", true],
  ["bash: line 1: jest: command not found", true],
  ["Error: Cannot find module 'x'", true],
  ["fatal: not a git repository", true],
  ["0 errors, 0 warnings", false],
  ["ok 3 - handles errors", false],
  ["12 passing", false],
  ["Running error tests", false],
])("%j reads like an error: %s", (line, expected) => {
  expect(findErrorLines(`before\n${line}\nafter\n`)).toEqual(expected ? [line.trim()] : []);
});

it("names an error once, and only so many", () => {
  expect(findErrorLines("Error: x\nError: x\n")).toEqual(["Error: x"]);
  const many = Array.from({ length: 100 }, (_, index) => `Error: ${index}`).join("\n");
  expect(findErrorLines(many)).toHaveLength(limits.sandboxErrorLines);
  expect(findErrorLines(`Error: ${"x".repeat(5_000)}`)[0]).toHaveLength(limits.sandboxErrorCharacters);
});
