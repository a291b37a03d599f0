import { describe, expect, it } from "vitest";
import { rankEngrams, rankSums } from "../../../../src/engram/algebra/coarse-to-fine.ts";
import { bundle, fold } from "../../../../src/engram/algebra/hypervector.ts";
import { textVector } from "../../../../src/engram/algebra/token-vector.ts";
import { encodeFile } from "../../../../src/engram/encode.ts";
import { createJsKernel } from "../../../../src/engram/kernel/js-kernel.ts";
import { buildSegments, openGeneration } from "../../../../src/engram/segments.ts";
import { searchText } from "../../../../src/engram/search.ts";

const units = { version: "none", prepare: async () => {}, parse: () => null };
const encoder = { kernel: createJsKernel(), seed: 5, units };
const texts = {
  database: ["query the table", "join a column to the table", "the index of a column"],
  web: ["the route of a request", "a page and its header", "the response to a request"],
  mail: ["send the letter", "the address of a letter", "letter letter letter"],
};
const engrams = Object.entries(texts).map(([name, files]) => {
  const rows = files.map((text, i) =>
    encodeFile(encoder, { path: `${i}.md`, mode: "100644", oid: "0".repeat(40) }, Buffer.from(text)),
  );
  const opened = openGeneration(encoder.kernel, buildSegments(encoder.kernel, rows, 1));
  const sum = bundle(files.map((text) => fold(textVector(encoder, text))));
  return {
    name,
    chunks: rows.length,
    frequencies: (tokens: Uint32Array) => opened.index.frequencies(tokens),
    sum,
    rows,
  };
});

describe("rankEngrams", () => {
  it("orders engrams by what the query's words weigh there, and leaves out those that hold none", () => {
    const ranked = rankEngrams(engrams, textVector(encoder, "column table request"));

    expect(ranked.map(({ name, engram }) => [name, engram])).toEqual([
      ["database", 0],
      ["web", 1],
    ]);
    expect(rankEngrams(engrams, textVector(encoder, "unheard"))).toEqual([]);
    expect(rankEngrams([], textVector(encoder, "column"))).toEqual([]);
  });

  it("bounds the score of every chunk in a search over all of them", () => {
    const all = engrams.flatMap(({ name, rows }) => rows.map((row) => ({ ...row, path: `${name}/${row.path}` })));
    const joint = openGeneration(
      encoder.kernel,
      buildSegments(
        encoder.kernel,
        all.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
        1,
      ),
    );
    for (const text of ["the letter letter letter", "a request to the table", "index"]) {
      const ranked = rankEngrams(engrams, textVector(encoder, text));
      const hits = searchText(joint, encoder, text, { k: 20, paths: false });

      expect(hits.length).toBeGreaterThan(0);
      for (const { path, score } of hits) {
        const bound = ranked.find(({ name }) => path.startsWith(`${name}/`))?.bound ?? 0;
        expect(score).toBeLessThanOrEqual(bound);
      }
    }
  });
});

describe("rankSums", () => {
  it("orders engrams by the query's share in their sums", () => {
    const ranked = rankSums(engrams, textVector(encoder, "column table"));

    expect(ranked[0]).toMatchObject({ name: "database", engram: 0 });
    for (const word of ["query", "join", "index", "column", "table"]) {
      expect(rankSums(engrams, textVector(encoder, word))[0]?.name).toBe("database");
    }
    expect(ranked).toHaveLength(3);
    expect(rankSums([{ name: "empty", sum: new Int32Array(10) }], textVector(encoder, "a"))[0]?.score).toBe(0);
  });
});
