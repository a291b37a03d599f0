import { accumulateRows } from "./algebra/hypervector.ts";
import { addCounters, type Counters, countRow, noCounters } from "./counters.ts";
import { type FileRow, rowDigest } from "./file-row.ts";
import { defaultDimensions } from "./token-space.ts";

/**
 * Everything an engram holds that is a sum over its rows. Sums of integers have exact inverses: an update takes the old
 * rows back, adds the new ones, and ends with the numbers of an engram built afresh.
 */
export interface Sums {
  counters: Counters;
  /** Sum of the hypervectors of all chunks. */
  hypervector: Int32Array;
  /** Sum of the row digests modulo 2^64. */
  digest: bigint;
}

export function noSums(): Sums {
  return { counters: noCounters(), hypervector: new Int32Array(defaultDimensions), digest: 0n };
}

/** Adds a row in place, or with -1 takes it back; numbers may become negative. */
export function addRow(sums: Sums, row: FileRow, times: 1 | -1): void {
  countRow(sums.counters, row, times);
  accumulateRows(sums.hypervector, [row], times);
  sums.digest = BigInt.asUintN(64, sums.digest + BigInt(times) * rowDigest(row));
}

/** Sum of `added` less sum of `removed`. */
export function sumRows(added: Iterable<FileRow>, removed: Iterable<FileRow> = []): Sums {
  const sums = noSums();
  for (const row of added) addRow(sums, row, 1);
  for (const row of removed) addRow(sums, row, -1);
  return sums;
}

export function addSums(a: Sums, b: Sums): Sums {
  return {
    counters: addCounters(a.counters, b.counters, 1),
    hypervector: a.hypervector.map((value, i) => value + (b.hypervector[i] as number)),
    digest: BigInt.asUintN(64, a.digest + b.digest),
  };
}
