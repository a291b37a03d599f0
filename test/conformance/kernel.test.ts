import * as fc from "fast-check";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import type { Kernel, PostingsQuery } from "../../src/engram/kernel/kernel.ts";
import { addonFile, loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import { AssistantError } from "../../src/shared/errors.ts";

const native = nativeOrReason();
const kernels: [name: string, kernel: Kernel | null][] = [
  ["js", createJsKernel()],
  typeof native === "string" ? [`native (skipped: ${native})`, null] : ["native", native],
];

function nativeOrReason(): Kernel | string {
  try {
    return loadKernel("native").kernel;
  } catch (error) {
    if (error instanceof AssistantError) return error.message;
    throw error;
  }
}

/** What `hashTokens` makes of one token. */
function hash(kernel: Kernel, token: string, seed: number): number | undefined {
  const utf8 = Buffer.from(token);
  return kernel.hashTokens(utf8, Uint32Array.of(utf8.length), seed)[0];
}

function queryOf(postings: [chunk: number, impact: number][][], weights: number[], k: number): PostingsQuery {
  const flat = postings.flat();
  let offset = 0;
  return {
    chunks: Uint32Array.from(flat, ([chunk]) => chunk),
    impacts: Uint8Array.from(flat, ([, impact]) => impact),
    offsets: Uint32Array.from(postings, (list) => (offset += list.length) - list.length),
    lengths: Uint32Array.from(postings, (list) => list.length),
    weights: Int32Array.from(weights),
    chunkCount: 40,
    k,
  };
}

/** The contract, word for word and slowly. */
function expectedAnswer(query: PostingsQuery): [id: number, score: number][] {
  const scores = new Map<number, number>();
  for (const [t, weight] of query.weights.entries()) {
    const offset = query.offsets[t] as number;
    for (let p = offset; p < offset + (query.lengths[t] as number); p++) {
      const chunk = query.chunks[p] as number;
      scores.set(chunk, ((scores.get(chunk) ?? 0) + weight * (query.impacts[p] as number)) | 0);
    }
  }
  const found = [...scores].filter(([, score]) => score !== 0);
  return found.sort(([a, x], [b, y]) => y - x || a - b).slice(0, query.k);
}

function answer(kernel: Kernel, query: PostingsQuery): [id: number, score: number][] {
  const { ids, scores } = kernel.searchPostings(query);
  return Array.from(ids, (id, i) => [id, scores[i] as number]);
}

describe.each(kernels)("kernel %s", (_, kernelOrNull) => {
  const kernel = kernelOrNull as Kernel;
  const check = it.skipIf(kernelOrNull === null);

  // From the reference implementation's published test vectors.
  check.each([
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["", 0xffffffff, 0x81f16f39],
    ["a", 0x9747b28c, 0x7fa09ea6],
    ["aa", 0x9747b28c, 0x5d211726],
    ["aaa", 0x9747b28c, 0x283e0130],
    ["aaaa", 0x9747b28c, 0x5a97808a],
    ["Hello, world!", 0x9747b28c, 0x24884cba],
    ["ππππππππ", 0x9747b28c, 0xd58063c1],
    ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ])("hashes %j with seed %i", (token, seed, expected) => {
    expect(hash(kernel, token, seed)).toBe(expected);
  });

  check("hashes a batch as it hashes each token", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), fc.integer({ min: 0, max: 0xffffffff }), (tokens, seed) => {
        let end = 0;
        const ends = Uint32Array.from(tokens, (token) => (end += Buffer.byteLength(token)));
        const hashes = kernel.hashTokens(Buffer.concat(tokens.map((token) => Buffer.from(token))), ends, seed);

        expect([...hashes]).toEqual(tokens.map((token) => hash(createJsKernel(), token, seed)));
      }),
    );
  });

  check("adds weighted impacts, best first, ties by id, zeros left out", () => {
    const posting = fc.tuple(fc.integer({ min: 0, max: 39 }), fc.integer({ min: 0, max: 255 }));
    const token = fc.tuple(fc.array(posting, { maxLength: 30 }), fc.integer({ min: -3, max: 1_023 }));
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), fc.integer({ min: 0, max: 50 }), (tokens, k) => {
        const query = queryOf(
          tokens.map(([postings]) => postings),
          tokens.map(([, weight]) => weight),
          k,
        );

        expect(answer(kernel, query)).toEqual(expectedAnswer(query));
      }),
      { numRuns: 300 },
    );
  });

  check("sums wrap around as int32 does", () => {
    const query = queryOf(
      [
        [
          [3, 255],
          [5, 1],
        ],
      ],
      [0x7fffffff],
      5,
    );

    expect(answer(kernel, query)).toEqual(expectedAnswer(query));
  });

  check("starts every search from zero, whatever the size of the one before", () => {
    const large = queryOf(
      [
        [
          [30, 9],
          [2, 9],
        ],
      ],
      [1],
      5,
    );
    kernel.searchPostings(large);
    const small = { ...queryOf([[[1, 4]]], [2], 5), chunkCount: 2 };

    expect(answer(kernel, small)).toEqual([[1, 8]]);
    expect(answer(kernel, large)).toEqual([
      [2, 9],
      [30, 9],
    ]);
  });

  check("leaves out postings of chunks that do not exist", () => {
    const query = {
      ...queryOf(
        [
          [
            [1, 4],
            [35, 4],
          ],
        ],
        [2],
        5,
      ),
      chunkCount: 10,
    };

    expect(answer(kernel, query)).toEqual([[1, 8]]);
  });

  check("answers nothing for nothing", () => {
    expect(answer(kernel, queryOf([], [], 5))).toEqual([]);
    expect(answer(kernel, { ...queryOf([], [], 5), chunkCount: 0 })).toEqual([]);
    expect(kernel.hashTokens(new Uint8Array(0), new Uint32Array(0), 0)).toHaveLength(0);
  });
});

describe.skipIf(typeof native === "string")("native kernel", () => {
  const kernel = native as Kernel;

  it.each<[string, () => unknown]>([
    ["utf8 of another type", () => kernel.hashTokens(new Int8Array(4) as never, Uint32Array.of(4), 0)],
    ["ends of another type", () => kernel.hashTokens(new Uint8Array(4), [4] as never, 0)],
    ["ends behind the bytes", () => kernel.hashTokens(new Uint8Array(4), Uint32Array.of(5), 0)],
    ["ends that go back", () => kernel.hashTokens(new Uint8Array(4), Uint32Array.of(3, 2), 0)],
    ["no seed", () => kernel.hashTokens(new Uint8Array(4), Uint32Array.of(3), undefined as never)],
    ["no query", () => kernel.searchPostings(undefined as never)],
    ["a missing column", () => kernel.searchPostings({ ...queryOf([], [], 1), weights: undefined as never })],
    [
      "columns that do not fit",
      () => kernel.searchPostings({ ...queryOf([[[1, 1]]], [1], 1), impacts: new Uint8Array(2) }),
    ],
    [
      "postings behind the end",
      () => kernel.searchPostings({ ...queryOf([[[1, 1]]], [1], 1), lengths: Uint32Array.of(2) }),
    ],
    ["an absurd number of chunks", () => kernel.searchPostings({ ...queryOf([], [], 1), chunkCount: 2 ** 31 })],
    ["no k", () => kernel.searchPostings({ ...queryOf([], [], 1), k: undefined as never })],
  ])("refuses %s with an exception", (_, call) => {
    expect(call).toThrow(/./);
  });

  it("serves several worker threads side by side", async () => {
    const code = `
      const { parentPort, workerData } = require("node:worker_threads");
      const addon = require(workerData.addonFile);
      let answer;
      for (let i = 0; i < 2000; i++) answer = addon.searchPostings(workerData.query);
      parentPort.postMessage(answer.scores);`;
    const scores = await Promise.all(
      [1, 2, 3].map((weight) => {
        const query = queryOf(
          [
            [
              [3, 100],
              [7, 50],
            ],
          ],
          [weight],
          5,
        );
        const worker = new Worker(code, { eval: true, workerData: { addonFile, query } });
        return new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
      }),
    );

    expect(scores).toEqual([1, 2, 3].map((weight) => Int32Array.of(100 * weight, 50 * weight)));
  });
});
