import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { splitLines } from "../../src/engram/chunk.ts";
import type { EngramView } from "../../src/engram/engram.ts";
import { tokenize } from "../../src/engram/tokenize.ts";
import { countTokens, writeTokenLine } from "../peers/token-file.ts";
import { quantile } from "../statistics.ts";
import type { ChunkNumbers } from "./ours.ts";

export interface TokenStatistics {
  chunks: number;
  /** Distinct tokens of a chunk's text: mean, and deciles 1 to 9. */
  distinctMean: number;
  distinctDeciles: number[];
  /** Distinct tokens of the corpus. */
  vocabulary: number;
  /** In how many chunks a token stands: deciles 1 to 9 over the distinct tokens. */
  frequencyDeciles: number[];
  /** The same over the postings: half of them belong to tokens that stand in this many chunks or fewer, … */
  postingDeciles: number[];
}

/** Every chunk of the engram as tokens, one line each, in the order of paths and lines: what all peers index. */
export async function writeTokenCorpus(view: EngramView, file: string): Promise<TokenStatistics> {
  const out = createWriteStream(file);
  const distinct: number[] = [];
  const frequencies = new Map<string, number>();
  for (const { path, chunks } of view.files()) {
    if (chunks === 0) continue;
    const lines = splitLines(view.text(path) ?? "");
    const pathTokens = tokenize(path);
    for (const { startLine, endLine } of view.chunks(path)) {
      const text = tokenize(lines.slice(startLine - 1, endLine).join("\n"));
      const counts = countTokens(text);
      distinct.push(counts.size);
      for (const token of counts.keys()) frequencies.set(token, (frequencies.get(token) ?? 0) + 1);
      if (!out.write(writeTokenLine({ path: pathTokens, text }))) await once(out, "drain");
    }
  }
  out.end();
  await once(out, "finish");
  return statisticsOf(distinct, Uint32Array.from(frequencies.values()).sort());
}

/** @param frequencies ascending */
function statisticsOf(distinct: number[], frequencies: Uint32Array): TokenStatistics {
  const deciles = Array.from({ length: 9 }, (_, i) => (i + 1) / 10);
  const postings = frequencies.reduce((sum, frequency) => sum + frequency, 0);
  const sorted = distinct.toSorted((a, b) => a - b);
  return {
    chunks: distinct.length,
    distinctMean: distinct.reduce((sum, count) => sum + count, 0) / distinct.length,
    distinctDeciles: deciles.map((share) => quantile(sorted, share)),
    vocabulary: frequencies.length,
    frequencyDeciles: deciles.map((share) => frequencies[Math.floor(share * (frequencies.length - 1))] as number),
    postingDeciles: deciles.map((share) => postingQuantile(frequencies, share * postings)),
  };
}

function postingQuantile(frequencies: Uint32Array, wanted: number): number {
  let sum = 0;
  for (const frequency of frequencies) {
    sum += frequency;
    if (sum >= wanted) return frequency;
  }
  return 0;
}

/** Where a chunk stands in the token file. */
export function numberChunks(view: EngramView): ChunkNumbers {
  const firsts = new Map<string, number>();
  let next = 0;
  for (const { path, chunks } of view.files()) {
    if (chunks > 0) firsts.set(path, next);
    next += chunks;
  }
  return (path, startLine) => {
    const within = view.chunks(path).findIndex((chunk) => chunk.startLine === startLine);
    return (firsts.get(path) ?? Number.NaN) + within;
  };
}
