import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFile } from "../../../src/engram/encode.ts";
import type { FileRow } from "../../../src/engram/file-row.ts";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import {
  buildSegments,
  changeSegments,
  compactSegments,
  findFile,
  listFiles,
  openGeneration,
  type StoredSegment,
} from "../../../src/engram/segments.ts";
import { plainUnits } from "../../helpers/plain-units.ts";

const kernel = createJsKernel();
const encoder = { kernel, seed: 0, units: plainUnits() };

function rowOf(path: string, text: string): FileRow {
  return encodeFile(encoder, { path, mode: "100644", oid: "ab".repeat(20) }, Buffer.from(text));
}

/** Applies changes one after another; rows are kept as a store keeps them. */
function createState() {
  const rows = new Map<string, FileRow>();
  let segments: readonly StoredSegment[] = [];
  const reads: string[] = [];
  const readRow = (path: string) => {
    reads.push(path);
    return rows.get(path) as FileRow;
  };
  return {
    rows,
    reads,
    segments: () => segments,
    change(files: Record<string, string | null>) {
      const removed = Object.keys(files);
      const added = Object.entries(files).flatMap(([path, text]) => (text === null ? [] : rowOf(path, text)));
      const change = changeSegments(kernel, segments, removed, added, readRow);
      for (const path of removed) rows.delete(path);
      for (const row of added) rows.set(row.path, row);
      segments = change.segments;
      return change;
    },
    compact() {
      const change = compactSegments(kernel, segments, readRow);
      segments = change.segments;
      return change;
    },
  };
}

const name = fc.constantFrom("a", "b", "c/d", "c/e", "é", "z", "\u{1f600}", "zz");
const text = fc.option(fc.constantFrom("alpha", "beta\n".repeat(100), "", "bin\0ary"));
const history = fc.array(fc.dictionary(name, text, { maxKeys: 4 }), { maxLength: 12 });

describe("changeSegments", () => {
  it("holds exactly the living rows after any history", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const state = createState();
        for (const step of steps) {
          const change = state.change(step);
          const ids = state.segments().map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
          expect(change.dropped.filter((id) => ids.includes(id))).toEqual([]);
        }
        const listed = listFiles(state.segments());
        const generation = openGeneration(kernel, state.segments());

        expect([...listed.keys()].sort()).toEqual([...state.rows.keys()].sort());
        for (const [path, row] of state.rows) {
          const { mode, oid, skipped } = row;
          expect(listed.get(path)).toEqual({ path, mode, oid, skipped, chunks: row.rowEnds.length });
          expect(findFile(generation, path)).not.toBeNull();
        }
        expect(generation.files).toBe(state.rows.size);
        expect(findFile(generation, "absent")).toBeNull();
      }),
    );
  });

  it("leaves a large segment alone and only marks what a small change replaces", () => {
    const state = createState();
    state.change(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, "line\n".repeat(100)])));
    const [large] = state.segments();
    const change = state.change({ f7: "new" });

    expect(change.dropped).toEqual([]);
    expect(change.tombstones.map(({ id }) => id)).toEqual([large?.id]);
    expect(state.segments()[0]?.image).toBe(large?.image);
    expect(state.reads).toEqual([]);
  });

  it("keeps the number of segments small over many small changes", () => {
    const state = createState();
    state.change(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, "line\n".repeat(100)])));
    for (let i = 0; i < 300; i++) state.change({ [`f${i}`]: `changed ${i}` });

    expect(state.segments().length).toBeLessThan(12);
    expect(listFiles(state.segments()).size).toBe(500);
  });

  it("writes a segment again when a third of it is dead", () => {
    const state = createState();
    state.change(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, "x"])));
    const gone = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`f${i}`, null]));
    const change = state.change(gone);

    expect(change.dropped).toHaveLength(1);
    expect(state.reads).toHaveLength(19);
  });
});

describe("compactSegments", () => {
  it("gives the bytes of a fresh build, whatever came before", () => {
    const state = createState();
    for (let i = 0; i < 20; i++) state.change({ [`f${i % 7}`]: `text ${i}`, [`g${i}`]: i % 3 === 0 ? null : "y" });
    state.compact();
    const fresh = buildSegments(kernel, [...state.rows.values()], 1);

    expect(state.segments().map(({ image }) => Buffer.from(image))).toEqual(
      fresh.map(({ image }) => Buffer.from(image)),
    );
    expect(state.segments().every(({ dead }) => dead.every((byte) => byte === 0))).toBe(true);
  });
});
