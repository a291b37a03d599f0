import { expect, it } from "vitest";
import type { Finding } from "../../../src/publish/outcome.ts";
import { namedLeft, sampleChange } from "../../../src/tasks/review/sample-change.ts";
import type { Change, FileDiff } from "../../../src/workspace/diff.ts";

it("reads the whole change where nothing is limited", () => {
  const change = changeOf({ a: 3, b: 900 });
  expect(sampleChange(change, [], {})).toEqual({ change, left: [] });
});

it("reads first where something was found, then where most changed, and names the rest in that order", () => {
  const { change, left } = sampleChange(changeOf({ a: 3, b: 9, c: 7, d: 0 }), [foundIn("a")], { files: 2 });
  expect(read(change)).toEqual(["a", "b"]);
  expect(change.files.map(({ path }) => path)).toEqual(["a", "b", "c", "d"]);
  expect(left).toEqual(["c"]);
});

it("passes over what would be too many lines, but always reads something", () => {
  expect(read(sampleChange(changeOf({ a: 6, b: 5, c: 4 }), [], { lines: 10 }).change)).toEqual(["a", "c"]);
  expect(read(sampleChange(changeOf({ a: 60, b: 5 }), [], { lines: 10 }).change)).toEqual(["a"]);
});

it("names some of many", () => {
  expect(namedLeft([])).toBe("");
  const many = Array.from({ length: 500 }, (_, index) => `f${index}`);
  expect(namedLeft(many)).toMatch(/^; beyond review\.sample, so not read by the model: f0, f1, .* and \d+ more$/);
});

function read({ files }: Change): string[] {
  return files.flatMap(({ path, hunks }) => (hunks.length > 0 ? [path] : []));
}

function changeOf(added: Record<string, number>): Change {
  const files = Object.entries(added).map(([path, count]): FileDiff => {
    const texts = Array.from({ length: count }, (_, index) => index + 1);
    const lines = texts.map((newLine) => ({ kind: "+" as const, oldLine: null, newLine, text: "x" }));
    const hunk = { oldStart: 0, oldLines: 0, newStart: 1, newLines: count, lines };
    const blobs = { oldBlob: null, newBlob: "b" };
    return { path, oldPath: path, status: "added", binary: false, ...blobs, hunks: count > 0 ? [hunk] : [] };
  });
  return { base: "", head: "", files, unread: [] };
}

function foundIn(path: string): Finding {
  const anchor = { path, startLine: 1, endLine: 1, side: "RIGHT" } as const;
  return { id: "", kind: "companion", anchor, title: "", body: "", evidence: [], placement: "summary" };
}
