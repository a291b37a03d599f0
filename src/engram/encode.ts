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

/** Token hashes and counts of a text as one row, for queries. */
export function encodeQuery(
  encoder: Encoder,
  text: string,
): { tokens: Uint32Array; pathTokens: Uint32Array; counts: number[] } {
  const counts = countTokens([tokenize(text)]);
  const names = [...counts.keys()];
  return {
    tokens: hashAll(encoder, names, encoder.seed),
    pathTokens: hashAll(encoder, names, encoder.seed ^ pathSeed),
    counts: [...counts.values()],
  };
}

/** Hash of one token of a text. */
export function hashToken(encoder: Encoder, token: string): number {
  return hashAll(encoder, [token], encoder.seed)[0] as number;
}

function encodePath(encoder: Encoder, path: string): Pick<FileRow, "pathTokens" | "pathCounts"> {
  const counts = countTokens([tokenize(path)]);
  const hashes = hashAll(encoder, [...counts.keys()], encoder.seed ^ pathSeed);
  const entries = sortedEntries(hashes, [...counts.values()]);
  return {
    pathTokens: Uint32Array.from(entries, ([token]) => token),
    pathCounts: Uint8Array.from(entries, ([, count]) => Math.min(count * pathWeight, 255)),
  };
}

function encodeText(
  encoder: Encoder,
  text: string,
): Pick<FileRow, "startLines" | "endLines" | "rowEnds" | "tokens" | "counts"> {
  const lines = splitLines(text);
  const lineTokens = lines.map((line) => tokenize(line));
  const chunks = lineWindows(lines).flatMap((window) => withinTokenLimit(lineTokens, window));
  const rows = chunks.map((chunk) => countTokens(lineTokens.slice(chunk.start, chunk.end)));
  const hashOf = hashDistinct(encoder, rows);
  const entries = rows.map((row) => sortedEntries(Array.from(row.keys(), hashOf), [...row.values()]));
  let end = 0;
  return {
    startLines: Uint32Array.from(chunks, (chunk) => chunk.start + 1),
    endLines: Uint32Array.from(chunks, (chunk) => chunk.end),
    rowEnds: Uint32Array.from(entries, (row) => (end += row.length)),
    tokens: Uint32Array.from(entries.flatMap((row) => row.map(([token]) => token))),
    counts: Uint8Array.from(entries.flatMap((row) => row.map(([, count]) => Math.min(count, 255)))),
  };
}

/** Halves a window until each piece is within `limits.chunkTokens` distinct tokens or is one line, which stays whole. */
function withinTokenLimit(lineTokens: readonly string[][], window: LineRange): LineRange[] {
  const { start, end } = window;
  if (end - start <= 1 || new Set(lineTokens.slice(start, end).flat()).size <= limits.chunkTokens) return [window];
  const middle = (start + end) >> 1;
  return [
    ...withinTokenLimit(lineTokens, { start, end: middle }),
    ...withinTokenLimit(lineTokens, { start: middle, end }),
  ];
}

function countTokens(lists: readonly string[][]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const list of lists) for (const token of list) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/** Hashes every token of a file once, in one call. */
function hashDistinct(encoder: Encoder, rows: readonly Map<string, number>[]): (token: string) => number {
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const hashes = hashAll(encoder, names, encoder.seed);
  const byName = new Map(names.map((name, i) => [name, hashes[i] as number]));
  return (token) => byName.get(token) as number;
}

function hashAll({ kernel }: Encoder, tokens: readonly string[], seed: number): Uint32Array {
  const utf8 = Buffer.from(tokens.join(""), "utf8");
  const ends = new Uint32Array(tokens.length);
  let end = 0;
  for (const [i, token] of tokens.entries()) ends[i] = end += Buffer.byteLength(token, "utf8");
  return kernel.hashTokens(utf8, ends, seed);
}

/** Entries by ascending hash; tokens that share a hash are one entry with their counts added. */
function sortedEntries(hashes: ArrayLike<number>, counts: readonly number[]): [number, number][] {
  const byHash = new Map<number, number>();
  for (const [i, count] of counts.entries()) {
    const hash = hashes[i] as number;
    byHash.set(hash, (byHash.get(hash) ?? 0) + count);
  }
  return [...byHash].sort(([a], [b]) => a - b);
}
