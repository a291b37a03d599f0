import { limits } from "../shared/limits.ts";
import { type LineRange, lineWindows, splitLines } from "./chunk.ts";
import { skippedByContent, skippedByMode } from "./classify.ts";
import { emptyRow, type FileRow } from "./file-row.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { tokenize } from "./tokenize.ts";

/** A word of the path counts like three of the text: +5 to +10 points of recall@5 for queries in words. */
const pathWeight = 3;

/** Parts the hashes of path tokens from those of text tokens; any fixed odd number would do (2^32 divided by φ). */
const pathSeed = 0x9e3779b9;

export interface Encoder {
  kernel: Kernel;
  seed: number;
}

/**
 * One file's row. A function of path, mode, oid, bytes and seed alone: never of other files, statistics, clocks or
 * history, which is what makes an updated engram equal one built afresh.
 * @param data the blob; null where the mode says that there is none to read
 */
export function encodeFile(
  encoder: Encoder,
  entry: { path: string; mode: string; oid: string },
  data: Buffer | null,
): FileRow {
  const skipped = skippedByMode(entry.mode) ?? (data === null ? "large" : skippedByContent(data));
  const row = emptyRow(entry.path, entry.mode, entry.oid, skipped);
  if (skipped !== null || data === null) return row;
  return { ...row, ...encodeText(encoder, data.toString("utf8")), ...encodePath(encoder, entry.path) };
}

/** How often each token hash stands in a query: as text tokens, and as path tokens. */
export function encodeQuery(encoder: Encoder, text: string): Record<"text" | "path", Map<number, number>> {
  return {
    text: countHashes(hashLines(encoder, [text], encoder.seed)),
    path: countHashes(hashLines(encoder, [text], (encoder.seed ^ pathSeed) >>> 0)),
  };
}

/** Hash of one token of a text. */
export function hashToken(encoder: Encoder, token: string): number {
  return hashAll(encoder, [token], encoder.seed)[0] as number;
}

function encodePath(encoder: Encoder, path: string): Pick<FileRow, "pathTokens" | "pathCounts"> {
  const counts = countHashes(hashLines(encoder, [path], (encoder.seed ^ pathSeed) >>> 0));
  const pathTokens = Uint32Array.from(counts.keys()).sort();
  return { pathTokens, pathCounts: octets(pathTokens, counts, pathWeight) };
}

type TextColumns = Pick<FileRow, "startLines" | "endLines" | "rowEnds" | "tokens" | "counts">;

function encodeText(encoder: Encoder, text: string): TextColumns {
  const lines = splitLines(text);
  const hashes = hashLines(encoder, lines, encoder.seed);
  const chunks = lineWindows(lines).flatMap((window) => withinTokenLimit(hashes, window));
  const size = chunks.reduce((sum, { counts }) => sum + counts.size, 0);
  const columns = {
    startLines: Uint32Array.from(chunks, ({ lines }) => lines.start + 1),
    endLines: Uint32Array.from(chunks, ({ lines }) => lines.end),
    rowEnds: new Uint32Array(chunks.length),
    tokens: new Uint32Array(size),
    counts: new Uint8Array(size),
  };
  let end = 0;
  for (const [i, { counts }] of chunks.entries()) {
    const tokens = Uint32Array.from(counts.keys()).sort();
    columns.tokens.set(tokens, end);
    columns.counts.set(octets(tokens, counts, 1), end);
    columns.rowEnds[i] = end += tokens.length;
  }
  return columns;
}

interface CountedChunk {
  lines: LineRange;
  /** How often each token hash stands in these lines; hashes that two tokens share count for both. */
  counts: Map<number, number>;
}

/** Halves a window until each piece is within `limits.chunkTokens` distinct tokens or is one line, which stays whole. */
function withinTokenLimit(hashes: readonly number[][], lines: LineRange): CountedChunk[] {
  const { start, end } = lines;
  const counts = countHashes(hashes.slice(start, end));
  if (end - start <= 1 || counts.size <= limits.chunkTokens) return [{ lines, counts }];
  const middle = (start + end) >> 1;
  return [...withinTokenLimit(hashes, { start, end: middle }), ...withinTokenLimit(hashes, { start: middle, end })];
}

function countHashes(lines: readonly number[][]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const line of lines) for (const hash of line) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  return counts;
}

function octets(tokens: Uint32Array, counts: ReadonlyMap<number, number>, weight: number): Uint8Array {
  return Uint8Array.from(tokens, (token) => Math.min((counts.get(token) as number) * weight, 255));
}

/** Token hashes line by line. Every distinct token is hashed once, all in one call. */
function hashLines(encoder: Encoder, lines: readonly string[], seed: number): number[][] {
  const numbers = new Map<string, number>();
  const numbered = lines.map((line) =>
    tokenize(line).map((token) => {
      const known = numbers.get(token);
      if (known !== undefined) return known;
      numbers.set(token, numbers.size);
      return numbers.size - 1;
    }),
  );
  const hashes = hashAll(encoder, [...numbers.keys()], seed);
  return numbered.map((line) => line.map((number) => hashes[number] as number));
}

function hashAll({ kernel }: Encoder, tokens: readonly string[], seed: number): Uint32Array {
  const utf8 = Buffer.from(tokens.join(""), "utf8");
  const ends = new Uint32Array(tokens.length);
  let end = 0;
  for (const [i, token] of tokens.entries()) ends[i] = end += Buffer.byteLength(token, "utf8");
  return kernel.hashTokens(utf8, ends, seed);
}
