import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openIssueIndex } from "../../../src/retrieval/issue-index.ts";
import type { QueryMeaning } from "../../../src/retrieval/issue-meanings.ts";
import { jointScores } from "../../../src/retrieval/joint-scores.ts";

const cosine = fc.double({ min: 0, max: 1, noNaN: true });

describe("jointScores", () => {
  it("is the mean of both cosines where both are there", () => {
    expect(jointScores([0.2, 0.8, 0], [0.6, 0.4, 1])).toEqual([0.4, expect.closeTo(0.6), 0.5]);
    // What means the opposite is not punished for shared words.
    expect(jointScores([0.4], [-0.5])).toEqual([0.2]);
  });

  it("leaves those without a vector in the order of their words, whatever the others are", () => {
    const some = fc.array(fc.tuple(cosine, fc.option(fc.double({ min: -1, max: 1, noNaN: true }))), { minLength: 2 });
    fc.assert(
      fc.property(some, (drawn) => {
        const words = drawn.map(([one]) => one);
        const meanings = drawn.map(([, one]) => one);
        const scores = jointScores(words, meanings);
        const without = words.flatMap((word, at) =>
          meanings[at] === null ? [{ word, score: scores[at] as number }] : [],
        );
        without.sort((a, b) => a.word - b.word || a.score - b.score);
        for (const [at, { score }] of without.entries()) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
          expect(score).toBeGreaterThanOrEqual((without[at - 1]?.score ?? 0) - 1e-12);
        }
      }),
    );
  });

  it("does not turn the words round where meanings say the opposite of them", () => {
    const alike = Array<number>(50).fill(0.5);
    const same = Array<number>(50).fill(1);
    const words = [...alike, ...same, 0.6, 0.9];
    const scores = jointScores(words, [...alike.map(() => 1), ...same.map(() => -1), null, null]);
    expect(scores.at(-1)).toBeGreaterThan(scores.at(-2) as number);
  });

  it("puts an issue without a vector where one stands that means what such words usually mean here", () => {
    // In this repository meanings are alike whatever is said: 0.5, and 0.4 of what the words say.
    const words = Array.from({ length: 200 }, (_, at) => at / 200);
    const meanings = words.map((word) => 0.5 + 0.4 * word);
    const whole = jointScores(words, meanings);
    const holes = meanings.map((meaning, at) => (at % 3 === 0 ? null : meaning));

    const scores = jointScores(words, holes);
    for (const [at, score] of scores.entries()) expect(Math.abs(score - (whole[at] as number))).toBeLessThan(0.04);
  });

  it("ranks by words alone where nothing has a vector", () => {
    const scores = jointScores([0.5, 0.1, 0.3], [null, null, null]);
    expect(
      scores
        .map((score, at) => ({ score, at }))
        .sort((a, b) => b.score - a.score)
        .map(({ at }) => at),
    ).toEqual([0, 2, 1]);
  });
});

describe("an index that is asked with a meaning", () => {
  const issue = (number: number, title: string) => ({ number, title, body: "" });
  const issues = [
    issue(1, "Login fails with expired token"),
    issue(2, "Users are thrown out at midnight"),
    issue(3, "Dark mode flickers"),
    issue(4, "Login page has a typo"),
  ];
  const meaning = (known: Record<number, number>): QueryMeaning => ({ cosineOf: (number) => known[number] ?? null });
  const query = { title: "Expired login", body: "", k: 10, floor: 0.25 };

  it("finds what says the same in other words, and says of what the score is made", () => {
    const index = openIssueIndex(issues);
    expect(index.search({ ...query, floor: 0.05 }).map((hit) => hit.issue.number)).toEqual([1, 4]);

    const hits = index.search({ ...query, meaning: meaning({ 1: 0.7, 2: 0.8, 3: 0.1, 4: 0 }) });
    expect(hits.map((hit) => hit.issue.number)).toEqual([1, 2]);
    expect(hits[1]).toMatchObject({ cosine: 0, meaning: 0.8, score: 0.4, words: [] });
    expect(hits[0]?.score).toBeCloseTo(((hits[0]?.cosine ?? 0) + 0.7) / 2);
  });

  it("keeps within its bounds, and leaves out the issue itself", () => {
    const all = meaning({ 1: 0.9, 2: 0.9, 3: 0.9, 4: 0.9 });
    const found = openIssueIndex(issues).search({ ...query, before: 4, except: 2, meaning: all });
    expect(new Set(found.map((hit) => hit.issue.number))).toEqual(new Set([1, 3]));
  });

  it("is without a meaning what it was", () => {
    const index = openIssueIndex(issues);
    for (const hit of index.search({ ...query, meaning: null })) {
      expect(hit.meaning).toBeNull();
      expect(hit.score).toBe(hit.cosine);
    }
  });
});
