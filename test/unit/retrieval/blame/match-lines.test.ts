import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchLines } from "../../../../src/retrieval/blame/match-lines.ts";

function longestCommon(a: readonly number[], b: readonly number[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const left of a) {
    const next = [0];
    for (const [j, right] of b.entries()) {
      next.push(left === right ? (row[j] as number) + 1 : Math.max(row[j + 1] as number, next[j] as number));
    }
    row = next;
  }
  return row.at(-1) as number;
}

function match(a: readonly number[], b: readonly number[]): number[] {
  return [...matchLines(Int32Array.from(a), Int32Array.from(b))];
}

/** A new text and an old one that share most of their lines, of few kinds, so that many are the same. */
const texts = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 });
const edits = fc.array(
  fc.record({ at: fc.nat(60), take: fc.nat(4), put: fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 5 }) }),
  { maxLength: 6 },
);

describe("matchLines", () => {
  it("matches equal lines in order, as many as can be", () => {
    fc.assert(
      fc.property(texts, edits, (a, steps) => {
        const b = [...a];
        for (const { at, take, put } of steps) b.splice(at % (b.length + 1), take, ...put);
        const matched = match(a, b);
        const pairs = matched.flatMap((left, right) => (left < 0 ? [] : [[left, right] as const]));
        for (const [i, [left, right]] of pairs.entries()) {
          expect(a[left]).toBe(b[right]);
          if (i > 0) expect(left).toBeGreaterThan(pairs[i - 1]?.[0] ?? 0);
        }
        expect(pairs).toHaveLength(longestCommon(a, b));
      }),
      { numRuns: 500 },
    );
  });

  it("takes what repeats at the end of new lines for the end of the new ones", () => {
    const [head, end, old, fresh] = [1, 2, 3, 4];
    expect(match([head, old, end], [head, old, end, head, fresh, end])).toEqual([0, 1, 2, -1, -1, -1]);
    expect(match([head, old, end, 9], [head, old, end, fresh, end, 9])).toEqual([0, 1, 2, -1, -1, 3]);
    expect(match([7, head, end], [head, end, end])).toEqual([1, 2, -1]);
  });

  it("finds what is left of a text in which nearly all is other, by the lines that stand once", () => {
    const a = Array.from({ length: 3_000 }, (_, i) => i);
    const b = Array.from({ length: 3_000 }, (_, i) => (i % 50 === 0 ? i : 10_000 + i));
    const matched = match(a, b);
    expect(matched.filter((left) => left >= 0)).toHaveLength(60);
    expect(matched[1_500]).toBe(1_500);
    expect(match([], [1])).toEqual([-1]);
    expect(match([1], [])).toEqual([]);
  });
});
