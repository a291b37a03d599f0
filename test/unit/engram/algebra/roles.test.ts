import { describe, expect, it } from "vitest";
import { notChangedThere } from "../../../../src/engram/algebra/not-changed-there.ts";
import { plainSides } from "../../../../src/engram/algebra/change-vector.ts";
import { removedDefinitions, usersOfRemoved, usesOf } from "../../../../src/engram/algebra/roles.ts";
import { bind, sum, vectorOf } from "../../../../src/engram/algebra/token-vector.ts";
import { encodeFile, type Encoder, hashWords } from "../../../../src/engram/encode.ts";
import { createView, treeState } from "../../../../src/engram/engram-view.ts";
import type { FileRow } from "../../../../src/engram/file-row.ts";
import { createJsKernel } from "../../../../src/engram/kernel/js-kernel.ts";
import { buildSegments } from "../../../../src/engram/segments.ts";
import { createUnitParser } from "../../../../src/engram/units/tree-sitter-parser.ts";

const encoder: Encoder = { kernel: createJsKernel(), seed: 9, units: createUnitParser() };
await encoder.units.prepare(["a.ts"]);

const rowOf = (path: string, text: string) =>
  encodeFile(encoder, { path, mode: "100644", oid: "0".repeat(40) }, Buffer.from(text));
const tokenOf = (name: string) => hashWords(encoder, [name])[0] as number;
const one = (...names: string[]) =>
  vectorOf(
    names.map(tokenOf),
    names.map(() => 1),
  );

function viewOf(rows: readonly FileRow[]) {
  const sorted = rows.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const byPath = new Map(sorted.map((row) => [row.path, row]));
  return createView(
    treeState(encoder, "0", buildSegments(encoder.kernel, sorted, 1), {
      textOf: () => "",
      rowOf: (path) => byPath.get(path) as FileRow,
    }),
  );
}

const before = rowOf("lib.ts", "export function parseHeader() {}\nexport function keepMe() {\n  parseHeader();\n}\n");
const after = rowOf("lib.ts", "export function keepMe() {}\n");

describe("removedDefinitions", () => {
  it("reads the names out of −Δ by unbinding, cleaned of the other roles", () => {
    expect(removedDefinitions([before], [after], encoder.seed)).toEqual(one("parseHeader"));
    expect(removedDefinitions([after], [before], encoder.seed).tokens).toHaveLength(0);
  });

  it("takes a definition that only moved to another changed file for none", () => {
    const moved = rowOf("other.ts", "export function parseHeader() {}\n");

    expect(removedDefinitions([before], [after, moved], encoder.seed).tokens).toHaveLength(0);
  });
});

describe("usesOf", () => {
  it("binds each name to calls and to imports", () => {
    const names = one("parseHeader", "other");

    expect(usesOf(names, 9)).toEqual(sum([bind(names, "calls", 9), bind(names, "imports", 9)]));
  });
});

describe("usersOfRemoved", () => {
  const caller = rowOf("caller.ts", "import { parseHeader } from './lib';\nexport const a = parseHeader();\n");
  const talker = rowOf("talker.ts", "// parseHeader is mentioned here\nconst text = 'parseHeader';\n");
  const stranger = rowOf("stranger.ts", "keepMe();\n");

  it("finds chunks that call or import what is gone, and none that only speak of it", () => {
    const view = viewOf([after, caller, talker, stranger]);

    expect(usersOfRemoved(view, [before], [after], { k: 10 }).map(({ path }) => path)).toEqual(["caller.ts"]);
  });

  it("says nothing about a name that is still defined somewhere", () => {
    const again = rowOf("again.ts", "export function parseHeader() {}\n");

    expect(usersOfRemoved(viewOf([after, caller, again]), [before], [after], { k: 10 })).toEqual([]);
  });
});

describe("notChangedThere", () => {
  const old = "const size = readOldBuffer(file, encoding);\nconst rest = file;\n";
  const changed = "const size = readNewBuffer(file, encoding, limit);\nconst rest = file;\n";
  const view = viewOf([
    rowOf("done.ts", `// once readOldBuffer\n${changed}`),
    rowOf("left.ts", `${old}export function unrelated(words: string) {\n  return words.trim();\n}\n`),
    rowOf("far.ts", "export function nothing() {}\n"),
  ]);
  const [removed = "", added = ""] = [old.split("\n")[0], changed.split("\n")[0]];
  const sides = plainSides(encoder, [{ path: "x.ts", removed: [removed], added: [added] }]);

  it("puts what was not changed before what already was", () => {
    const hits = notChangedThere(view, sides, { k: 5 });

    expect(view.search(removed, { k: 1, paths: false })[0]?.path).toBe("done.ts");
    expect(hits[0]?.path).toBe("left.ts");
    expect(hits.map(({ path }) => path)).not.toContain("far.ts");
    expect(hits.find(({ path }) => path === "done.ts")?.score ?? 0).toBeLessThan(hits[0]?.score as number);
  });

  it("keeps to k and to the filter", () => {
    expect(notChangedThere(view, sides, { k: 1 })).toHaveLength(1);
    expect(notChangedThere(view, sides, { k: 5, filter: (path) => path !== "left.ts" })[0]?.path).not.toBe("left.ts");
  });
});
