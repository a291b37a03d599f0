import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import {
  bindToken,
  defaultDimensions,
  foldDimensions,
  positionOf,
  roleShift,
  roles,
  signOf,
  tokenPositions,
  toTokenId,
  unbindToken,
} from "../../../src/engram/token-space.ts";

const hashes = fc.integer({ min: 0, max: 0xffffffff });
const ids = hashes.map(toTokenId);
const seeds = hashes;
const shifts = fc.oneof(
  fc.tuple(fc.constantFrom(...roles), seeds).map(([role, seed]) => roleShift(role, seed)),
  fc.constantFrom(0, 1, tokenPositions - 1),
);

describe("token space", () => {
  it("folds to each dimension without a remainder", () => {
    expect(foldDimensions.map((size) => tokenPositions % size)).toEqual([0, 0, 0, 0]);
    expect(foldDimensions).toContain(defaultDimensions);
  });

  it("is as large as such a number below 2^31 can be", () => {
    const unit = 2 ** 16 * 5 ** 5;

    expect(tokenPositions % unit).toBe(0);
    expect(tokenPositions + unit).toBeGreaterThan(2 ** 31);
    expect(tokenPositions).toBeLessThan(2 ** 31);
  });

  it("takes the sign from the highest bit of a hash and the position from the others", () => {
    expect([0, 0x7fffffff, 0x80000000, 0xffffffff].map(toTokenId)).toEqual([
      0,
      0x7fffffff - tokenPositions,
      0x80000000,
      0xffffffff - tokenPositions,
    ]);
    fc.assert(
      fc.property(hashes, (hash) => {
        const id = toTokenId(hash);

        expect(signOf(id)).toBe(hash >= 0x80000000 ? -1 : 1);
        expect(positionOf(id)).toBe((hash % 0x80000000) % tokenPositions);
        expect(id).toBe(toTokenId(id));
      }),
    );
  });

  it("binds each id to another one, and takes that back exactly", () => {
    fc.assert(
      fc.property(ids, shifts, (id, shift) => {
        const bound = bindToken(id, shift);

        expect(toTokenId(bound)).toBe(bound);
        expect(signOf(bound)).toBe(signOf(id));
        expect(unbindToken(bound, shift)).toBe(id);
        expect(bindToken(unbindToken(id, shift), shift)).toBe(id);
      }),
    );
  });

  it("never binds two ids to one", () => {
    fc.assert(
      fc.property(fc.uniqueArray(ids, { maxLength: 200 }), shifts, (some, shift) => {
        expect(new Set(some.map((id) => bindToken(id, shift))).size).toBe(some.length);
      }),
    );
  });

  it("adds the shifts of two bindings, in any order", () => {
    fc.assert(
      fc.property(ids, shifts, shifts, (id, a, b) => {
        expect(bindToken(bindToken(id, a), b)).toBe(bindToken(id, (a + b) % tokenPositions));
        expect(bindToken(bindToken(id, a), b)).toBe(bindToken(bindToken(id, b), a));
      }),
    );
  });

  it("has a shift of its own for each role and seed", () => {
    const all = [0, 1, 0xffffffff].flatMap((seed) => roles.map((role) => roleShift(role, seed)));

    expect(new Set(all).size).toBe(all.length);
    expect(all.every((shift) => shift > 0 && shift < tokenPositions)).toBe(true);
  });

  it("keeps the shifts that engrams were written with", () => {
    expect(Object.fromEntries(roles.map((role) => [role, roleShift(role, 0)]))).toMatchInlineSnapshot(`
      {
        "calls": 1532524822,
        "defines": 1960795907,
        "imports": 1810461295,
        "path": 105114739,
      }
    `);
  });

  it.each(foldDimensions)("folds a bound vector to the rotated fold of it, in %i dimensions", (size) => {
    const kernel = createJsKernel();
    const fold = (entries: [number, number][]) => {
      const sum = new Int32Array(size);
      kernel.foldInto(
        sum,
        Uint32Array.from(entries, ([id]) => id),
        Int32Array.from(entries, ([, value]) => value),
        1,
      );
      return sum;
    };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(ids, fc.integer({ min: -9, max: 255 })), { maxLength: 30 }),
        shifts,
        (vector, shift) => {
          const bound = fold(vector.map(([id, value]) => [bindToken(id, shift), value]));
          const plain = fold(vector);
          const rotated = new Int32Array(size);
          const by = shift % size;
          rotated.set(plain.subarray(0, size - by), by);
          rotated.set(plain.subarray(size - by), 0);

          expect(Buffer.compare(Buffer.from(bound.buffer), Buffer.from(rotated.buffer))).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});
