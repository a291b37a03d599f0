import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { benchClassifier } from "../../../bench/models/classifier.ts";
import { classifyTask } from "../../../src/orchestration/classify-task.ts";
import { routeTask } from "../../../src/orchestration/route-task.ts";
import { taskExamples } from "../../../src/orchestration/task-examples.ts";
import { type TaskType, taskTypes } from "../../../src/orchestration/task-type.ts";
import { readTask } from "../../../src/orchestration/task-words.ts";

const clear: Record<TaskType, string[]> = {
  coding: [
    "fix the parser",
    "Implement a cache for the lookups",
    "rename foo to bar in all files",
    "TypeError: undefined is not a function",
    "implement the test runner's output in colour",
    "build a documentation generator",
    "`describe()` throws when it is given null",
  ],
  research: [
    "explain how the parser works",
    "Why is this so slow?",
    "compare SQLite with LMDB",
    "How do I run the tests?",
    "What do the docs say about this?",
    "Could somebody explain what this lock is for?",
  ],
  documentation: [
    "document the parser's API",
    "Update the README",
    "add a docstring to this function",
    "fix a typo in the guide",
    "describe in the docs how to run the tests",
  ],
  testing: [
    "write tests for the parser",
    "add a regression test for the crash",
    "fix the flaky spec",
    "test the importer with an empty file",
    "write tests for the documentation generator",
  ],
};

describe("classifyTask", () => {
  it.each(taskTypes.flatMap((type) => clear[type].map((text) => [type, text] as const)))("%s: %s", (type, text) => {
    expect(classifyTask(text)).toMatchObject({ type });
    expect(routeTask(classifyTask(text)).sure).toBe(true);
  });

  it("says which patterns and which examples spoke for it", () => {
    expect(classifyTask("please write some unit tests for the lexer").why).toEqual(
      expect.arrayContaining([
        "makes tests: “write some unit tests”",
        expect.stringMatching(/^like “.*unit tests.*” \(0\.\d\d\)$/),
      ]),
    );
  });

  it("reads the verb behind names and courtesies", () => {
    expect(readTask("@assistant please could you test this. Then merge.")).toEqual({
      opening: "test this.",
      rest: "Then merge.",
    });
    expect(readTask("/assistant answer why?").opening).toBe("why?");
    expect(readTask("hide the sorting `test()`").opening).toBe("hide the sorting it");
  });

  it("is sure of nothing where nothing is said", () => {
    for (const text of ["", "???", "12 34", "    "]) {
      const { confidence, probabilities } = classifyTask(text);
      expect(confidence).toBeLessThan(0.6);
      expect(Object.values(probabilities).reduce((sum, one) => sum + one)).toBeCloseTo(1);
      expect(routeTask(classifyTask(text)).sure).toBe(false);
    }
  });

  it("gives probabilities for whatever is written, and as fast for a long text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const { type, confidence, probabilities } = classifyTask(text);
        expect(confidence).toBe(Math.max(...Object.values(probabilities)));
        expect(probabilities[type]).toBe(confidence);
      }),
      { numRuns: 50 },
    );
    for (const part of ["a", "test ", "please ", ",", "(`", "write the ", "x/"]) classifyTask(part.repeat(500_000));
  });

  it("takes other examples", () => {
    const none = { coding: [], research: [], documentation: [], testing: [] };
    expect(classifyTask("frobnicate the gizmo", none).why).toEqual([]);
    const own = { ...none, research: ["frobnicate the widget", "frobnicate the gadget"] };
    expect(classifyTask("frobnicate the gizmo", own)).toMatchObject({
      type: "research",
      why: [expect.stringContaining("frobnicate the"), expect.stringContaining("frobnicate the")],
    });
  });
});

describe("examples and measured figures", () => {
  const texts = taskTypes.flatMap((type) => taskExamples[type]);

  it("holds as many examples of each type, none twice", () => {
    expect(new Set(taskTypes.map((type) => taskExamples[type].length)).size).toBe(1);
    expect(texts.length).toBeGreaterThanOrEqual(120);
    expect(new Set(texts.map((text) => text.toLowerCase())).size).toBe(texts.length);
  });

  it("tells the types of tasks that it was not made with, as sure as it says", () => {
    const figures = benchClassifier();
    expect(figures.n).toBeGreaterThanOrEqual(200);
    expect(figures.lower).toBeGreaterThan(0.85);
    expect(figures.accuracy).toBeGreaterThan(Math.max(figures.patternsOnly, figures.voteOnly));
    expect(figures.calibrationError).toBeLessThan(0.1);
    expect(figures.sure.accuracy).toBeGreaterThan(figures.accuracy);
  });
});
