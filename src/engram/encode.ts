import { isUtf8 } from "node:buffer";
import { limits } from "../shared/limits.ts";
import { chunkWindows, splitLines } from "./chunk.ts";
import { skippedByContent, skippedByMode } from "./classify.ts";
import { emptyRow, type FileRow } from "./file-row.ts";
import type { EncodedText, Kernel } from "./kernel/kernel.ts";
import { bindToken, type Role, roleShift, tokenPositions } from "./token-space.ts";
import { words } from "./tokenize.ts";
import type { RoleName, UnitParser } from "./units/unit-parser.ts";
import { lowerCase } from "./word-characters.ts";

/** A word of the path counts like three of the text: +5 to +10 points of recall@5 for queries in words. */
const pathWeight = 3;

export interface Encoder {
  kernel: Kernel;
  seed: number;
  units: Omit<UnitParser, "variables" | "members">;
}

/** Distinct tokens with how often each stands, ascending by token. */
export interface CountedTokens {
  tokens: Uint32Array;
  counts: Uint8Array;
}

/**
 * One file's row. A function of path, mode, oid, bytes and seed alone: never of other files, statistics, clocks or
 * history, which is what makes an updated engram equal one built afresh. The grammar of the path must have been prepared.
 * @param data the blob; null where the mode says that there is none to read, or it is too large to be read
 */
export function encodeFile(
  encoder: Encoder,
  entry: { path: string; mode: string; oid: string },
  data: Buffer | null,
): FileRow {
  const skipped = skippedByMode(entry.mode) ?? (data === null ? "large" : skippedByContent(data));
  const row = emptyRow(entry.path, entry.mode, entry.oid, skipped);
  if (skipped !== null || data === null) return row;
  return { ...row, ...encodeContent(encoder, entry.path, data), ...encodePath(encoder, entry.path) };
}

/** The tokens of a text, counted as a whole; lines and chunks play no part. */
export function encodeQuery({ kernel, seed }: Encoder, text: string): CountedTokens {
  const { tokens, counts } = kernel.encodeText(Buffer.from(text), wholeOf(text), seed, 0xffffffff);
  return { tokens, counts };
}

/**
 * The same tokens as another role has them. Still ascending: of each sign the positions that are rotated beyond the end come
 * first, in their old order.
 */
export function bindTokens({ tokens, counts }: CountedTokens, role: Role, seed: number): CountedTokens {
  const shift = roleShift(role, seed);
  const bound = { tokens: new Uint32Array(tokens.length), counts: new Uint8Array(tokens.length) };
  let size = 0;
  const copy = (start: number, end: number) => {
    for (let i = start; i < end; i++) {
      bound.tokens[size] = bindToken(tokens[i] as number, shift);
      bound.counts[size++] = counts[i] as number;
    }
  };
  const half = lowerBound(tokens, 0x80000000);
  for (const [start, end, sign] of [
    [0, half, 0],
    [half, tokens.length, 0x80000000],
  ] as const) {
    const wraps = Math.min(end, Math.max(start, lowerBound(tokens, sign + tokenPositions - shift)));
    copy(wraps, end);
    copy(start, wraps);
  }
  return bound;
}

/** Both together, ascending. A token that is in both stands once, with both counts. */
export function mergeTokens(a: CountedTokens, b: CountedTokens): CountedTokens {
  const tokens = new Uint32Array(a.tokens.length + b.tokens.length);
  const counts = new Uint8Array(tokens.length);
  let [i, j, size] = [0, 0, 0];
  while (i < a.tokens.length || j < b.tokens.length) {
    const left = a.tokens[i] ?? Infinity;
    const right = b.tokens[j] ?? Infinity;
    tokens[size] = Math.min(left, right);
    const count = (left <= right ? (a.counts[i++] as number) : 0) + (right <= left ? (b.counts[j++] as number) : 0);
    counts[size++] = Math.min(count, 255);
  }
  return { tokens: tokens.subarray(0, size), counts: counts.subarray(0, size) };
}

/** Number of the first token that is not below this. */
function lowerBound(tokens: Uint32Array, token: number): number {
  let [low, high] = [0, tokens.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] as number) < token) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Ids of whole words as they stand in a text, without their parts. */
export function hashWords({ kernel, seed }: Encoder, found: readonly string[]): Uint32Array {
  const lowered = found.map(lowerCase);
  let end = 0;
  const ends = Uint32Array.from(lowered, (word) => (end += Buffer.byteLength(word)));
  return kernel.hashTokens(Buffer.from(lowered.join("")), ends, seed);
}

function encodeContent(encoder: Encoder, path: string, data: Buffer): Partial<FileRow> {
  const text = data.toString("utf8");
  const lines = splitLines(text);
  const parsed = encoder.units.parse(path, text);
  const windows = Uint32Array.from(chunkWindows(lines, parsed).flatMap(({ start, end }) => [start, end]));
  const utf8 = isUtf8(data) ? data : Buffer.from(text);
  const columns = encoder.kernel.encodeText(utf8, windows, encoder.seed, limits.chunkTokens);
  return { ...columns, ...encodeRoles(encoder, columns, parsed?.names ?? []) };
}

/** One window over everything. */
function wholeOf(text: string): Uint32Array {
  return text === "" ? new Uint32Array(0) : Uint32Array.of(0, splitLines(text).length);
}

function encodePath(encoder: Encoder, path: string): Pick<FileRow, "pathTokens" | "pathCounts"> {
  const { tokens, counts } = bindTokens(encodeQuery(encoder, path), "path", encoder.seed);
  return { pathTokens: tokens, pathCounts: counts.map((count) => Math.min(count * pathWeight, 255)) };
}

type RoleColumns = Pick<FileRow, "roleEnds" | "roleTokens" | "roleCounts">;

/** Names by chunk, bound to their roles. Words of a name count whole: its parts stand in the text block. */
function encodeRoles(encoder: Encoder, columns: EncodedText, names: readonly RoleName[]): RoleColumns {
  const numbers = new Map<string, number>();
  const uses: { chunk: number; number: number; role: RoleName["role"] }[] = [];
  for (const { role, name, line } of names) {
    const chunk = chunkOfLine(columns, line + 1);
    if (chunk < 0) continue;
    for (const word of words(name)) {
      const number = numbers.get(word) ?? numbers.size;
      numbers.set(word, number);
      uses.push({ chunk, number, role });
    }
  }
  const hashes = hashWords(encoder, [...numbers.keys()]);
  const shifts = { defines: 0, calls: 0, imports: 0 };
  for (const role of ["defines", "calls", "imports"] as const) shifts[role] = roleShift(role, encoder.seed);
  // One number a use, so that sorting numbers sorts by chunk, then token.
  const keys = Float64Array.from(uses, ({ chunk, number, role }) => {
    return chunk * 2 ** 32 + bindToken(hashes[number] as number, shifts[role]);
  });
  return countKeys(keys.sort(), columns.startLines.length);
}

/** @param keys ascending: chunk · 2^32 + token, once for each use */
function countKeys(keys: Float64Array, chunks: number): RoleColumns {
  const roleEnds = new Uint32Array(chunks);
  const roleTokens = new Uint32Array(keys.length);
  const roleCounts = new Uint8Array(keys.length);
  let size = 0;
  for (const [i, key] of keys.entries()) {
    if (i === 0 || key !== keys[i - 1]) roleTokens[size++] = key % 2 ** 32;
    roleCounts[size - 1] = Math.min((roleCounts[size - 1] as number) + 1, 255);
    roleEnds[Math.floor(key / 2 ** 32)] = size;
  }
  for (let chunk = 1; chunk < chunks; chunk++) {
    roleEnds[chunk] = Math.max(roleEnds[chunk] as number, roleEnds[chunk - 1] as number);
  }
  return { roleEnds, roleTokens: roleTokens.slice(0, size), roleCounts: roleCounts.slice(0, size) };
}

/** Number of the chunk that holds this line (1-based), or of the last one before it. */
function chunkOfLine({ startLines }: EncodedText, line: number): number {
  let [low, high] = [0, startLines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((startLines[middle] as number) <= line) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
