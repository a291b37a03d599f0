import * as fc from "fast-check";
import { expect, it } from "vitest";
import { emptyRow, type FileRow } from "../../src/engram/file-row.ts";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import type { IndexHits, Kernel, KernelIndex } from "../../src/engram/kernel/kernel.ts";
import { limits } from "../../src/shared/limits.ts";
import { type CutTree, cutTrees, tiedTrees, tokenPool, trees, weightedTokens } from "./kernel-arbitraries.ts";
import { modelCandidates, modelChunksWith, type ModelHit, modelScore, modelSearch } from "./kernel-model.ts";
import { modelSegment } from "./segment-model.ts";

const runs = { numRuns: 300 };

/** Files to the bytes of a segment. */
export function building(kernel: Kernel): void {
  it("writes the bytes that the layout says", () => {
    fc.assert(
      fc.property(trees, (files) => {
        expect(Buffer.from(kernel.buildSegment(files)).equals(modelSegment(files))).toBe(true);
      }),
      runs,
    );
  });

  it("writes large numbers in forward rows and a full set of buckets", () => {
    const files = [wideFile("a", 40_000, 3), wideFile("b", 40_000, 5)];

    expect(Buffer.from(kernel.buildSegment(files)).equals(Buffer.from(createJsKernel().buildSegment(files)))).toBe(
      true,
    );
    expect(
      kernel.openIndex([{ image: kernel.buildSegment(files), dead: null }]).frequencies(Uint32Array.of(15)),
    ).toEqual(Uint32Array.of(2));
  });

  it("takes as many chunks as their numbers have bits for, and no more", () => {
    const most = emptyChunks("a", limits.segmentChunks);
    const image = kernel.buildSegment([most]);
    const { scores, chunks } = kernel
      .openIndex([{ image, dead: null }])
      .candidates({ tokens: Uint32Array.of(7), weights: Int32Array.of(1), k: limits.segmentChunks });

    expect(chunks.at(-1)).toBe(limits.segmentChunks - 1);
    expect(scores).toHaveLength(limits.segmentChunks);
    expect(() => kernel.buildSegment([most, emptyChunks("b", 1)])).toThrow(RangeError);
  });

  it.each([
    ["that descend", ["b", "a"]],
    ["that stand twice", ["a", "a"]],
    ["in the order of UTF-16", ["😀", "ａ"]],
  ])("refuses paths %s", (_, paths) => {
    expect(() => kernel.buildSegment(paths.map((path) => emptyRow(path, "100644", "", null)))).toThrow(RangeError);
  });

  it.each([
    ["of an odd length", ["0123"]],
    ["of two lengths", ["0".repeat(40), "0".repeat(64)]],
    ["that are no numbers", ["g".repeat(40)]],
  ])("refuses object ids %s", (_, oids) => {
    expect(() => kernel.buildSegment(oids.map((oid, i) => emptyRow(`f${i}`, "100644", oid, null)))).toThrow(RangeError);
  });

  it.each<[string, Partial<FileRow>]>([
    ["without end lines", { endLines: new Uint32Array(0) }],
    ["that end before they begin", { endLines: Uint32Array.of(0) }],
    ["of more lines than their number has bits for", { endLines: Uint32Array.of(65_537) }],
    ["without ends of their roles", { roleEnds: new Uint32Array(0) }],
    ["that end behind their tokens", { rowEnds: Uint32Array.of(11) }],
    ["that end before their tokens", { rowEnds: Uint32Array.of(9) }],
    ["without counts", { counts: new Uint8Array(9) }],
    ["with a count of zero", { counts: new Uint8Array(10) }],
    ["with a token that stands twice", { tokens: new Uint32Array(10) }],
    ["with path tokens that descend", { pathTokens: Uint32Array.of(2, 1), pathCounts: Uint8Array.of(1, 1) }],
  ])("refuses chunks %s", (_, columns) => {
    expect(() => kernel.buildSegment([{ ...wideFile("a", 10, 1), ...columns }])).toThrow(RangeError);
  });
}

/** Segments to hits. */
export function searching(kernel: Kernel): void {
  const ks = fc.integer({ min: 0, max: 50 });
  const means = fc.double({ min: 1, max: 500, noNaN: true });
  const doubles = fc.array(fc.double({ min: 0.001, max: 20, noNaN: true }), { minLength: 20, maxLength: 20 });

  it("finds the chunks of a token, each once, dead ones left out", () => {
    fc.assert(
      fc.property(cutTrees, (tree) => {
        const [index, parts] = open(kernel, tree);
        const held = tokenPool.map((token) => parts.map((_, part) => [...index.chunksWith(part, token)]));
        const frequencies = [...index.frequencies(Uint32Array.from(tokenPool))];

        expect(held).toEqual(tokenPool.map((token) => parts.map((part) => modelChunksWith(part, token))));
        expect(frequencies).toEqual(held.map((chunks) => chunks.flat().length));
        expect([...index.frequencies(Uint32Array.from(tokenPool))]).toEqual(frequencies);
      }),
      { numRuns: 150 },
    );
  });

  it("adds weighted impacts, best first, ties by the bytes of the path, then chunk", () => {
    fc.assert(
      fc.property(cutTrees, weightedTokens, ks, (tree, tokens, k) => {
        const [index, parts] = open(kernel, tree);
        const query = { ...columnsOf(tokens), k };

        expect(hitsOf(index.candidates(query))).toEqual(modelCandidates(parts, query));
      }),
      runs,
    );
  });

  it("chooses by path and chunk among many of the same score, in several parts", () => {
    fc.assert(
      fc.property(tiedTrees, fc.oneof(fc.nat(4), ks), ks, (tree, k, wanted) => {
        const [index, parts] = open(kernel, tree);
        const query = { ...columnsOf([[1, 3]]), k };
        const exact = { tokens: query.tokens, weights: Float64Array.of(1), meanLength: 1 };

        expect(hitsOf(index.candidates(query))).toEqual(modelCandidates(parts, query));
        expect(hitsOf(index.search(query, exact, wanted))).toEqual(modelSearch(parts, query, exact, wanted));
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  it("scores again exactly, and in one call with the candidates", () => {
    fc.assert(
      fc.property(cutTrees, weightedTokens, doubles, means, ks, ks, (tree, tokens, weights, meanLength, k, wanted) => {
        const [index, parts] = open(kernel, tree);
        const query = { ...columnsOf(tokens), k };
        const exact = { tokens: query.tokens, weights: Float64Array.from(weights.slice(0, tokens.length)), meanLength };
        const found = index.candidates({ ...query, k: wanted });
        const scores = [...index.rescore(found.parts, found.chunks, exact)];

        expect(scores).toEqual(
          hitsOf(found).map(([part, chunk]) => modelScore(parts[part]?.files ?? [], chunk, exact)),
        );
        expect(hitsOf(index.search(query, exact, wanted))).toEqual(modelSearch(parts, query, exact, wanted));
      }),
      runs,
    );
  });

  it("starts every search from zero", () => {
    const [index] = open(kernel, { parts: [{ files: [wideFile("a", 10, 1)], dead: null }] });
    const query = { tokens: Uint32Array.of(3), weights: Int32Array.of(2), k: 5 };

    expect(index.candidates(query)).toEqual(index.candidates(query));
  });

  it("takes the heaviest query that is allowed without leaving int32", () => {
    const size = limits.queryTokens;
    const file = wideFile("a", size, 1);
    const columns = { roleTokens: file.tokens, roleCounts: file.counts.map(() => 255), roleEnds: file.rowEnds };
    const pathColumns = { pathTokens: file.tokens, pathCounts: columns.roleCounts };
    const row = { ...file, ...columns, ...pathColumns, counts: columns.roleCounts };
    const [index, parts] = open(kernel, { parts: [{ files: [row], dead: null }] });
    const query = { tokens: file.tokens, weights: new Int32Array(size).fill(1_023), k: 1 };

    expect(hitsOf(index.candidates(query))).toEqual(modelCandidates(parts, query));
  });

  it("answers nothing where there is nothing", () => {
    const query = { tokens: Uint32Array.of(3), weights: Int32Array.of(2), k: 5 };
    const exact = { tokens: query.tokens, weights: Float64Array.of(1), meanLength: 1 };
    for (const parts of [[], [{ files: [], dead: null }], [{ files: [], dead: new Uint32Array(0) }]]) {
      const [index] = open(kernel, { parts });

      expect(hitsOf(index.candidates(query))).toEqual([]);
      expect(hitsOf(index.search(query, exact, 5))).toEqual([]);
      expect([...index.frequencies(query.tokens)]).toEqual([0]);
      expect([...index.rescore(new Uint32Array(0), new Uint32Array(0), exact)]).toEqual([]);
    }
  });

  it("searches an image that another buffer holds", () => {
    const files = [wideFile("a", 10, 1)];
    const image = kernel.buildSegment(files);
    const buffer = new Uint8Array(image.length + 64).fill(0xaa);
    buffer.set(image, 24);
    const inside = kernel.openIndex([{ image: buffer.subarray(24, 24 + image.length), dead: null }]);

    expect([...inside.frequencies(Uint32Array.of(9, 10))]).toEqual([1, 0]);
  });
}

/** What is no segment, and questions that do not fit one. */
export function refusing(kernel: Kernel): void {
  const exact = { tokens: Uint32Array.of(1), weights: Float64Array.of(1), meanLength: 1 };
  const image = () => kernel.buildSegment([wideFile("a", 10, 1), emptyChunks("b", 400)]);
  const index = () => kernel.openIndex([{ image: image(), dead: null }]);

  it.each<[string, (image: Uint8Array) => Uint8Array]>([
    ["no bytes", () => new Uint8Array(0)],
    ["half a header", (image) => image.slice(0, 32)],
    ["a truncated image", (image) => image.slice(0, image.length - 8)],
    ["an image with something behind it", (image) => Buffer.concat([image, new Uint8Array(8)])],
    ["a foreign file", (image) => new Uint8Array(image.length).fill(65)],
    [
      "an image that does not begin at a multiple of 8",
      (image) => Buffer.concat([new Uint8Array(4), image]).subarray(4),
    ],
    ["another magic", (image) => changed(image, 0)],
    ["another version", (image) => changed(image, 4)],
    ...["files", "chunks", "tokens", "postings", "bytes of paths", "bytes of an object id"].map((what, i) =>
      countOf(what, i),
    ),
    ...["bytes of rows", "bytes of path rows", "bucket bits", "total"].map((what, i) => countOf(what, i + 6)),
  ])("%s", (_, spoil) => {
    expect(() => kernel.openIndex([{ image: spoil(image()), dead: null }])).toThrow(RangeError);
  });

  it("nothing inside an image, but stays safe and comes to an end where it is damaged", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(0xffff), fc.nat(255)), { minLength: 1, maxLength: 40 }), (changes) => {
        const damaged = image();
        for (const [at, value] of changes) damaged[64 + (at % (damaged.length - 64))] = value;
        const tokens = Uint32Array.from({ length: 10 }, (_, i) => i);
        const query = { tokens, weights: new Int32Array(10).fill(9), k: 20 };
        const ask = () => {
          const opened = kernel.openIndex([{ image: damaged, dead: new Uint32Array(13).fill(3) }]);
          const exact = { tokens, weights: new Float64Array(10).fill(1), meanLength: 9 };
          opened.search(query, exact, 30);
          opened.frequencies(tokens);
          opened.chunksWith(0, 7);
          return opened.rescore(
            new Uint32Array(41),
            Uint32Array.from({ length: 41 }, (_, i) => i),
            exact,
          );
        };

        expect(outcomeOf(ask)).toBe(RangeError);
      }),
      runs,
    );
  });

  it("too few bits for its chunks", () => {
    expect(() => kernel.openIndex([{ image: image(), dead: new Uint32Array(1) }])).toThrow(RangeError);
  });

  it("hits that do not exist", () => {
    expect(() => index().rescore(Uint32Array.of(1), Uint32Array.of(0), exact)).toThrow(RangeError);
    expect(() => index().rescore(Uint32Array.of(0), Uint32Array.of(401), exact)).toThrow(RangeError);
    expect(() => index().rescore(Uint32Array.of(0, 0), Uint32Array.of(0), exact)).toThrow(RangeError);
    expect(() => index().chunksWith(1, 1)).toThrow(RangeError);
  });

  it("weights that do not fit the tokens", () => {
    const tokens = Uint32Array.of(1, 2);

    expect(() => index().candidates({ tokens, weights: Int32Array.of(1), k: 1 })).toThrow(RangeError);
    expect(() => index().rescore(Uint32Array.of(0), Uint32Array.of(0), { ...exact, tokens })).toThrow(RangeError);
  });
}

/** The error's class; RangeError too where there was none. */
function outcomeOf(call: () => unknown): unknown {
  try {
    call();
    return RangeError;
  } catch (error) {
    return (error as Error).constructor;
  }
}

/** A header whose number of something is 256 too high, or too low where there are as many: it no longer fits. */
function countOf(what: string, place: number): [string, (image: Uint8Array) => Uint8Array] {
  return [`another number of ${what}`, (image) => changed(image, 8 + 4 * place + 1)];
}

function changed(image: Uint8Array, at: number): Uint8Array {
  const copy = image.slice();
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

/** One chunk with many tokens, `step` apart. */
function wideFile(path: string, size: number, step: number): FileRow {
  const row = emptyRow(path, "100644", "", null);
  const one = Uint32Array.of(1);
  const tokens = Uint32Array.from({ length: size }, (_, i) => i * step);
  const ends = { rowEnds: Uint32Array.of(size), roleEnds: Uint32Array.of(0) };
  return { ...row, ...ends, startLines: one, endLines: one, tokens, counts: new Uint8Array(size).fill(1) };
}

/** Chunks that hold nothing but a path token. */
function emptyChunks(path: string, size: number): FileRow {
  const row = emptyRow(path, "100644", "", null);
  const lines = Uint32Array.from({ length: size }, (_, i) => i + 1);
  const ends = { rowEnds: new Uint32Array(size), roleEnds: new Uint32Array(size) };
  const pathColumns = { pathTokens: Uint32Array.of(7), pathCounts: Uint8Array.of(1) };
  return { ...row, ...ends, ...pathColumns, startLines: lines, endLines: lines };
}

interface OpenPart {
  files: FileRow[];
  isDead: (chunk: number) => boolean;
}

function open(kernel: Kernel, { parts }: CutTree): [KernelIndex, OpenPart[]] {
  const index = kernel.openIndex(parts.map(({ files, dead }) => ({ image: kernel.buildSegment(files), dead })));
  const open = parts.map(({ files, dead }) => ({
    files,
    isDead: (chunk: number) => dead !== null && (((dead[chunk >> 5] as number) >>> (chunk & 31)) & 1) === 1,
  }));
  return [index, open];
}

function columnsOf(entries: readonly [token: number, weight: number][]): { tokens: Uint32Array; weights: Int32Array } {
  return { tokens: Uint32Array.from(entries, ([token]) => token), weights: Int32Array.from(entries, ([, w]) => w) };
}

function hitsOf({ parts, chunks, scores }: IndexHits<Int32Array | Float64Array>): ModelHit[] {
  return Array.from(parts, (part, i) => [part, chunks[i] as number, scores[i] as number]);
}
