import * as fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { splitLines } from "../../src/engram/chunk.ts";
import { emptyRow, type FileRow, packColumns } from "../../src/engram/file-row.ts";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import type { Kernel } from "../../src/engram/kernel/kernel.ts";
import { addonFile, loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import { AssistantError } from "../../src/shared/errors.ts";
import { seeds, trees, windowedTexts } from "./kernel-arbitraries.ts";
import { kernelSuite } from "./kernel-suite.ts";

const js = createJsKernel();
const native = nativeOrReason();

describe("kernel js", () => kernelSuite(js));

if (typeof native === "string") {
  describe.skip(`kernel native (skipped: ${native})`, () => it("is not there", () => {}));
} else {
  describe("kernel native", () => kernelSuite(native));
  describe("kernel native, called wrongly", () => guarding(native));
  describe("both kernels", () => comparing(native));
}

function nativeOrReason(): Kernel | string {
  try {
    return loadKernel("native").kernel;
  } catch (error) {
    if (error instanceof AssistantError) return error.message;
    throw error;
  }
}

function comparing(native: Kernel): void {
  it("encode generated texts to the same columns", () => {
    fc.assert(
      fc.property(windowedTexts, seeds, fc.integer({ min: 0, max: 20 }), ({ text, windows }, seed, most) => {
        const [utf8, lines] = [Buffer.from(text), Uint32Array.from(windows)];

        expect(native.encodeText(utf8, lines, seed, most)).toEqual(js.encodeText(utf8, lines, seed, most));
      }),
      { numRuns: 500 },
    );
  });

  it("build the same bytes of generated files", () => {
    fc.assert(
      fc.property(trees, (files) => {
        expect(Buffer.from(native.buildSegment(files)).equals(Buffer.from(js.buildSegment(files)))).toBe(true);
      }),
    );
  });

  it("encode, index and search the sources of this repository alike", () => {
    const files = sourceFiles();
    const rows = rowsOf(js, files);
    const image = js.buildSegment(rows);

    expect(rowsOf(native, files).map(packColumns).map(hexOf)).toEqual(rows.map(packColumns).map(hexOf));
    expect(hexOf(native.buildSegment(rows))).toBe(hexOf(image));

    // Searches over the whole, and over its halves with every third chunk dead.
    const half = rows.length >> 1;
    const halves = [rows.slice(0, half), rows.slice(half)].map((part) => ({
      image: js.buildSegment(part),
      dead: new Uint32Array(2_048).fill(0x49249249),
    }));
    for (const parts of [[{ image, dead: null }], halves]) {
      const [a, b] = [js.openIndex(parts), native.openIndex(parts)];
      for (const row of rows.filter(({ tokens }) => tokens.length > 0)) {
        const tokens = row.tokens.slice(0, row.rowEnds[0]);
        const weights = new Int32Array(tokens.length).fill(900);
        const exact = { tokens, weights: Float64Array.from(tokens, (token) => 1 + (token % 9) / 7), meanLength: 217.3 };
        const query = { tokens, weights, k: 20 };

        expect([...b.frequencies(tokens)].join()).toBe([...a.frequencies(tokens)].join());
        expect(b.search(query, exact, 50)).toEqual(a.search(query, exact, 50));
      }
    }
  });
}

/** Compares faster than an array of numbers. */
function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function sourceFiles(): { path: string; utf8: Buffer }[] {
  const names = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => /\.c?ts$/.test(name));
  return names
    .map((path) => ({ path, utf8: readFileSync(`src/${path}`) }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function rowsOf(kernel: Kernel, files: { path: string; utf8: Buffer }[]): FileRow[] {
  return files.map(({ path, utf8 }) => {
    const lines = splitLines(utf8.toString()).length;
    const starts = Array.from({ length: Math.ceil(lines / 40) }, (_, window) => 40 * window);
    const windows = Uint32Array.from(starts.flatMap((start) => [start, Math.min(start + 40, lines)]));
    const text = kernel.encodeText(utf8, windows, 7, 64);
    const { tokens: pathTokens, counts: pathCounts } = kernel.encodeText(
      Buffer.from(path),
      Uint32Array.of(0, 1),
      8,
      999,
    );
    const row = { ...emptyRow(path, "100644", "", null), ...text, pathTokens, pathCounts };
    return { ...row, roleEnds: new Uint32Array(row.rowEnds.length) };
  });
}

function guarding(kernel: Kernel): void {
  const index = () => kernel.openIndex([{ image: kernel.buildSegment([]), dead: null }]);
  const query = { tokens: new Uint32Array(0), weights: new Int32Array(0), k: 1 };
  const other = new Float32Array(4) as never;
  const none = undefined as never;

  it.each<[string, () => unknown]>([
    ["bytes of another type", () => kernel.hashTokens(other, Uint32Array.of(4), 0)],
    ["ends of another type", () => kernel.hashTokens(new Uint8Array(4), [4] as never, 0)],
    ["no seed", () => kernel.hashTokens(new Uint8Array(4), Uint32Array.of(3), none)],
    ["a text of another type", () => kernel.encodeText("text" as never, Uint32Array.of(0, 1), 0, 9)],
    ["windows of another type", () => kernel.encodeText(new Uint8Array(4), [0, 1] as never, 0, 9)],
    ["no files", () => kernel.buildSegment(none)],
    ["a file that is none", () => kernel.buildSegment([null as never])],
    ["a column of another type", () => kernel.buildSegment([{ ...emptyRow("a", "100644", "", null), counts: other }])],
    ["a path that is none", () => kernel.buildSegment([emptyRow(none, "100644", "", null)])],
    ["no parts", () => kernel.openIndex(none)],
    ["a part that is none", () => kernel.openIndex([none])],
    ["an image of another type", () => kernel.openIndex([{ image: other, dead: null }])],
    ["no query", () => index().candidates(none)],
    ["a query without tokens", () => index().candidates({ ...query, tokens: none })],
    ["a query without a number of hits", () => index().candidates({ ...query, k: none })],
    ["no exact query", () => index().search(query, none, 1)],
    ["a sum of another type", () => kernel.foldInto(other, new Uint32Array(1), new Int32Array(1), 1)],
    ["products without ends", () => kernel.dotProducts(new Int32Array(1), new Uint32Array(1), new Int32Array(1), none)],
  ])("refuses %s with an exception", (_, call) => {
    expect(call).toThrow(/./);
  });

  it("serves several worker threads side by side", async () => {
    const rows = rowsOf(kernel, sourceFiles());
    const image = kernel.buildSegment(rows);
    const code = `
      const { parentPort, workerData } = require("node:worker_threads");
      const addon = require(workerData.addonFile);
      const index = addon.openIndex([workerData.image], [null]);
      let answer;
      for (let i = 0; i < 500; i++) answer = addon.candidates(index, workerData.tokens, workerData.weights, 20);
      parentPort.postMessage(Buffer.from(answer).toString("hex"));`;
    const answers = await Promise.all(
      [0, 1, 2].map((turn) => {
        const tokens = rows[3 + turn]?.tokens.slice(0, rows[3 + turn]?.rowEnds[0]) ?? new Uint32Array(0);
        const weights = new Int32Array(tokens.length).fill(100 + turn);
        const worker = new Worker(code, { eval: true, workerData: { addonFile, image, tokens, weights } });
        const expected = kernel.openIndex([{ image, dead: null }]).candidates({ tokens, weights, k: 20 });
        const bytes = [expected.scores, expected.parts, expected.chunks].map((column) =>
          Buffer.from(column.slice().buffer),
        );
        return new Promise((resolve, reject) => {
          const compare = (answer: string) => resolve(answer === Buffer.concat(bytes).toString("hex"));
          worker.once("message", compare).once("error", reject);
        });
      }),
    );

    expect(answers).toEqual([true, true, true]);
  });
}
