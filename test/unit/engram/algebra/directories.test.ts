import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareDirectories,
  directoriesFor,
  directoryOf,
  sumDirectories,
} from "../../../../src/engram/algebra/directories.ts";
import { fileVector } from "../../../../src/engram/algebra/token-vector.ts";
import { encodeFile } from "../../../../src/engram/encode.ts";
import type { FileRow } from "../../../../src/engram/file-row.ts";
import { createJsKernel } from "../../../../src/engram/kernel/js-kernel.ts";

const units = { version: "none", prepare: async () => {}, parse: () => null };
const encoder = { kernel: createJsKernel(), seed: 5, units };
const rowOf = (path: string, text: string): FileRow =>
  encodeFile(encoder, { path, mode: "100644", oid: "0" }, Buffer.from(text));

const tree = [
  rowOf("readme.md", "what it is"),
  rowOf("db/query.ts", "query table column join import"),
  rowOf("db/table.ts", "table column index import"),
  rowOf("db/join.ts", "join table query import"),
  rowOf("web/route.ts", "route request response import"),
  rowOf("web/page.ts", "page response header import"),
  rowOf("web/header.ts", "header request page import"),
];

describe("directoriesFor", () => {
  it("ranks directories by what a file is like", () => {
    const hits = directoriesFor(sumDirectories(tree), fileVector(rowOf("x", "join two table import"), ["text"]));

    expect(hits[0]?.directory).toBe("db");
    expect(hits[0]?.score).toBeGreaterThan(hits[1]?.score as number);
  });

  it("answers for a held-out file as if it had never been there, but for the number of files", () => {
    for (const held of tree) {
      const vector = fileVector(held, ["text"]);
      const hits = directoriesFor(sumDirectories(tree), vector, { held: directoryOf(held.path) });
      const without = directoriesFor(sumDirectories(tree.filter((row) => row !== held)), vector);

      expect(hits.map(({ directory }) => directory)).toEqual(without.map(({ directory }) => directory));
      for (const [i, hit] of hits.entries()) expect(hit.score).toBeCloseTo(without[i]?.score as number);
    }
  });

  it("gives no directory with too few other files", () => {
    const vector = fileVector(tree[0] as FileRow, ["text"]);

    expect(directoriesFor(sumDirectories(tree), vector, { held: "" })).toEqual([]);
    expect(directoriesFor(sumDirectories(tree), vector)[0]?.directory).toBe("");
    expect(directoriesFor(sumDirectories(tree), vector, { least: 2 })).toEqual([]);
  });
});

describe("compareDirectories", () => {
  it("leaves out what both hold and puts first what moved most", () => {
    const after = [
      ...tree.slice(0, 4),
      rowOf("web/route.ts", "route request response import cookie"),
      ...tree.slice(5),
      rowOf("auth/login.ts", "password session token expiry"),
    ];
    const changes = compareDirectories(sumDirectories(tree), sumDirectories(after));

    expect(changes.map(({ directory }) => directory)).toEqual(["auth", "web"]);
    expect(changes[0]).toMatchObject({ share: 1, filesBefore: 0, filesAfter: 1, becomes: null });
    expect(changes[1]?.share).toBeLessThan(0.6);
    expect(compareDirectories(sumDirectories(tree), sumDirectories(tree))).toEqual([]);
  });

  it("says what a directory that is gone has become", () => {
    const moved = tree.map((row) => ({ ...row, path: row.path.replace(/^db\//, "storage/") }));
    const changes = compareDirectories(sumDirectories(tree), sumDirectories([...moved, rowOf("new/a.ts", "page")]));
    const gone = changes.find(({ directory }) => directory === "db");

    expect(gone).toMatchObject({ filesBefore: 3, filesAfter: 0, becomes: { directory: "storage" } });
    expect(gone?.becomes?.score).toBeCloseTo(1);
  });

  it("moves as far forth as back", () => {
    const rows = fc.array(fc.constantFrom(...tree), { maxLength: 6 });
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        const forth = compareDirectories(sumDirectories(a), sumDirectories(b));
        const back = compareDirectories(sumDirectories(b), sumDirectories(a));
        expect(forth.map(({ directory, moved }) => [directory, moved])).toEqual(
          back.map(({ directory, moved }) => [directory, moved]),
        );
      }),
    );
  });
});
