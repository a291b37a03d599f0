import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IndexableIssue, openIssueIndex } from "../../../src/retrieval/issue-index.ts";
import { titleText, wordsOf, writtenLines } from "../../../src/retrieval/issue-text.ts";

const issue = (number: number, title: string, body = ""): IndexableIssue => ({
  number,
  title,
  body,
  createdAt: new Date(Date.UTC(2024, 0, number)).toISOString(),
});
const any = { k: 100, floor: 0 };

/** The definition, word by word: nothing is shared between issues, nothing is inverted. */
function plainCosines(query: { title: string; body: string }, issues: IndexableIssue[]): Map<number, number> {
  const countsOf = ({ title, body }: { title: string; body: string }): Map<string, number> => {
    const counts = new Map<string, number>();
    const text = [titleText(title), ...new Set(writtenLines(body))].join("\n");
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    return counts;
  };
  const all = issues.map(countsOf);
  const weight = (word: string, count: number): number => {
    const df = all.filter((counts) => counts.has(word)).length;
    return (1 + Math.log(count)) * Math.log(df === 0 ? 2 + issues.length : 1 + issues.length / df);
  };
  const lengthOf = (counts: Map<string, number>): number =>
    Math.hypot(...Array.from(counts, ([word, count]) => weight(word, count)));
  const asked = countsOf(query);
  const cosines = all.map((counts) => {
    const dot = Array.from(
      asked,
      ([word, count]) => weight(word, count) * (counts.has(word) ? weight(word, counts.get(word) ?? 0) : 0),
    );
    return dot.reduce((sum, part) => sum + part, 0) / (lengthOf(asked) * lengthOf(counts) || 1);
  });
  return new Map(issues.map(({ number }, index) => [number, cosines[index] ?? 0]));
}

const words = fc.array(fc.constantFrom("login", "tokens", "parseBody", "größe", "crash", "3.41", "日本 404"), {
  maxLength: 6,
});
const text = words.map((list) => list.join(" "));

describe("openIssueIndex", () => {
  it("knows versions, error codes and other numbers", () => {
    const index = openIssueIndex([
      issue(1, "Upload fails since 3.41"),
      issue(2, "Upload fails since 2.12"),
      issue(3, "größe: upload fails with 502"),
    ]);
    const first = (title: string) => index.search({ title, body: "", ...any })[0]?.issue.number;
    expect([first("After 2.12 nothing works"), first("After 3.41 nothing works"), first("502, größe")]).toEqual([
      2, 1, 3,
    ]);
  });

  it("puts what was reported at about the same time before what is older and hardly more alike", () => {
    const title = "Upload of large files fails";
    const old = { ...issue(1, title), createdAt: "2021-01-01T00:00:00Z" };
    const undated = { ...issue(2, title), createdAt: "" };
    const others = [5, 6, 7, 8].map((number) => issue(number, "Login hangs again"));
    const index = openIssueIndex([old, undated, issue(3, `${title} again`), ...others]);
    const search = (written?: string) => index.search({ title, body: "", ...any, written }).slice(0, 3);

    expect(search().map((hit) => hit.issue.number)).toEqual([2, 1, 3]);
    const hits = search("2024-01-04T00:00:00Z");
    // What is not dated is as good as a year old; the likeness that is told stays what it is.
    expect(hits.map((hit) => hit.issue.number)).toEqual([3, 2, 1]);
    expect(hits[1]?.score).toBe(hits[2]?.score);
    expect(hits[0]?.score).toBeLessThan(hits[1]?.score ?? 0);
  });

  it("gives the cosine of the definition, within any bounds", () => {
    const drawn = fc.array(fc.record({ title: text, body: text }), { maxLength: 8 });
    fc.assert(
      fc.property(
        drawn,
        fc.record({ title: text, body: text }),
        fc.integer({ min: 1, max: 9 }),
        (texts, query, before) => {
          const issues = texts.map(({ title, body }, at) => issue(at + 1, title, body));
          const found = openIssueIndex(issues).search({ ...query, ...any, before });
          const expected = plainCosines(query, issues.slice(0, before - 1));
          const shared = [...expected].filter(([, cosine]) => cosine > 0);

          expect(new Set(found.map((hit) => hit.issue.number))).toEqual(new Set(shared.map(([number]) => number)));
          for (const hit of found) expect(hit.cosine).toBeCloseTo(expected.get(hit.issue.number) ?? -1, 5);
          expect(found.map(({ cosine }) => cosine)).toEqual(found.map(({ cosine }) => cosine).sort((a, b) => b - a));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("answers as if what is later did not exist: same order, same cosines, same templates", () => {
    const seal = "Sealed by the front desk";
    const topics = "amber birch cedar delta ember fjord grove heron ivory".split(" ");
    const early = topics.map((topic, at) => issue(at + 1, `Early ${topic}`, `${seal}\nbody of ${topic}`));
    const late = Array.from({ length: 30 }, (_, at) =>
      issue(at + 10, `${topics[at % 9]} late`, `${seal}\nlate ${topics[at % 9]}`),
    );
    const query = { title: "delta", body: `${seal}\ndelta`, ...any };
    const alone = openIssueIndex(early).search(query);
    const whole = openIssueIndex([...early, ...late]);

    expect(alone.length).toBe(9);
    expect(whole.search({ ...query, before: 10 })).toEqual(alone);
    expect(whole.search({ ...query, at: "2024-01-09T12:00:00Z" })).toEqual(alone);
    expect(whole.search(query).length).toBeLessThan(9);
    expect(whole.search({ ...query, before: 10 })).toEqual(alone);
  });

  it("learns the lines of this repository's templates, and keeps those that a few share", () => {
    const asked = "Please attach the output of the doctor command";
    const many = Array.from({ length: 10 }, (_, at) => issue(at + 1, `Subject${at}`, `${asked}\nown${at}`));
    const few = many.slice(0, 9);
    const query = { title: "Something else", body: asked, ...any };

    expect(openIssueIndex(few).search(query)).toHaveLength(9);
    expect(openIssueIndex(many).search(query)).toEqual([]);
  });

  it("leaves out pull requests, the issue itself, and issues of unknown age where a time is asked for", () => {
    const ageless = { number: 4, title: "Crash", body: "" };
    const index = openIssueIndex([issue(1, "Crash"), { ...issue(2, "Crash"), pull: true }, issue(3, "Crash"), ageless]);
    const numbers = (bounds: object): number[] =>
      index.search({ title: "Crash", body: "", ...any, ...bounds }).map((hit) => hit.issue.number);

    expect(index.size).toBe(3);
    expect(numbers({})).toEqual([4, 3, 1]);
    expect(numbers({ except: 3 })).toEqual([4, 1]);
    expect(numbers({ at: "2024-06-01T00:00:00Z" })).toEqual([3, 1]);
    expect(numbers({ at: "no time" })).toEqual([]);
    expect(numbers({ floor: 1.1 })).toEqual([]);
    expect(numbers({ k: 1 })).toEqual([4]);
  });
});
