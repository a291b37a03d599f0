import { addCounters, type Counters, countRows } from "./counters.ts";
import { type FileRow, rowDigest } from "./file-row.ts";
import { accumulateRows, defaultDimensions } from "./hypervector.ts";

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

/** Sum of `added` less sum of `removed`; numbers may be negative. */
export function sumRows(added: Iterable<FileRow>, removed: Iterable<FileRow> = []): Sums {
  const [plus, minus] = [[...added], [...removed]];
  const hypervector = new Int32Array(defaultDimensions);
  accumulateRows(hypervector, plus, 1);
  accumulateRows(hypervector, minus, -1);
  return {
    counters: addCounters(countRows(plus), countRows(minus), -1),
    hypervector,
    digest: BigInt.asUintN(64, digestOf(plus) - digestOf(minus)),
  };
}

export function addSums(a: Sums, b: Sums): Sums {
  return {
    counters: addCounters(a.counters, b.counters, 1),
    hypervector: a.hypervector.map((value, i) => value + (b.hypervector[i] as number)),
    digest: BigInt.asUintN(64, a.digest + b.digest),
  };
}

export function digestOf(rows: Iterable<FileRow>): bigint {
  let sum = 0n;
  for (const row of rows) sum += rowDigest(row);
  return BigInt.asUintN(64, sum);
}
