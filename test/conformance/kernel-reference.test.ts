import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";

const compiler = process.env["CXX"] ?? "c++";
const hasCompiler = spawnSync(compiler, ["--version"]).status === 0;
const folder = mkdtempSync(join(tmpdir(), "kernel-test-"));
const kernel = createJsKernel();

afterAll(() => rmSync(folder, { recursive: true }));

describe(`kernel_test.cc${hasCompiler ? "" : ` (skipped: ${compiler} was not found)`}`, () => {
  it.skipIf(!hasCompiler)("prints, without undefined behaviour, what the JavaScript kernel answers", () => {
    const program = join(folder, "kernel_test");
    const flags = [
      "-std=c++17",
      "-O1",
      "-Wall",
      "-Wextra",
      "-Werror",
      "-fsanitize=undefined,address",
      "-fno-sanitize-recover",
    ];
    execFileSync(compiler, [...flags, "-o", program, "native/test/kernel_test.cc", "native/src/kernel.cc"]);
    const lines = execFileSync(program, { encoding: "utf8" }).trimEnd().split("\n");

    expect(lines).toEqual(expectedLines());
  });
});

/** The same cases as in native/test/kernel_test.cc, made by the same random numbers. */
function expectedLines(): string[] {
  const next = createRandom(20_240_101);
  const lines: string[] = [];
  for (let i = 0; i < 300; i++) lines.push(hashLine(next), searchLine(next));
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
  const [hash] = kernel.hashTokens(token, Uint32Array.of(token.length), next(1 << 24));
  return `hash ${hash}`;
}

function searchLine(next: Random): string {
  const chunkCount = next(200) + 1;
  const k = next(20);
  const tokens = next(10);
  const chunks: number[] = [];
  const impacts: number[] = [];
  const offsets: number[] = [];
  const lengths: number[] = [];
  const weights: number[] = [];
  for (let t = 0; t < tokens; t++) {
    const length = next(100);
    offsets.push(chunks.length);
    lengths.push(length);
    weights.push(next(1_024) - 100);
    for (let p = 0; p < length; p++) {
      chunks.push(next(chunkCount));
      impacts.push(next(256));
    }
  }
  const { ids, scores } = kernel.searchPostings({
    chunks: Uint32Array.from(chunks),
    impacts: Uint8Array.from(impacts),
    offsets: Uint32Array.from(offsets),
    lengths: Uint32Array.from(lengths),
    weights: Int32Array.from(weights),
    chunkCount,
    k,
  });
  return ["search", ...Array.from(ids, (id, i) => `${id}:${scores[i]}`)].join(" ");
}
