import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { wordCharactersHeader } from "../../native/generate-word-characters.mts";
import { emptyRow, type FileRow } from "../../src/engram/file-row.ts";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import type { ExactQuery, IndexQuery, Kernel } from "../../src/engram/kernel/kernel.ts";
import { addonFile, loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import { createNativeKernel, type NativeAddon } from "../../src/engram/kernel/native-kernel.ts";
import { headerBytes, viewSegment } from "../../src/engram/kernel/segment-image.ts";

const isBuilt = loadKernel("").kernel.name === "native";

it("the header of characters is current", () => {
  expect(readFileSync("native/src/word_characters.h", "utf8")).toBe(wordCharactersHeader());
});

describe.skipIf(!isBuilt)("native kernel", () => {
  const addon = (isBuilt ? createRequire(import.meta.url)(addonFile) : {}) as NativeAddon;
  const kernel = createNativeKernel(addon);
  const image = isBuilt ? kernel.buildSegment(someFiles(20)) : new Uint8Array(0);
  const open = () => kernel.openIndex([{ image, dead: null }]);
  const tokens = Uint32Array.of(10, 20, 30);
  const query: IndexQuery = { tokens, weights: Int32Array.of(1, 2, 3), k: 5 };
  const exact: ExactQuery = { tokens, weights: Float64Array.of(1, 2, 3), meanLength: 10 };
  const none = new Uint32Array(0);
  const file = someFiles(1)[0] as FileRow;
  const build = (...rows: object[]) => kernel.buildSegment(rows as FileRow[]);

  it.each<[string, () => unknown]>([
    ["utf8 of another type", () => kernel.hashTokens(new Int8Array(4) as never, Uint32Array.of(4), 0)],
    ["ends of another type", () => kernel.hashTokens(new Uint8Array(4), [4] as never, 0)],
    ["ends behind the bytes", () => kernel.hashTokens(new Uint8Array(4), Uint32Array.of(5), 0)],
    ["ends that go back", () => kernel.hashTokens(new Uint8Array(4), Uint32Array.of(3, 2), 0)],
    ["no seed", () => kernel.hashTokens(new Uint8Array(4), Uint32Array.of(3), undefined as never)],
    ["no arguments", () => (addon.hashTokens as () => unknown)()],
    ["half a window", () => kernel.encodeText(Buffer.from("a\nb"), Uint32Array.of(0), 0, 9)],
    ["a window behind the text", () => kernel.encodeText(Buffer.from("a\nb"), Uint32Array.of(0, 3), 0, 9)],
    ["an empty window", () => kernel.encodeText(Buffer.from("a\nb"), Uint32Array.of(1, 1), 0, 9)],
    ["windows that overlap", () => kernel.encodeText(Buffer.from("a\nb"), Uint32Array.of(0, 2, 1, 2), 0, 9)],
    ["no files", () => kernel.buildSegment(undefined as never)],
    ["a file that is none", () => kernel.buildSegment([null] as never)],
    ["a missing column", () => build({ ...file, tokens: undefined })],
    ["paths that do not ascend", () => build(file, file)],
    ["an unknown reason", () => build({ ...file, skipped: "dull" })],
    ["an object id that is none", () => build({ ...file, oid: "z".repeat(40) })],
    ["row ends behind the tokens", () => build({ ...file, rowEnds: file.rowEnds.map((end) => end + 1) })],
    ["tokens that do not ascend", () => build({ ...file, tokens: file.tokens.toReversed() })],
    ["a count of zero", () => build({ ...file, counts: file.counts.map(() => 0) })],
    ["fewer lines than chunks", () => build({ ...file, startLines: none })],
    ["too few impacts of a path", () => build({ ...file, pathCounts: new Uint8Array(0) })],
    ["an index of nothing", () => kernel.openIndex(undefined as never)],
    ["an image that is none", () => kernel.openIndex([{ image: none as never, dead: null }])],
    ["too few dead bits", () => kernel.openIndex([{ image, dead: none }])],
    ["a query without weights", () => open().candidates({ ...query, weights: undefined as never })],
    ["too few weights", () => open().candidates({ ...query, weights: Int32Array.of(1) })],
    ["no k", () => open().candidates({ ...query, k: undefined as never })],
    ["too few exact weights", () => open().search(query, { ...exact, weights: Float64Array.of(1) }, 5)],
    ["no mean length", () => open().search(query, { ...exact, meanLength: undefined as never }, 5)],
    ["a chunk that is not there", () => open().rescore(Uint32Array.of(0), Uint32Array.of(1_000), exact)],
    ["a part that is not there", () => open().rescore(Uint32Array.of(1), Uint32Array.of(0), exact)],
    ["more parts than chunks", () => open().rescore(Uint32Array.of(0, 0), Uint32Array.of(0), exact)],
    ["chunks of a part that is not there", () => open().chunksWith(1, 10)],
    ["another thing than an index", () => addon.frequencies({}, tokens)],
    ["a sum without dimensions", () => kernel.foldInto(new Int32Array(0), tokens, Int32Array.of(1, 2, 3), 1)],
    ["too few values", () => kernel.foldInto(new Int32Array(9), tokens, Int32Array.of(1), 1)],
    ["vectors behind the tokens", () => dot(kernel, Uint32Array.of(4))],
  ])("refuses %s with an exception", (_, call) => {
    expect(call).toThrow(/./);
  });

  it("finds the best of many that are nearly all alike as the JavaScript kernel does, dead ones left out", () => {
    const next = createRandom(11);
    // Two parts have the same paths: then the number of the chunk decides, then that of the part.
    const images = [manyChunks(next, 0), manyChunks(next, 0), manyChunks(next, 5)].map((files) =>
      kernel.buildSegment(files),
    );
    const parts = images.map((image) => {
      const dead = Uint32Array.from({ length: Math.ceil(viewSegment(image).chunks / 32) }, () => next(1 << 24));
      return { image, dead: next(3) === 0 ? null : dead };
    });
    const [ours, theirs] = [kernel.openIndex(parts), createJsKernel().openIndex(parts)];
    for (let i = 0; i < 100; i++) {
      const tokens = Uint32Array.from({ length: 8 }, (_, t) => 10 * (t + 1)).filter(() => next(3) === 0);
      const weights = Int32Array.from(tokens, () => 1 + next(3));
      const query = { tokens, weights, k: next(i < 90 ? 90 : 9_000) };
      const exact = { tokens, weights: Float64Array.from(tokens, () => 1 + next(3)), meanLength: 5 };

      expect(ours.candidates(query)).toEqual(theirs.candidates(query));
      expect(ours.search(query, exact, query.k)).toEqual(theirs.search(query, exact, query.k));
    }
  });

  it("refuses an image that is cut, moved or foreign", () => {
    for (let size = 0; size < image.length; size += size < 200 ? 1 : 97) {
      expect(() => kernel.openIndex([{ image: image.slice(0, size), dead: null }])).toThrow(RangeError);
    }
    const moved = new Uint8Array(image.length + 4).subarray(4);
    moved.set(image);
    expect(() => kernel.openIndex([{ image: moved, dead: null }])).toThrow(RangeError);
    for (let at = 0; at < headerBytes - 16; at++) {
      const changed = image.slice();
      changed[at] = (changed[at] as number) ^ 0x41;
      expect(() => kernel.openIndex([{ image: changed, dead: null }])).toThrow(RangeError);
    }
  });

  it("survives any damage inside of an image: an exception or a wrong answer, nothing worse", () => {
    const next = createRandom(7);
    const all = viewSegment(image).dictionary.slice();
    const weights = Int32Array.from(all, () => 100);
    for (let i = 0; i < 3_000; i++) {
      const changed = image.slice();
      for (let n = 1 + next(4); n > 0; n--) changed[headerBytes + next(image.length - headerBytes)] = next(256);
      try {
        const index = kernel.openIndex([{ image: changed, dead: i % 2 === 0 ? null : Uint32Array.of(5, 0) }]);
        index.frequencies(all);
        for (const token of all.subarray(0, 5)) index.chunksWith(0, token);
        index.search(
          { tokens: all, weights, k: 9 },
          { tokens: all, weights: Float64Array.from(weights), meanLength: 9 },
          50,
        );
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
    // Nothing is left behind for the next search.
    expect(open().candidates(query)).toEqual(open().candidates(query));
  });

  it("sees that an image's memory was taken away", () => {
    const own = image.slice();
    const index = kernel.openIndex([{ image: own, dead: null }]);
    structuredClone(own.buffer, { transfer: [own.buffer] });

    expect(() => index.candidates(query)).toThrow(RangeError);
    expect(() => index.frequencies(tokens)).toThrow(RangeError);
  });

  it("reads images that lie in shared memory", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(image.length));
    shared.set(image);

    expect(kernel.openIndex([{ image: shared, dead: null }]).candidates(query)).toEqual(open().candidates(query));
  });

  it("keeps an image alive as long as its index", () => {
    const expected = open().candidates(query);
    const index = (() => kernel.openIndex([{ image: image.slice(), dead: null }]))();
    const rubbish: Uint8Array[] = [];
    for (let i = 0; i < 200; i++) rubbish.push(new Uint8Array(1 << 20).fill(255));

    expect(index.candidates(query)).toEqual(expected);
  });

  it("serves several worker threads side by side", async () => {
    const code = `${workerStart}
      const index = addon.openIndex([image], [null]);
      let hits;
      for (let i = 0; i < 2000; i++) hits = addon.candidates(index, tokens, weights.map((w) => w * factor), 5);
      parentPort.postMessage(hits);`;
    const answers = await Promise.all(
      [1, 2, 3].map((factor) => {
        const worker = startWorker(code, { addonFile, image, ...query, factor });
        return new Promise<ArrayBuffer>((resolve, reject) => worker.once("message", resolve).once("error", reject));
      }),
    );
    const [first] = answers.map((bytes) => new Int32Array(bytes)[0] ?? 0);

    expect(answers.map((bytes) => new Int32Array(bytes)[0])).toEqual([1, 2, 3].map((factor) => factor * (first ?? 0)));
  });

  it.each([
    ["searches", "for (;;) addon.search(index, tokens, weights, 50, tokens, exact, 10, 50);"],
    ["builds segments", "for (;;) addon.buildSegment(files, []);"],
    ["encodes", "for (;;) addon.encodeText(text, Uint32Array.of(0, 2000), 1, 256, 128);"],
    ["opens indexes", "for (;;) addon.openIndex([image, image], [null, null]);"],
  ])("survives the end of a worker that %s", async (_, loop) => {
    const code = `${workerStart}
      const index = addon.openIndex([image], [null]);
      parentPort.postMessage("ready");
      ${loop}`;
    const files = someFiles(400);
    const large = kernel.buildSegment(files);
    const all = viewSegment(large).dictionary.slice(0, 1_000);
    const data = {
      addonFile,
      image: large,
      files,
      tokens: all,
      weights: Int32Array.from(all, () => 7),
      exact: Float64Array.from(all, () => 7),
      text: Buffer.from("const parseHTTPHeader = (some_name, 42);\n".repeat(2_000)),
    };
    for (let i = 0; i < 20; i++) {
      const worker = startWorker(code, data);
      await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
      await new Promise((resolve) => setTimeout(resolve, i % 5));
      await worker.terminate();
    }
    expect(open().candidates(query).chunks.length).toBeGreaterThan(0);
  });
});

const workerStart = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { image, files, tokens, weights, exact, text, factor } = workerData;
  const addon = require(workerData.addonFile);`;

function startWorker(code: string, workerData: object): Worker {
  return new Worker(code, { eval: true, workerData });
}

function dot(kernel: Kernel, ends: Uint32Array): Float64Array {
  return kernel.dotProducts(new Int32Array(9), Uint32Array.of(1, 2, 3), Int32Array.of(1, 2, 3), ends);
}

/** Files of two chunks whose tokens are multiples of ten. */
function someFiles(count: number): FileRow[] {
  const tokens = Uint32Array.from({ length: 60 }, (_, i) => 10 * ((i % 30) + 1));
  return Array.from({ length: count }, (_, f) => ({
    ...emptyRow(`src/${String(f).padStart(4, "0")}.ts`, "100644", "", null),
    startLines: Uint32Array.of(1, 41),
    endLines: Uint32Array.of(40, 60),
    rowEnds: Uint32Array.of(30, 60),
    tokens: tokens.map((token) => token + (f % 7)),
    counts: Uint8Array.from(tokens, (_, i) => 1 + ((i * 31 + f) % 9)),
    roleEnds: Uint32Array.of(0, 1),
    roleTokens: Uint32Array.of(3_000_000_000),
    roleCounts: Uint8Array.of(1),
    pathTokens: Uint32Array.of(1_000 + f, 2_000_000),
    pathCounts: Uint8Array.of(3, 3),
  }));
}

/** Thousands of chunks with few tokens, all of about the same impact. */
function manyChunks(next: Random, shift: number): FileRow[] {
  const lines = Uint32Array.from({ length: 300 }, (_, i) => i + 1);
  return Array.from({ length: 10 }, (_, f) => {
    const tokens: number[] = [];
    const rowEnds = lines.map(() => {
      for (let token = 10; token <= 80; token += 10) if (next(2) === 0) tokens.push(token);
      return tokens.length;
    });
    return {
      ...emptyRow(`src/${10 + f + shift}.ts`, "100644", "", null),
      startLines: lines,
      endLines: lines,
      rowEnds,
      tokens: Uint32Array.from(tokens),
      counts: Uint8Array.from(tokens, () => 1 + next(2)),
      roleEnds: new Uint32Array(300),
    };
  });
}

type Random = (below: number) => number;

function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}
