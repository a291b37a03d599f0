import { describe, expect, it } from "vitest";
import { fitsHunk, parsePatch, reviewPosition } from "../../../src/publish/anchors.ts";
import type { Anchor } from "../../../src/publish/outcome.ts";

const patch = [
  "@@ -1 +1,3 @@",
  " import a",
  "+import b",
  "+import c",
  "@@ -20,4 +22,0 @@ function gone()",
  "-a",
  "-@@ -1,9 +1,9 @@",
  "-c",
  "-d",
  "\\ No newline at end of file",
].join("\n");

function anchor(startLine: number, endLine: number, side: Anchor["side"] = "RIGHT"): Anchor {
  return { path: "src/a.ts", startLine, endLine, side };
}

describe("anchors", () => {
  const hunks = parsePatch(patch);

  it("reads hunk headers, also those without counts, and no line that looks like one", () => {
    expect(hunks).toEqual([
      { oldStart: 1, oldLines: 1, newStart: 1, newLines: 3 },
      { oldStart: 20, oldLines: 4, newStart: 22, newLines: 0 },
    ]);
  });

  it.each([
    ["first line", anchor(1, 1), true],
    ["whole hunk", anchor(1, 3), true],
    ["past the end", anchor(3, 4), false],
    ["between hunks", anchor(10, 10), false],
    ["over two hunks", anchor(3, 22), false],
    ["in a hunk without new lines", anchor(22, 22), false],
    ["backwards", anchor(3, 1), false],
    ["removed lines", anchor(20, 23, "LEFT"), true],
    ["removed lines and one more", anchor(20, 24, "LEFT"), false],
  ])("%s", (_name, place, fits) => {
    expect(fitsHunk(place, hunks)).toBe(fits);
  });

  it("sends start_line and start_side together, and neither for one line", () => {
    expect(reviewPosition(anchor(2, 2))).toEqual({ path: "src/a.ts", line: 2, side: "RIGHT" });
    expect(reviewPosition(anchor(1, 3))).toEqual({
      path: "src/a.ts",
      line: 3,
      side: "RIGHT",
      start_line: 1,
      start_side: "RIGHT",
    });
  });
});
