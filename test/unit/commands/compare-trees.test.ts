import { describe, expect, it } from "vitest";
import { compareTrees, countDirectories } from "../../../src/commands/compare-trees.ts";
import type { TreeEntry } from "../../../src/shared/git-objects.ts";

const tree = (entries: Record<string, string>): TreeEntry[] =>
  Object.entries(entries).map(([path, oid]) => ({ path, mode: oid.endsWith("x") ? "100755" : "100644", oid }));

describe("compareTrees", () => {
  it("tells added, removed, changed and renamed files apart", () => {
    const before = tree({ same: "1", changed: "2", gone: "3", "old/name": "4" });
    const after = tree({ same: "1", changed: "9", fresh: "5", "new/name": "4" });

    expect(compareTrees(before, after)).toEqual({
      added: ["fresh"],
      removed: ["gone"],
      changed: ["changed"],
      renamed: [{ from: "old/name", to: "new/name" }],
    });
  });

  it("takes another mode for a change", () => {
    const [file] = tree({ run: "1" }) as [TreeEntry];

    expect(compareTrees([file], [{ ...file, mode: "100755" }]).changed).toEqual(["run"]);
  });

  it("pairs files of the same bytes by name first, and each but once", () => {
    const before = tree({ "a/x.ts": "1", "a/y.ts": "1", "a/z.ts": "1" });
    const after = tree({ "b/w.ts": "1", "b/y.ts": "1", copy: "2" });

    expect(compareTrees(before, after)).toEqual({
      added: ["copy"],
      removed: ["a/z.ts"],
      changed: [],
      renamed: [
        { from: "a/x.ts", to: "b/w.ts" },
        { from: "a/y.ts", to: "b/y.ts" },
      ],
    });
  });

  it("does not take a copy for a rename: its origin is still there", () => {
    expect(compareTrees(tree({ a: "1" }), tree({ a: "1", b: "1" }))).toMatchObject({ added: ["b"], renamed: [] });
  });
});

describe("countDirectories", () => {
  it("counts files by directory, those with most first, ties by path", () => {
    const counts = countDirectories({
      added: ["b/new.ts"],
      removed: ["top.ts"],
      changed: ["a/deep/one.ts", "a/deep/two.ts"],
      renamed: [{ from: "a/deep/x.ts", to: "b/x.ts" }],
    });

    expect(counts).toEqual([
      { directory: "a/deep", added: 0, removed: 1, changed: 2 },
      { directory: "b", added: 2, removed: 0, changed: 0 },
      { directory: ".", added: 0, removed: 1, changed: 0 },
    ]);
  });
});
