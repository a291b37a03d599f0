import { bindTokens, type CountedTokens, type Encoder, encodeQuery, mergeTokens } from "../../src/engram/encode.ts";
import type { FileRow } from "../../src/engram/file-row.ts";
import { pathRelativeLength, queryWeight, saturation } from "../peers/weights.ts";
import type { FileIndex } from "./file-index.ts";

/** One file's chunks, token ids replaced by dense numbers. */
interface Rows {
  ends: Uint32Array;
  numbers: Uint32Array;
  counts: Uint8Array;
  lengths: Uint32Array;
  pathNumbers: Uint32Array;
  pathCounts: Uint8Array;
  /** Lengths of the chunks' TF-IDF vectors, for the frequencies of the moment. */
  norms: Float64Array | null;
}

/** What one chunk scores for a query. */
type Scorer = (rows: Rows, chunk: number) => number;

/** Term frequencies of a TF-IDF vector. */
const logarithms = Float64Array.from({ length: 256 }, (_, count) => (count === 0 ? 0 : 1 + Math.log(count)));

/**
 * Every chunk scored for every query, without an index: exact BM25 and TF-IDF cosine, over the engram's own tokens, chunks
 * and formulas. What the other methods are measured against, so it takes no short cut; a file stands where its best chunk
 * does.
 */
export function createExactIndexes(encoder: Encoder): {
  bm25: FileIndex;
  tfidf: FileIndex;
  update: FileIndex["update"];
} {
  const files = new Map<string, Rows>();
  const numbers = new Map<number, number>();
  let frequencies = new Float64Array(1 << 16);
  let [chunks, length] = [0, 0];

  function numberOf(token: number): number {
    let number = numbers.get(token);
    if (number === undefined) numbers.set(token, (number = numbers.size));
    if (number >= frequencies.length) {
      const larger = new Float64Array(2 * frequencies.length);
      larger.set(frequencies);
      frequencies = larger;
    }
    return number;
  }

  function count(rows: Rows, sign: 1 | -1): void {
    for (const number of rows.numbers) frequencies[number] = (frequencies[number] as number) + sign;
    for (const number of rows.pathNumbers) {
      frequencies[number] = (frequencies[number] as number) + sign * rows.ends.length;
    }
    chunks += sign * rows.ends.length;
    for (const each of rows.lengths) length += sign * each;
  }

  function update(changed: ReadonlyMap<string, FileRow | null>): void {
    for (const [path, row] of changed) {
      const old = files.get(path);
      if (old !== undefined) count(old, -1);
      files.delete(path);
      if (row === null) continue;
      const rows = rowsOf(row, numberOf);
      files.set(path, rows);
      count(rows, 1);
    }
    if (changed.size > 0) for (const rows of files.values()) rows.norms = null;
  }

  /** Query weights by number; null where no token is known. */
  function weigh(text: string): Float64Array | null {
    const { tokens, counts } = queryTokens(encoder, text);
    const weights = new Float64Array(numbers.size);
    let found = false;
    for (const [i, token] of tokens.entries()) {
      const number = numbers.get(token);
      const frequency = number === undefined ? 0 : (frequencies[number] as number);
      if (number === undefined || frequency === 0) continue;
      weights[number] = queryWeight(counts[i] as number, frequency, chunks);
      found = true;
    }
    return found ? weights : null;
  }

  function searchWith(scorer: (weights: Float64Array) => Scorer): FileIndex["search"] {
    return (text) => {
      const weights = weigh(text);
      if (weights === null) return [];
      const score = scorer(weights);
      const best: [path: string, score: number][] = [];
      for (const [path, rows] of files) {
        let most = 0;
        for (let chunk = 0; chunk < rows.ends.length; chunk++) most = Math.max(most, score(rows, chunk));
        if (most > 0) best.push([path, most]);
      }
      return best.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([path]) => path);
    };
  }

  const inverseFrequencies = () =>
    frequencies.map((frequency) => (frequency === 0 ? 0 : queryWeight(1, frequency, chunks)));
  return {
    update,
    bm25: { update: () => {}, search: searchWith((weights) => bm25Scorer(weights, length / chunks)) },
    tfidf: {
      update: () => {},
      search: searchWith((weights) => cosineScorer(weights, inverseFrequencies(), files.values())),
    },
  };
}

function queryTokens(encoder: Encoder, text: string): CountedTokens {
  const counted = encodeQuery(encoder, text);
  return mergeTokens(counted, bindTokens(counted, "path", encoder.seed));
}

function rowsOf(row: FileRow, numberOf: (token: number) => number): Rows {
  const ends = row.rowEnds;
  const lengths = new Uint32Array(ends.length);
  for (let chunk = 0, at = 0; chunk < ends.length; chunk++) {
    for (; at < (ends[chunk] as number); at++) lengths[chunk] = (lengths[chunk] as number) + (row.counts[at] as number);
  }
  return {
    ends,
    numbers: row.tokens.map(numberOf),
    counts: row.counts,
    lengths,
    pathNumbers: row.pathTokens.map(numberOf),
    pathCounts: row.pathCounts,
    norms: null,
  };
}

function bm25Scorer(weights: Float64Array, meanLength: number): Scorer {
  return ({ ends, numbers, counts, lengths, pathNumbers, pathCounts }, chunk) => {
    const relative = (lengths[chunk] as number) / meanLength;
    let score = 0;
    for (let at = chunk === 0 ? 0 : (ends[chunk - 1] as number); at < (ends[chunk] as number); at++) {
      const weight = weights[numbers[at] as number] as number;
      if (weight > 0) score += weight * saturation(counts[at] as number, relative);
    }
    for (let at = 0; at < pathNumbers.length; at++) {
      const weight = weights[pathNumbers[at] as number] as number;
      if (weight > 0) score += weight * saturation(pathCounts[at] as number, pathRelativeLength);
    }
    return score;
  };
}

function cosineScorer(weights: Float64Array, idf: Float64Array, files: Iterable<Rows>): Scorer {
  for (const rows of files) rows.norms ??= normsOf(rows, idf);
  return ({ ends, numbers, counts, pathNumbers, pathCounts, norms }, chunk) => {
    let score = 0;
    const add = (number: number, count: number) => {
      const weight = weights[number] as number;
      if (weight > 0) score += weight * (idf[number] as number) * (logarithms[count] as number);
    };
    for (let at = chunk === 0 ? 0 : (ends[chunk - 1] as number); at < (ends[chunk] as number); at++) {
      add(numbers[at] as number, counts[at] as number);
    }
    for (let at = 0; at < pathNumbers.length; at++) add(pathNumbers[at] as number, pathCounts[at] as number);
    return score / (norms?.[chunk] ?? 1);
  };
}

function normsOf({ ends, numbers, counts, pathNumbers, pathCounts }: Rows, idf: Float64Array): Float64Array {
  const square = (number: number, count: number) => ((idf[number] as number) * (logarithms[count] as number)) ** 2;
  let path = 0;
  for (let at = 0; at < pathNumbers.length; at++) path += square(pathNumbers[at] as number, pathCounts[at] as number);
  const norms = new Float64Array(ends.length);
  for (let chunk = 0, at = 0; chunk < ends.length; chunk++) {
    let sum = path;
    for (; at < (ends[chunk] as number); at++) sum += square(numbers[at] as number, counts[at] as number);
    norms[chunk] = Math.sqrt(sum) || 1;
  }
  return norms;
}
