import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ChangeColumns,
  collectChanges,
  packChanges,
  sliceChanges,
  unpackChanges,
} from "../../../../src/engram/algebra/change-columns.ts";
import { changesRepeated, changesTakenBack, openChangeIndex } from "../../../../src/engram/algebra/change-index.ts";
import { changeSides, type ChangeSides, undone } from "../../../../src/engram/algebra/change-vector.ts";
import { cosine, shiftBy, sum, vectorOf } from "../../../../src/engram/algebra/token-vector.ts";
import { createJsKernel } from "../../../../src/engram/kernel/js-kernel.ts";

const encoder = { kernel: createJsKernel(), seed: 1 };
const sidesOf = (removed: string, added: string, path = "a.ts") =>
  changeSides(encoder, [{ path, removed: removed.split("\n"), added: added.split("\n") }]);

const counts = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 9 })), { maxLength: 8 })
  .map((entries) =>
    vectorOf(
      entries.map(([token]) => token),
      entries.map(([, value]) => value),
    ),
  );
const sides = fc.record({ removed: counts, added: counts });
const named = (changes: ChangeSides[]) => changes.map((one, i) => ({ name: `c${i}`, sides: one }));
const open = (changes: ChangeSides[]) => openChangeIndex(collectChanges(named(changes)));

describe("search among changes", () => {
  const fix = sidesOf("if (size > 0)", "if (size >= 0 && isOpen)");
  const others = [sidesOf("", "export function readAll() {}"), sidesOf("let count = 1;", "let count = 2;")];

  it("finds what a change takes back, and what it repeats, and tells the one from the other", () => {
    const index = open([...others, fix]);
    const [taken] = changesTakenBack(index, undone(fix), 3);
    const [repeated] = changesRepeated(index, fix, 3);

    expect(taken).toMatchObject({ name: "c2", change: 2 });
    expect(taken?.undoes).toBeCloseTo(1);
    expect(taken?.undoes).toBeGreaterThan(taken?.repeats as number);
    expect(repeated).toMatchObject({ name: "c2" });
    expect(repeated?.repeats).toBeCloseTo(1);
    expect(repeated?.repeats).toBeGreaterThan(repeated?.undoes as number);
  });

  it("finds a hunk's counterpart inside of larger changes, and prefers the same file", () => {
    const elsewhere = sidesOf("if (size > 0)", "if (size >= 0 && isOpen)", "b.ts");
    const index = open([elsewhere, ...others, fix]);

    expect(changesTakenBack(index, undone(fix), 2).map(({ name }) => name)).toEqual(["c3", "c0"]);
  });

  it("scores by the cosine of both sides: IDF over the indexed changes, square roots of counts", () => {
    fc.assert(
      fc.property(fc.array(sides, { minLength: 1, maxLength: 8 }), sides, (changes, query) => {
        const holds =
          (token: number) =>
          ({ added, removed }: ChangeSides) =>
            added.tokens.includes(token) || removed.tokens.includes(token);
        const weightOf = (bound: number) => {
          const frequency = changes.filter(holds(bound % 1000)).length;
          return Math.log(1 + (changes.length - frequency + 0.5) / (frequency + 0.5));
        };
        const joined = ({ added, removed }: ChangeSides) => sum([added, shiftBy(removed, 1000)]);
        const metric = { weightOf, squareRoots: true };
        const hits = changesTakenBack(open(changes), query, 99);
        const expected = changes
          .map((one, change) => ({ change, score: cosine(joined(undone(query)), joined(one), metric) }))
          .filter(({ score }) => score > 0);

        expect(hits).toHaveLength(expected.length);
        for (const { change, score } of expected) {
          expect(hits.find((hit) => hit.change === change)?.undoes).toBeCloseTo(score, 5);
        }
        expect(hits.map(({ undoes }) => undoes)).toEqual(hits.map(({ undoes }) => undoes).sort((a, b) => b - a));
      }),
    );
  });

  it("gives equals in the order of the columns, at most k, and nothing where nothing is shared", () => {
    const index = open([fix, ...others, fix]);

    expect(changesRepeated(index, fix, 2).map(({ change }) => change)).toEqual([0, 3]);
    expect(changesRepeated(index, sidesOf("", "unheard"), 5)).toEqual([]);
    expect(changesTakenBack(open([]), fix, 5)).toEqual([]);
  });
});

describe("columns", () => {
  const columns = collectChanges(
    named([sidesOf("one", "two\nthree"), sidesOf("four", ""), sidesOf("", ""), sidesOf("two", "one one one")]),
  );

  it("come back from bytes as they were", () => {
    const shifted = Buffer.concat([Buffer.from("x"), packChanges(columns)]).subarray(1);

    expect(unpackChanges(shifted)).toEqual(columns);
    expect(unpackChanges(packChanges(collectChanges([])))).toEqual(collectChanges([]));
  });

  it("are refused where the bytes are cut, foreign or do not fit", () => {
    const bytes = packChanges(columns);
    const foreign = Uint8Array.from(bytes, (byte, i) => (i === 0 ? 0 : byte));
    const unfit = packChanges({ ...columns, ends: columns.ends.toReversed() });

    const nameless = Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? 0 : byte));

    for (const bad of [nameless, bytes.subarray(0, 10), bytes.subarray(0, -1), foreign, unfit]) {
      expect(() => unpackChanges(bad)).toThrow(RangeError);
    }
  });

  it("of a slice are those of its changes alone", () => {
    const slice = sliceChanges(columns, 1, 3);
    const alone = collectChanges([
      { name: "c1", sides: sidesOf("four", "") },
      { name: "c2", sides: sidesOf("", "") },
    ]);

    expect(plain(slice)).toEqual(plain(alone));
    expect(plain(sliceChanges(columns, 0, 4))).toEqual(plain(columns));
    expect(plain(sliceChanges(columns, 2, 99))).toEqual(plain(sliceChanges(columns, 2, 4)));
    expect(sliceChanges(columns, 4, 9).names).toEqual([]);
  });
});

function plain({ names, ends, tokens, added, removed }: ChangeColumns) {
  return { names, ends: [...ends], tokens: [...tokens], added: [...added], removed: [...removed] };
}
