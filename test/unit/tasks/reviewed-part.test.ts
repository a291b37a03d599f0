import { describe, expect, it } from "vitest";
import { reviewedPart } from "../../../src/tasks/review/reviewed-part.ts";
import type { Change, FileDiff } from "../../../src/workspace/diff.ts";

const hunk = {
  oldStart: 1,
  oldLines: 0,
  newStart: 1,
  newLines: 1,
  lines: [{ kind: "+", oldLine: null, newLine: 1, text: "a" } as const],
};

function fileOf(path: string, other: Partial<FileDiff> = {}): FileDiff {
  const file = { path, oldPath: path, status: "modified", binary: false, oldBlob: "a", newBlob: "b" } as const;
  return { ...file, hunks: [hunk], ...other };
}

function reasonsOf(change: Change, ...options: [ignore?: string[], options?: { generated: boolean }]): string[] {
  const [ignore = [], rest] = options;
  return reviewedPart(change, ignore, rest).counts.unread.map(({ path, reason }) => `${path}: ${reason}`);
}

function changeOf(...files: FileDiff[]): Change {
  return { base: "b", head: "h", files, unread: [] };
}

describe("reviewedPart", () => {
  it("names what is not reviewed, what a person must look at first", () => {
    const byAttributes = { by: ".gitattributes" } as const;
    const change = changeOf(
      fileOf("p.png", { binary: true, hunks: [] }),
      fileOf("vendor/a.go"),
      fileOf("web/app.min.js"),
      fileOf("a.snap"),
      fileOf("b.csv"),
      fileOf("libs/c.c", { said: { what: "vendored", ...byAttributes } }),
      fileOf("d.dat", { said: { what: "binary", ...byAttributes } }),
      fileOf("link", { link: true }),
      fileOf("libs/zlib", { hunks: [], submodule: { before: "a".repeat(40), after: null } }),
      fileOf("huge.ts", { binary: true, oversized: true, hunks: [] }),
    );
    change.unread.push({ path: "long.ts", reason: "the change has over 50000 lines" });
    expect(reasonsOf(change)).toEqual([
      "long.ts: the change has over 50000 lines",
      "libs/zlib: submodule: aaaaaaaaaaaa → none",
      "link: symbolic link",
      "huge.ts: over 1024 KB",
      "libs/c.c: vendored (.gitattributes)",
      "d.dat: binary (.gitattributes)",
      "p.png: binary",
      "vendor/a.go: vendored (its path)",
      "web/app.min.js: build output (its path)",
      "a.snap: snapshot (its path)",
      "b.csv: recorded data (its path)",
    ]);
  });

  it("believes the repository where it says that a file is written by hand, and whoever asks for the rest", () => {
    const said = { what: "hand-written", by: ".gitattributes" } as const;
    const change = changeOf(fileOf("dist/a.js", { said }), fileOf("dist/b.js"), fileOf("x.png", { binary: true }));
    expect(reasonsOf(change)).toEqual(["dist/b.js: build output (its path)", "x.png: binary"]);
    expect(reasonsOf(change, [], { generated: true })).toEqual(["x.png: binary"]);
    expect(reasonsOf(change, ["dist/**"], { generated: true })).toContain(
      "dist/b.js: ignored by .github/assistant.yml",
    );
  });

  it("reviews a file that the change only moves to where programs write", () => {
    expect(reasonsOf(changeOf(fileOf("vendor/a.ts", { oldPath: "src/a.ts", status: "renamed" })))).toEqual([]);
    expect(reasonsOf(changeOf(fileOf("vendor/a.ts", { oldPath: "vendor/b.ts", status: "renamed" })))).toHaveLength(1);
  });

  it("keeps what is not reviewed in the part, without its lines", () => {
    const change = changeOf(fileOf("a.ts"), fileOf("go.sum"));
    const { part, counts } = reviewedPart(change, []);
    expect(part.files.map(({ path, hunks }) => [path, hunks.length])).toEqual([
      ["a.ts", 1],
      ["go.sum", 0],
    ]);
    expect(counts).toMatchObject({
      filesRead: 1,
      filesTotal: 2,
      hunksRead: 1,
      hunksTotal: 2,
      linesRead: 1,
      linesTotal: 2,
    });
  });
});
