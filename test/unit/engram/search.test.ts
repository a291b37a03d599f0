import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { queryWeight, saturation, usualLength } from "../../../src/engram/bm25.ts";
import { bindTokens, encodeFile, encodeQuery } from "../../../src/engram/encode.ts";
import type { EngramView } from "../../../src/engram/engram.ts";
import { createView, overlayState, treeState, type ViewState } from "../../../src/engram/engram-view.ts";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import { buildSegments } from "../../../src/engram/segments.ts";
import { tokenize } from "../../../src/engram/tokenize.ts";
import { limits } from "../../../src/shared/limits.ts";
import { plainUnits } from "../../helpers/plain-units.ts";

const encoder = { kernel: createJsKernel(), seed: 0, units: plainUnits() };

function stateOf(files: ReadonlyMap<string, string>): ViewState {
  const rowOf = (path: string) =>
    encodeFile(encoder, { path, mode: "100644", oid: "0".repeat(40) }, Buffer.from(files.get(path) as string));
  const segments = buildSegments(encoder.kernel, [...files.keys()].map(rowOf), 1);
  return treeState(encoder, "c0ffee", segments, { textOf: ({ path }) => files.get(path) as string, rowOf });
}

function viewOf(files: Record<string, string>): EngramView {
  return createView(stateOf(new Map(Object.entries(files))));
}

/** BM25 from the definition, on strings, for files of one chunk each and without path tokens. */
function bm25(files: ReadonlyMap<string, string>, query: string): Map<string, number> {
  const indexed = [...files].filter(([, text]) => text !== ""); // an empty file has no chunk
  const documents = indexed.map(([path, text]) => ({ path, tokens: tokenize(text) }));
  const mean = documents.reduce((sum, { tokens }) => sum + tokens.length, 0) / documents.length;
  const countIn = (tokens: string[], token: string) => tokens.filter((other) => other === token).length;
  const queryTokens = tokenize(query);
  const scores = new Map<string, number>();
  for (const { path, tokens } of documents) {
    for (const token of new Set(queryTokens)) {
      const count = countIn(tokens, token);
      if (count === 0) continue;
      const holders = documents.filter((document) => document.tokens.includes(token)).length;
      const idf = Math.log(1 + (documents.length - holders + 0.5) / (holders + 0.5));
      const weight = idf * (1 + Math.log(countIn(queryTokens, token)));
      const part = (count * 2.2) / (count + 1.2 * (0.25 + (0.75 * tokens.length) / mean));
      scores.set(path, (scores.get(path) ?? 0) + weight * part);
    }
  }
  return scores;
}

const word = fc.constantFrom("alpha", "beta", "gamma", "deltaEcho", "foxtrot_golf", "hotel2", "india");
const line = fc.array(word, { maxLength: 6 }).map((list) => list.join(" "));
const shortText = fc.array(line, { maxLength: 12 }).map((lines) => lines.join("\n"));

describe("search", () => {
  it("scores by exact BM25", () => {
    fc.assert(
      fc.property(fc.array(shortText, { minLength: 1, maxLength: 30 }), line, (texts, query) => {
        const files = new Map(texts.map((text, i) => [`${String.fromCharCode(97 + i)}/f`, text]));
        const hits = createView(stateOf(files)).search(query, { k: 40, paths: false });
        const expected = bm25(files, query);

        expect(hits.map(({ path }) => path).sort()).toEqual([...expected.keys()].sort());
        for (const { path, score } of hits) expect(score).toBeCloseTo(expected.get(path) as number, 9);
        for (const [i, hit] of hits.entries()) expect(hit.score).toBeLessThanOrEqual(hits[i - 1]?.score ?? Infinity);
      }),
    );
  });

  it("breaks ties by path, then by line", () => {
    const twoChunks = `${"same line\n".repeat(limits.chunkLines)}${"same line\n".repeat(limits.chunkLines)}`;
    const hits = viewOf({ "b.ts": twoChunks, "a.ts": twoChunks }).search("same", { k: 10, paths: false });

    expect(hits.map(({ path, startLine, endLine }) => [path, startLine, endLine])).toEqual([
      ["a.ts", 1, 40],
      ["a.ts", 41, 80],
      ["b.ts", 1, 40],
      ["b.ts", 41, 80],
    ]);
  });

  it("counts path tokens unless it is told not to", () => {
    const view = viewOf({ "src/http-client.ts": "nothing here", "src/other.ts": "mentions http once" });

    expect(view.search("http client", { k: 1 })[0]?.path).toBe("src/http-client.ts");
    expect(view.search("http client", { k: 5, paths: false }).map(({ path }) => path)).toEqual(["src/other.ts"]);
  });

  it("fills k from the paths that pass the filter, however deep they rank", () => {
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`src/${i}.ts`, "needle needle needle"]));
    const view = viewOf({
      ...files,
      "test/a.ts": "needle and much else",
      "test/b.ts": "needle and more than that too",
    });

    const hits = view.search("needle", { k: 2, filter: (path) => path.startsWith("test/") });

    expect(hits.map(({ path }) => path)).toEqual(["test/a.ts", "test/b.ts"]);
  });

  it("returns more than the reranked number of hits when asked for more", () => {
    const files = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`f${i}`, "needle"]));

    expect(viewOf(files).search("needle", { k: 100 })).toHaveLength(100);
  });

  it("keeps the rarest tokens of a query that is too long", () => {
    const common = Array.from({ length: limits.queryTokens }, (_, i) => `common${i}x`);
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, common.join("\n")]));
    const view = viewOf({ ...files, rare: "needle" });

    const hits = view.search(`${common.join(" ")} needle`, { k: 1, filter: (path) => path === "rare" });

    expect(hits).toHaveLength(1);
  });
});

describe("filters", () => {
  const view = viewOf({
    "src/a.ts": "needle",
    "src/b.py": "needle",
    "docs/c.md": "needle",
    "src/.hidden/d.ts": "needle",
  });
  const pathsFor = (options: object) => view.search("needle", { k: 9, ...options }).map(({ path }) => path);

  it.each([
    [{ globs: ["src/**"] }, ["src/.hidden/d.ts", "src/a.ts", "src/b.py"]],
    [{ globs: ["*.py", "docs/*"] }, ["docs/c.md", "src/b.py"]],
    [{ languages: ["typescript"] }, ["src/.hidden/d.ts", "src/a.ts"]],
    [{ languages: ["typescript"], globs: ["src/*"] }, ["src/a.ts"]],
    [{ globs: [] }, []],
  ])("%j", (options, paths) => {
    expect(pathsFor(options)).toEqual(paths);
  });
});

describe("searchVector", () => {
  const view = viewOf({ "a.ts": "alpha beta", "b.ts": "beta gamma", "c.ts": "gamma" });
  const vectorOf = (text: string, value: number) => {
    const { tokens } = encodeQuery(encoder, text);
    return { tokens, values: Array.from(tokens, () => value) };
  };

  it("finds by token ids, whatever their block", () => {
    const path = bindTokens(encodeQuery(encoder, "c"), "path", encoder.seed).tokens;

    expect(view.searchVector(vectorOf("alpha", 1), { k: 5 }).map((hit) => hit.path)).toEqual(["a.ts"]);
    expect(view.searchVector({ tokens: path, values: [2] }, { k: 5 }).map((hit) => hit.path)).toEqual(["c.ts"]);
  });

  it("scores in units of BM25, and leaves out what is not positive", () => {
    const [hit] = view.searchVector(vectorOf("alpha", 1), { k: 1 });

    expect(hit?.score).toBeCloseTo(queryWeight(1, 1, 3) * saturation(1, 2 / usualLength), 2);
    expect(view.searchVector(vectorOf("alpha", -1), { k: 5 })).toEqual([]);
    expect(view.searchVector(vectorOf("absent", 1), { k: 5 })).toEqual([]);
  });
});

describe("pathsWithToken", () => {
  const view = viewOf({ "b.ts": "callUserName()", "a.ts": "username", "c.ts": "user name" });

  it.each([
    ["callUserName", ["b.ts"]],
    ["username", ["a.ts"]],
    ["user", ["b.ts", "c.ts"]],
    ["user.name", ["b.ts", "c.ts"]],
    ["absent", []],
    ["", []],
  ])("%j", (identifier, paths) => {
    expect(view.pathsWithToken(identifier)).toEqual(paths);
  });
});

describe("overlay", () => {
  // More chunks than are scored again, and many ties: the cut must fall as it does in the joint tree.
  const files = fc
    .array(shortText, { minLength: 60, maxLength: 130 })
    .map((texts) => new Map(texts.map((text, i) => [`src/file${i}.ts`, text])));
  const patch = fc.array(fc.tuple(fc.nat({ max: 160 }), fc.option(shortText)), { maxLength: 40 });

  it("answers as the joint tree does, also where the candidates are cut", async () => {
    await fc.assert(
      fc.asyncProperty(files, patch, line, fc.integer({ min: 1, max: 70 }), async (base, changes, query, k) => {
        const overlaid = new Map(changes.map(([i, text]) => [`src/file${i}.ts`, text]));
        const joint = new Map(base);
        for (const [path, text] of overlaid) {
          if (text === null) joint.delete(path);
          else joint.set(path, text);
        }
        const view = createView(await overlayState(stateOf(base), overlaid, "c0ffee"));
        const expected = createView(stateOf(joint));

        expect(view.search(query, { k })).toEqual(expected.search(query, { k }));
        expect(view.search(query, { k, paths: false })).toEqual(expected.search(query, { k, paths: false }));
        expect([view.info(), view.paths()]).toEqual([expected.info(), expected.paths()]);
        expect(view.files().map(({ path, chunks }) => [path, chunks])).toEqual(
          expected.files().map(({ path, chunks }) => [path, chunks]),
        );
        for (const path of joint.keys()) expect(view.chunks(path)).toEqual(expected.chunks(path));
        expect(view.pathsWithToken("delta")).toEqual(expected.pathsWithToken("delta"));
      }),
      { numRuns: 60 },
    );
  });

  it("shows new texts and hides removed ones", async () => {
    const base = stateOf(
      new Map([
        ["kept.ts", "kept"],
        ["gone.ts", "gone"],
        ["changed.ts", "before"],
      ]),
    );
    const changes = new Map([
      ["gone.ts", null],
      ["changed.ts", "after"],
      ["new.ts", "new\0binary"],
    ]);
    const view = createView(await overlayState(base, changes, "c0ffee"));

    expect(["kept.ts", "gone.ts", "changed.ts", "new.ts"].map((path) => view.text(path))).toEqual([
      "kept",
      null,
      "after",
      null,
    ]);
    expect(view.info()).toMatchObject({ files: 3, indexedFiles: 2 });
  });

  it("of a tree with nothing left answers nothing", async () => {
    const view = createView(
      await overlayState(stateOf(new Map([["a.ts", "alpha"]])), new Map([["a.ts", null]]), "c0ffee"),
    );

    expect([view.search("alpha", { k: 5 }), view.paths(), view.info().chunks]).toEqual([[], [], 0]);
  });
});
