import { expect, it } from "vitest";
import { changedFiles } from "../../../src/tasks/review/changed-files.ts";
import type { DiffLine, FileDiff } from "../../../src/workspace/diff.ts";
import { changedFile } from "../publish/samples.ts";

it("counts the lines that are new and gone, over all hunks of a file", () => {
  const lines = (text: string): DiffLine[] =>
    Array.from(text, (kind) => ({ kind: kind as DiffLine["kind"], oldLine: null, newLine: null, text: "" }));
  const file = changedFile("src/a.ts");
  const [hunk] = file.hunks;
  const hunks = [" --+ ", "+++"].flatMap((text) => (hunk ? [{ ...hunk, lines: lines(text) }] : []));
  const binary: FileDiff = { ...file, path: "b.png", oldPath: "a.png", status: "renamed", binary: true, hunks: [] };

  expect(changedFiles({ files: [{ ...file, hunks }, binary] })).toEqual([
    { path: "src/a.ts", oldPath: "src/a.ts", status: "modified", added: 4, removed: 2 },
    { path: "b.png", oldPath: "a.png", status: "renamed", added: 0, removed: 0 },
  ]);
});
