import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FileList, fuseLists } from "../../../src/retrieval/ranking/fuse-lists.ts";
import { partsOf, searchWords, stem } from "../../../src/retrieval/words.ts";

/** Lists whose names are their sources. */
const list = (name: string, scores: Record<string, number>): FileList => ({
  name,
  source: "code",
  scores: new Map(Object.entries(scores)),
});

describe("fuseLists", () => {
  it("adds weighted squares of relative scores and says what each list added", () => {
    const lists = [
      list("code", { a: 10, b: 5 }),
      list("history", { b: 3, c: 3 }),
      { name: "habit", source: "history" as const, value: (path: string) => (path === "c" ? 0.5 : 0) },
      list("unweighted", { d: 1 }),
    ];
    const [first, second, third, ...rest] = fuseLists(lists, { code: 1, history: 0.5, habit: 0.5 }, { k: 10 });

    expect(first).toEqual({ path: "a", score: 0.5, contributions: [{ list: "code", rank: 1, share: 0.5 }] });
    expect(second).toEqual({
      path: "b",
      score: 0.375,
      contributions: [
        { list: "history", rank: 1, share: 0.25 },
        { list: "code", rank: 2, share: 0.125 },
      ],
    });
    expect(third).toEqual({
      path: "c",
      score: 0.375,
      contributions: [
        { list: "history", rank: 2, share: 0.25 },
        { list: "habit", rank: 1, share: 0.125 },
      ],
    });
    expect(rest).toEqual([]);
  });

  it("gives 1 to what is first everywhere, less to all else, and never more for a worse score", () => {
    const scores = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.integer({ min: 1, max: 9 }), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(scores, scores, (left, right) => {
        const fused = fuseLists([list("left", left), list("right", right)], { left: 1, right: 0.5 }, { k: 10 });
        const isBest = (all: Record<string, number>, path: string) => all[path] === Math.max(...Object.values(all));
        for (const { path, score, contributions } of fused) {
          const sum = contributions.reduce((total, { share }) => total + share, 0);
          expect(score).toBeCloseTo(sum, 10);
          expect(score > 1 - 1e-9).toBe(isBest(left, path) && isBest(right, path));
        }
        expect(fused.map(({ score }) => score)).toEqual(fused.map(({ score }) => score).toSorted((a, b) => b - a));
      }),
    );
  });

  it("keeps to the filter and to k", () => {
    const lists = [list("code", { a: 3, b: 2, c: 1 })];
    const found = fuseLists(lists, { code: 1 }, { k: 1, filter: (path) => path !== "a" });
    expect(found.map(({ path, score }) => [path, score])).toEqual([["b", 1]]);
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
