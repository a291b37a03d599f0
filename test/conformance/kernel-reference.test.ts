import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { splitLines } from "../../src/engram/chunk.ts";
import { emptyRow, type FileRow } from "../../src/engram/file-row.ts";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import type { KernelIndex } from "../../src/engram/kernel/kernel.ts";

const compiler = process.env["CXX"] ?? "c++";
const hasCompiler = spawnSync(compiler, ["--version"]).status === 0;
const folder = mkdtempSync(join(tmpdir(), "kernel-test-"));
const kernel = createJsKernel();

afterAll(() => rmSync(folder, { recursive: true }));

describe(`kernel_test.cc${hasCompiler ? "" : ` (skipped: ${compiler} was not found)`}`, () => {
  it.skipIf(!hasCompiler)(
    "prints, without undefined behaviour, what the JavaScript kernel answers",
    () => {
      const program = join(folder, "kernel_test");
      execFileSync(compiler, [...flags, "-o", program, "native/test/kernel_test.cc", ...sources()]);
      const lines = execFileSync(program, { encoding: "utf8", maxBuffer: 2 ** 28 })
        .trimEnd()
        .split("\n");

      expect(lines).toEqual(expectedLines());
    },
    600_000,
  );
});

const flags = [
  "-std=c++17",
  "-O1",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-ffp-contract=off",
  "-fsanitize=undefined,address",
  "-fno-sanitize-recover",
];

/** Everything that knows nothing of Node. */
function sources(): string[] {
  const names = readdirSync("native/src").filter((name) => name.endsWith(".cc") && !name.startsWith("addon"));
  return names.map((name) => `native/src/${name}`);
}

const cases = 150;
const vocabulary = 40;
const tokenStep = 100_000_007;

/** The same cases as in native/test/kernel_test.cc, made by the same random numbers. */
function expectedLines(): string[] {
  const next = createRandom(20_240_101);
  const lines: string[] = [];
  for (let i = 0; i < cases; i++) {
    lines.push(hashLine(next), encodeLine(next), ...indexLines(next), foldLine(next));
  }
  return lines;
}

type Random = (below: number) => number;

function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}

function hashLine(next: Random): string {
  const token = Uint8Array.from({ length: next(20) }, () => next(256));
  return `hash ${kernel.hashTokens(token, Uint32Array.of(token.length), next(1 << 24))[0]}`;
}

/** The last one is a word that is too long to be split. */
const pieces = [
  ..."a|B|fooBar|HTTPServer|_|__|9|42| |\n|\n|é|Σ|Ж|検索|😀|𠮷|\u0301|“|.|x|Z2|Ａ".split("|"),
  "aB1".repeat(43),
];

function encodeLine(next: Random): string {
  const text = Array.from({ length: next(80) }, () => pieces[next(pieces.length)]).join("");
  const lines = splitLines(text).length;
  const windows: number[] = [];
  for (let start = 0; start < lines;) {
    const end = Math.min(lines, start + 1 + next(6));
    if (next(4) !== 0) windows.push(start, end);
    start = end;
  }
  const seed = next(1 << 24);
  const columns = kernel.encodeText(Buffer.from(text), Uint32Array.from(windows), seed, next(12));
  const { startLines, endLines, rowEnds, tokens, counts } = columns;
  const printed = { starts: startLines, ends: endLines, rows: rowEnds, tokens, counts };
  return ["encode", ...Object.entries(printed).flatMap(([name, column]) => [name, ...column])].join(" ");
}

/** Some tokens in ascending order. */
function someTokens(next: Random, block: number, oneIn: number): { tokens: number[]; counts: number[] } {
  const [tokens, counts]: number[][] = [[], []];
  for (let v = 0; v < vocabulary; v++) {
    if (next(oneIn) !== 0) continue;
    tokens?.push(v * tokenStep + block);
    counts?.push(1 + (next(8) === 0 ? next(255) : next(3)));
  }
  return { tokens: tokens ?? [], counts: counts ?? [] };
}

function fileOf(next: Random, number: number): FileRow {
  const path = `d${String(number).padStart(2, "0")}${next(2) === 0 ? "é" : "/x"}`;
  const oid = Buffer.byteLength(path).toString(16).padStart(2, "0").repeat(20);
  const chunks = next(5);
  const roleBlock = next(3) === 0 ? 0 : 1;
  const [starts, ends, rowEnds, roleEnds]: [number[], number[], number[], number[]] = [[], [], [], []];
  const text = { tokens: [] as number[], counts: [] as number[] };
  const role = { tokens: [] as number[], counts: [] as number[] };
  const add = (to: typeof text, { tokens, counts }: typeof text) => {
    to.tokens.push(...tokens);
    to.counts.push(...counts);
    return to.tokens.length;
  };
  for (let chunk = 0; chunk < chunks; chunk++) {
    starts.push(1 + 40 * chunk);
    ends.push(40 * chunk + 1 + next(40));
    rowEnds.push(add(text, someTokens(next, 0, 4)));
    roleEnds.push(add(role, someTokens(next, roleBlock, 10)));
  }
  const paths = someTokens(next, 2, 12);
  return {
    ...emptyRow(path, "100644", oid, null),
    startLines: Uint32Array.from(starts),
    endLines: Uint32Array.from(ends),
    rowEnds: Uint32Array.from(rowEnds),
    tokens: Uint32Array.from(text.tokens),
    counts: Uint8Array.from(text.counts),
    roleEnds: Uint32Array.from(roleEnds),
    roleTokens: Uint32Array.from(role.tokens),
    roleCounts: Uint8Array.from(role.counts),
    pathTokens: Uint32Array.from(paths.tokens),
    pathCounts: Uint8Array.from(paths.counts),
  };
}

function indexLines(next: Random): string[] {
  const lines: string[] = [];
  const parts = Array.from({ length: 1 + next(3) }, (_, part) => {
    const files = Array.from({ length: next(6) }, (_, f) => fileOf(next, f * 3 + part));
    const image = kernel.buildSegment(files);
    lines.push(`segment ${image.length} ${digest(image)}`);
    const dead = Uint32Array.of(next(2) === 0 ? 0 : next(1 << 20));
    return { image, dead: next(3) === 0 ? null : dead };
  });
  const index = kernel.openIndex(parts);
  for (let i = 0; i < 3; i++) lines.push(answerLine(next, index));
  return lines;
}

/** FNV-1a, 32 bits. */
function digest(bytes: Uint8Array): number {
  let hash = 2_166_136_261;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16_777_619);
  return hash >>> 0;
}

function answerLine(next: Random, index: KernelIndex): string {
  const [ids, integers, doubles]: [number[], number[], number[]] = [[], [], []];
  for (let v = 0; v < vocabulary; v++) {
    for (let block = 0; block < 3; block++) {
      if (next(6) !== 0) continue;
      ids.push(v * tokenStep + block);
      integers.push(1 + next(1_023));
      doubles.push((1 + next(1_000)) / 7);
    }
  }
  const [k, wanted, meanLength] = [next(12), next(12), (1 + next(400)) / 3];
  const tokens = Uint32Array.from(ids);
  const query = { tokens, weights: Int32Array.from(integers), k };
  const exact = { tokens, weights: Float64Array.from(doubles), meanLength };
  const first = index.candidates(query);
  const second = index.search(query, exact, wanted);
  return [
    "index frequencies",
    ...index.frequencies(tokens),
    "candidates",
    ...Array.from(first.scores, (score, i) => `${first.parts[i]}:${first.chunks[i]}:${score}`),
    "search",
    ...Array.from(second.scores, (score, i) => `${second.parts[i]}:${second.chunks[i]}:${bitsOf(score)}`),
  ].join(" ");
}

function bitsOf(value: number): string {
  const [bits = 0n] = new BigUint64Array(Float64Array.of(value).buffer);
  return bits.toString(16).padStart(16, "0");
}

function foldLine(next: Random): string {
  const sum = new Int32Array(1 + next(50));
  const [tokens, values, ends]: [number[], number[], number[]] = [[], [], []];
  for (let vectors = next(4); vectors > 0; vectors--) {
    for (let n = next(10); n > 0; n--) {
      tokens.push(next(1 << 24) * 256);
      values.push(next(1 << 20) - (1 << 19));
    }
    ends.push(tokens.length);
  }
  const times = next(20_000) - 10_000;
  const [ids, entries] = [Uint32Array.from(tokens), Int32Array.from(values)];
  kernel.foldInto(sum, ids, entries, times);
  const products = kernel.dotProducts(sum, ids, entries, Uint32Array.from(ends));
  return ["fold", ...sum, "dot", ...Array.from(products, (product) => product.toFixed(0))].join(" ");
}
