import { describe, expect, it } from "vitest";
import type { History, PastCommit } from "../../../src/history/history.ts";
import type { Finding } from "../../../src/publish/outcome.ts";
import { byRisk } from "../../../src/tasks/review/risk.ts";
import type { Tile } from "../../../src/tasks/review/tiles.ts";

function tile(path: string, changed: number): Tile {
  return { path, changed, lines: [{ kind: "+", oldLine: null, newLine: 1, text: "a" }] };
}

/** Subjects of the commits that changed each path. */
function historyOf(subjects: Record<string, string[]>): Pick<History, "commits" | "commitsOf"> {
  const all = Object.entries(subjects).flatMap(([path, own]) => own.map((subject) => ({ path, subject })));
  return {
    commits: all.map(({ subject }) => ({ subject }) as PastCommit),
    commitsOf: (path) => all.flatMap((entry, position) => (entry.path === path ? [position] : [])),
  };
}

function order(tiles: Tile[], findings: Finding[] = [], subjects: Record<string, string[]> = {}): string[] {
  return byRisk(tiles, findings, historyOf(subjects)).map(({ path }) => path);
}

describe("byRisk", () => {
  it("reads the larger part first, and keeps the order of equal ones", () => {
    expect(order([tile("b.ts", 4), tile("a.ts", 4), tile("c.ts", 30)])).toEqual(["c.ts", "b.ts", "a.ts"]);
  });

  it("puts a part before a larger one where code found something, or where the file was mended often", () => {
    const tiles = [tile("large.ts", 20), tile("small.ts", 6)];
    const finding = { anchor: { path: "small.ts", startLine: 1, endLine: 1, side: "RIGHT" } } as Finding;
    expect(order(tiles, [finding])).toEqual(["small.ts", "large.ts"]);
    expect(order(tiles, [], { "small.ts": ["Fix it", "Fixes #3", "A bug"] })).toEqual(["small.ts", "large.ts"]);
    expect(order(tiles, [], { "small.ts": ["Prefix names", "Debug it", "Docs"] })).toEqual(["large.ts", "small.ts"]);
  });

  it("reads tests and prose after code of the same size", () => {
    expect(order([tile("a.test.ts", 20), tile("docs/a.md", 20), tile("z.ts", 20)])[0]).toBe("z.ts");
  });
});
