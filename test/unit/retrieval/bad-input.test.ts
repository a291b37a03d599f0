import { describe, expect, it } from "vitest";
import { findNearCopies } from "../../../src/retrieval/near-copies.ts";
import { bestExcerpt } from "../../../src/retrieval/excerpt.ts";
import { findSimilarCode } from "../../../src/retrieval/similar-code.ts";
import { suspectLines } from "../../../src/retrieval/suspect-lines.ts";
import { createScenario, temporaryRepository, viewOf } from "./scenario.ts";

const block = (name: string, more: string): string =>
  `export function ${name}(rows, page, size) {\n  const first = page * size;\n  const last = first + size - 1${more};\n` +
  "  return rows.slice(first, last);\n}\n";

/** 20 MB on one line. */
function minified(salt: string): string {
  return `!function(){${`var a=first*size,last=page+${salt};rows.slice(a,last);`.repeat(400_000)}}();\n`;
}

describe("a minified file of 20 MB in the change", () => {
  it("is passed by, and what else the change does is searched for", async () => {
    const before = { "src/a.js": block("listA", ""), "src/b.js": block("listB", ""), "app.js": minified("1") };
    const { change, view, citeCommit } = await createScenario(before, {
      "src/a.js": block("listA", " + offset"),
      "app.js": minified("2"),
    });
    const { found, unsearched } = findNearCopies(change, view, { citeCommit });

    expect(change.files.map(({ path }) => path)).toContain("app.js");
    expect(unsearched).toBe(0);
    expect(found.flatMap(({ copies }) => copies.map(({ evidence }) => evidence.citation))).toMatchObject([
      { path: "src/b.js" },
    ]);
    expect(bestExcerpt(view, "app.js", "first size")).toBeNull();
    expect(suspectLines(view, "app.js", { lines: [1], names: ["a"], text: "first size" }, null)).toBeNull();
    const query = { text: "rows slice first last", k: 9, citeCommit };
    expect(
      findSimilarCode(view, query).flatMap(({ citation }) => (citation.kind === "code" ? citation.path : [])),
    ).toEqual(expect.not.arrayContaining(["app.js"]));
  });
});

describe("an empty tree", () => {
  it("has nothing that is alike", async () => {
    const repository = temporaryRepository();
    const commit = repository.commit("Nothing yet");
    const view = await viewOf(repository, commit);

    expect(findSimilarCode(view, { text: "rows slice", k: 5, citeCommit: () => commit })).toEqual([]);
    expect(bestExcerpt(view, "a.ts", "rows slice")).toBeNull();
  });

  it("makes a change of one file that has no other to be held against", async () => {
    const { change, view, citeCommit } = await createScenario(
      { "src/a.js": block("listA", "") },
      { "src/a.js": block("listA", " + offset") },
    );

    expect(findNearCopies(change, view, { citeCommit })).toEqual({ found: [], unsearched: 0 });
  });
});

describe("a query without a known word", () => {
  it("finds nothing", async () => {
    const { view, citeCommit } = await createScenario({ "src/a.js": block("listA", "") }, { "b.txt": "text\n" });

    expect(findSimilarCode(view, { text: "xylophone quartz", k: 5, citeCommit })).toEqual([]);
    expect(findSimilarCode(view, { text: "", k: 5, citeCommit })).toEqual([]);
    expect(findSimilarCode(view, { text: "?! \u0000 \ud800", k: 5, citeCommit })).toEqual([]);
  });
});
