import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyEdits } from "../../../src/edits/apply-edits.ts";
import type { EditedFile } from "../../../src/edits/edit.ts";
import { unifiedDiff } from "../../../src/edits/unified-diff.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "patch-"));
  execFileSync("git", ["init", "-q", dir]);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(path: string, text: string | null): void {
  const file = join(dir, path);
  mkdirSync(dirname(file), { recursive: true });
  if (text === null) rmSync(file, { force: true });
  else writeFileSync(file, text);
}

function read(path: string): string | null {
  return existsSync(join(dir, path)) ? readFileSync(join(dir, path), "utf8") : null;
}

function git(patch: string, ...options: string[]): void {
  execFileSync("git", ["-C", dir, "apply", "--whitespace=nowarn", ...options], { input: patch });
}

/** There and back with git itself. */
function roundTrip(files: EditedFile[]): void {
  for (const { path, before } of files) write(path, before);
  const patch = unifiedDiff(files);
  if (patch === "") return;
  git(patch);
  expect(files.map(({ path }) => read(path))).toEqual(files.map(({ after }) => after));
  git(patch, "-R");
  expect(files.map(({ path }) => read(path))).toEqual(files.map(({ before }) => before));
  for (const { path } of files) write(path, null);
}

const line = fc.constantFrom("a", "b", "", "  c", "\td", "-- e", "+++ f", "@@ g", "\\ h", "ü", "x\ry");
const text = fc
  .tuple(fc.array(line, { maxLength: 14 }), fc.constantFrom("\n", "\r\n"), fc.boolean())
  .map(([lines, end, ended]) => lines.join(end) + (ended && lines.length > 0 ? end : ""));

describe("unifiedDiff", () => {
  it("is taken by git in both directions, whatever the line ends", () => {
    fc.assert(
      fc.property(text, text, (before, after) => roundTrip([{ path: "a.txt", before, after }])),
      { numRuns: 60 },
    );
  });

  it("makes and removes files, also empty ones and those with odd names", () => {
    roundTrip([
      { path: "new/a b.txt", before: null, after: "x\n" },
      { path: "gone ü.txt", before: "y", after: null },
      { path: 'q"uote\\.txt', before: "1\n", after: "2" },
      { path: "empty", before: null, after: "" },
      { path: "emptied", before: "x\n", after: "" },
      { path: "same", before: "x", after: "x" },
    ]);
  });

  it("counts the lines of an empty side from none", () => {
    expect(unifiedDiff([{ path: "a", before: null, after: "x\n" }])).toContain("\n@@ -0,0 +1,1 @@\n+x\n");
    expect(unifiedDiff([{ path: "a", before: "x\n", after: null }])).toContain("\n@@ -1,1 +0,0 @@\n-x\n");
  });

  it("restores a text after an edit and its reverse", async () => {
    const tools = { findSyntaxErrors: async () => null, findDefinitions: async () => null };
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.boolean(),
        async (words, seed, windows) => {
          const before = words.join(windows ? "\r\n" : "\n");
          const search = words[seed % words.length] ?? "";
          const run = async (own: string, from: string, to: string) => {
            const edit = { kind: "replace", path: "a", search: from, replacement: to } as const;
            const input = { read: async () => own, tree: { files: new Set(["a"]), others: [] }, protect: [], tools };
            return (await applyEdits([edit], input)).files[0]?.after ?? own;
          };
          const there = await run(before, search, "UP\n  more");
          expect(there).not.toBe(before);
          expect(await run(there, "UP\n  more", search)).toBe(before);
        },
      ),
      { numRuns: 60 },
    );
  });
});
