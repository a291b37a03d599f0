import type { Engram } from "./engram.ts";
import { type FileRow, packColumns } from "./file-row.ts";
import { comparePaths } from "./paths.ts";
import type { Sums } from "./sums.ts";
import { encoderVersion, formatVersion } from "./versions.ts";

/** An engram of one of our stores. */
export interface StoredEngram extends Engram {
  /**
   * Everything that is stored, as text, in one fixed order. Two engrams of the same tree and seed have the same dump,
   * whatever their histories and stores. Segments are no part of it: they follow from the rows, grouped by history.
   */
  dump(): string;
}

/** What a store holds of one engram, contents aside (the rows name them by blob id). */
export interface EngramContent {
  seed: number;
  grammars: string;
  commit: string;
  rows: Iterable<FileRow>;
  sums: Sums;
}

export function dumpContent({ seed, grammars, commit, rows, sums }: EngramContent): string {
  const { documentFrequency, ...totals } = sums.counters;
  const byPath = [...rows].sort((a, b) => comparePaths(a.path, b.path));
  const byToken = [...documentFrequency].sort(([a], [b]) => a - b);
  const { buffer, byteOffset, byteLength } = sums.hypervector;
  const digest = sums.digest.toString(16);
  return [
    JSON.stringify({ formatVersion, encoderVersion, grammars, seed, commit, ...totals, digest }),
    `hypervector ${Buffer.from(buffer, byteOffset, byteLength).toString("base64")}`,
    ...byPath.map((row) => `${JSON.stringify([row.path, row.mode, row.oid, row.skipped])} ${columnsOf(row)}`),
    ...byToken.map(([token, frequency]) => `${token} ${frequency}`),
  ].join("\n");
}

function columnsOf(row: FileRow): string {
  return Buffer.from(packColumns(row)).toString("base64");
}
