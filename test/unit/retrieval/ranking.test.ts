import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTextIndex } from "../../../src/retrieval/bm25.ts";
import { fuseRankings } from "../../../src/retrieval/fusion.ts";
import { partsOf, searchWords, stem } from "../../../src/retrieval/words.ts";

describe("fuseRankings", () => {
  it("adds weighted reciprocal ranks and says what each list added", () => {
    const [first, second, third] = fuseRankings([
      { name: "code", weight: 1, keys: ["a", "b"] },
      { name: "history", weight: 0.5, keys: ["b", "c"] },
    ]);

    const perfect = 1.5 / 21;
    expect(first).toEqual({
      key: "b",
      score: expect.closeTo((1 / 22 + 0.5 / 21) / perfect, 10),
      contributions: [
        { list: "code", rank: 2, share: expect.closeTo(1 / 22 / perfect, 10) },
        { list: "history", rank: 1, share: expect.closeTo(0.5 / 21 / perfect, 10) },
      ],
    });
    expect([second?.key, third?.key]).toEqual(["a", "c"]);
  });

  it("gives 1 to what is first everywhere, less to all else, and never more for a worse rank", () => {
    const keys = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"), { minLength: 1 });
    fc.assert(
      fc.property(keys, keys, (left, right) => {
        const fused = fuseRankings([
          { name: "left", weight: 1, keys: left },
          { name: "right", weight: 0.5, keys: right },
        ]);
        for (const { key, score, contributions } of fused) {
          expect(score).toBeCloseTo(
            contributions.reduce((sum, { share }) => sum + share, 0),
            10,
          );
          expect(score > 1 - 1e-9).toBe(left[0] === key && right[0] === key);
        }
        expect(fused.map(({ score }) => score)).toEqual(fused.map(({ score }) => score).sort((a, b) => b - a));
      }),
    );
  });
});

describe("createTextIndex", () => {
  it("scores as BM25 does by hand", () => {
    const index = createTextIndex([["cart", "total"], ["cart"], ["user", "user", "cart"]]);

    // idf(total) = ln(1 + 2.5 / 1.5); length is the average of 2; one occurrence: 2.2 / 2.2.
    expect(index.search(["total"], 5)).toEqual([{ index: 0, score: expect.closeTo(Math.log(1 + 2.5 / 1.5), 10) }]);
    expect(index.search(["user", "cart"], 5).map((hit) => hit.index)).toEqual([2, 1, 0]);
    expect(index.search(["cart"], 2)).toHaveLength(2);
    expect(index.search(["nothing"], 5)).toEqual([]);
  });
});

describe("words", () => {
  it.each([
    ["parseHTTPBody", ["parse", "http", "body"]],
    ["max_retry_count2", ["max", "retry", "count"]],
    ["Größe", ["größe"]],
    ["x", []],
  ])("splits %s", (identifier, parts) => {
    expect(partsOf(identifier)).toEqual(parts);
  });

  it("keeps identifiers whole beside their parts", () => {
    expect(searchWords("maxItems = Items")).toEqual(["maxitems", "max", "items", "items"]);
  });

  it.each([
    ["queries", "query"],
    ["caches", "cache"],
    ["issues", "issue"],
    ["class", "class"],
    ["status", "status"],
    ["trees", "tree"],
  ])("stems %s", (word, expected) => {
    expect(stem(word)).toBe(expected);
  });
});
