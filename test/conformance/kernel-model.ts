/** The contract of the kernel (src/engram/kernel/kernel.ts), word for word and slowly. */
import { impactOf, pathRelativeLength, saturation, usualLength } from "../../src/engram/bm25.ts";
import { splitLines } from "../../src/engram/chunk.ts";
import { type FileRow, roleStart, rowStart } from "../../src/engram/file-row.ts";
import type { EncodedText, ExactQuery, IndexQuery } from "../../src/engram/kernel/kernel.ts";
import { murmur3 } from "../../src/engram/kernel/murmur3.ts";
import { tokenize } from "../../src/engram/tokenize.ts";

export function modelId(token: string, seed: number): number {
  const utf8 = Buffer.from(token);
  const hash = BigInt(murmur3(utf8, 0, utf8.length, seed));
  return Number((hash & 0x80000000n) | ((hash & 0x7fffffffn) % 2_048_000_000n));
}

type Counts = [token: number, count: number][];

interface ModelChunk {
  startLine: number;
  endLine: number;
  counts: Counts;
}

export function modelEncode(text: string, windows: number[], seed: number, mostDistinct: number): ModelChunk[] {
  const lines = splitLines(text);
  const chunks: ModelChunk[] = [];
  const encode = (start: number, end: number) => {
    const counts = modelCounts(lines.slice(start, end).flatMap(tokenize), seed);
    if (end - start === 1 || counts.length <= mostDistinct) {
      chunks.push({ startLine: start + 1, endLine: end, counts });
    } else {
      const middle = (start + end) >> 1;
      encode(start, middle);
      encode(middle, end);
    }
  };
  for (let w = 0; w < windows.length; w += 2) encode(windows[w] as number, windows[w + 1] as number);
  return chunks;
}

function modelCounts(tokens: string[], seed: number): Counts {
  const counts = new Map<number, number>();
  for (const token of tokens) {
    const id = modelId(token, seed);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b).map(([token, count]) => [token, Math.min(count, 255)]);
}

/** The columns of a kernel's answer, chunk by chunk. */
export function chunksOf({ startLines, endLines, rowEnds, tokens, counts }: EncodedText): ModelChunk[] {
  return Array.from(rowEnds, (end, i) => {
    const start = i === 0 ? 0 : (rowEnds[i - 1] as number);
    const entries = Array.from(tokens.subarray(start, end), (token, t): [number, number] => [
      token,
      counts[start + t] as number,
    ]);
    return { startLine: startLines[i] as number, endLine: endLines[i] as number, counts: entries };
  });
}

/** Blocks of a file's chunk in the order of their postings: text, roles, path. */
function blocksOf(file: FileRow, chunk: number): Counts[] {
  const block = (tokens: Uint32Array, counts: Uint8Array, start: number, end: number) =>
    Array.from(tokens.subarray(start, end), (token, i): [number, number] => [token, counts[start + i] as number]);
  return [
    block(file.tokens, file.counts, rowStart(file, chunk), file.rowEnds[chunk] as number),
    block(file.roleTokens, file.roleCounts, roleStart(file, chunk), file.roleEnds[chunk] as number),
    block(file.pathTokens, file.pathCounts, 0, file.pathTokens.length),
  ];
}

const sumOf = (counts: Counts) => counts.reduce((sum, [, count]) => sum + count, 0);

/** A chunk of a part as the index sees it. */
export interface ModelPosting {
  file: FileRow;
  fileNumber: number;
  /** Number of the chunk in its part. */
  chunk: number;
  length: number;
  text: Counts;
  path: Counts;
  /** By block, not merged. */
  postings: [token: number, impact: number][];
}

export function modelChunks(files: readonly FileRow[]): ModelPosting[] {
  return files
    .flatMap((file, fileNumber) => Array.from(file.rowEnds, (_, i) => ({ file, fileNumber, i })))
    .map(({ file, fileNumber, i }, chunk) => {
      const [text = [], role = [], path = []] = blocksOf(file, i);
      const length = sumOf(text);
      const impacts = (block: Counts, relative: number) =>
        block.map(([token, count]): [number, number] => [token, impactOf(count, relative)]);
      const fixed = impacts([...role, ...path], pathRelativeLength);
      const postings = [...impacts(text, length / usualLength), ...fixed];
      return { file, fileNumber, chunk, length, text, path, postings };
    });
}

export interface ModelPart {
  files: readonly FileRow[];
  isDead: (chunk: number) => boolean;
}

export type ModelHit = [part: number, chunk: number, score: number];

/** Chunks that count, in the order of ties. */
function livingChunks(parts: readonly ModelPart[]): { part: number; chunk: ModelPosting }[] {
  return parts
    .flatMap(({ files, isDead }, part) =>
      modelChunks(files)
        .filter(({ chunk }) => !isDead(chunk))
        .map((chunk) => ({ part, chunk, path: Buffer.from(chunk.file.path) })),
    )
    .sort((a, b) => Buffer.compare(a.path, b.path) || a.chunk.chunk - b.chunk.chunk);
}

/** Living chunks of a part that hold the token. */
export function modelChunksWith({ files, isDead }: ModelPart, token: number): number[] {
  return modelChunks(files)
    .filter(({ chunk, postings }) => !isDead(chunk) && postings.some(([id]) => id === token))
    .map(({ chunk }) => chunk);
}

export function modelCandidates(parts: readonly ModelPart[], { tokens, weights, k }: IndexQuery): ModelHit[] {
  const weightOf = new Map([...tokens].map((token, i) => [token, weights[i] as number]));
  return livingChunks(parts)
    .map(({ part, chunk }): ModelHit => {
      const scores = chunk.postings.map(([token, impact]) => (weightOf.get(token) ?? 0) * impact);
      return [part, chunk.chunk, scores.reduce((a, b) => a + b, 0)];
    })
    .filter(([, , score]) => score > 0)
    .sort((a, b) => b[2] - a[2])
    .slice(0, k);
}

export function modelScore(files: readonly FileRow[], chunk: number, exact: ExactQuery): number {
  return exactScore(modelChunks(files)[chunk] as ModelPosting, exact);
}

function exactScore({ text, path, length }: ModelPosting, exact: ExactQuery): number {
  const weightOf = new Map([...exact.tokens].map((token, i) => [token, exact.weights[i] as number]));
  let score = 0;
  for (const [token, count] of text) {
    score += (weightOf.get(token) ?? 0) * saturation(count, length / exact.meanLength);
  }
  for (const [token, count] of path) score += (weightOf.get(token) ?? 0) * saturation(count, pathRelativeLength);
  return score;
}

export function modelSearch(
  parts: readonly ModelPart[],
  query: IndexQuery,
  exact: ExactQuery,
  wanted: number,
): ModelHit[] {
  const candidates = new Set(
    modelCandidates(parts, { ...query, k: wanted }).map(([part, chunk]) => `${part}:${chunk}`),
  );
  return livingChunks(parts)
    .filter(({ part, chunk }) => candidates.has(`${part}:${chunk.chunk}`))
    .map(({ part, chunk }): ModelHit => [part, chunk.chunk, exactScore(chunk, exact)])
    .sort((a, b) => b[2] - a[2])
    .slice(0, query.k);
}
