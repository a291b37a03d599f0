import type { EngramView } from "../engram/engram.ts";
import { chunkLength, type FileRow, rowStart } from "../engram/file-row.ts";

/** Distinct token ids with how often each stands in a query. */
export interface CountedTokens {
  tokens: Uint32Array;
  counts: Uint8Array;
}

/** A query's tokens as they stand in texts and, bound to another role, in paths. */
export interface QueryTokens {
  text: CountedTokens;
  path: CountedTokens;
}

/** What one engram adds to the statistics that a search over several of them ranks by. All are sums. */
export interface Statistics {
  chunks: number;
  length: number;
  /** By token of the text, then by token of the path. */
  frequencies: Float64Array;
}

/** How often each of the query's tokens stands in a chunk, in the order of `Statistics.frequencies`, and its length. */
export interface ChunkCounts {
  counts: Float64Array;
  length: number;
}

const k1 = 1.2;
const b = 0.75;

export function statisticsOf(engram: EngramView, query: QueryTokens): Statistics {
  const { chunks, length } = engram.info();
  const tokens = [query.text, query.path].flatMap((block) => Array.from(engram.frequencies(block.tokens)));
  return { chunks, length, frequencies: Float64Array.from(tokens) };
}

export function addStatistics(all: readonly Statistics[]): Statistics {
  const sum = { chunks: 0, length: 0, frequencies: new Float64Array(all[0]?.frequencies.length ?? 0) };
  for (const { chunks, length, frequencies } of all) {
    sum.chunks += chunks;
    sum.length += length;
    for (const [i, frequency] of frequencies.entries()) sum.frequencies[i] = (sum.frequencies[i] as number) + frequency;
  }
  return sum;
}

/** @param startLine of a chunk of the file */
export function chunkCounts(row: FileRow, startLine: number, query: QueryTokens): ChunkCounts {
  const chunk = row.startLines.indexOf(startLine);
  const [first, end] = [rowStart(row, chunk), row.rowEnds[chunk] as number];
  const inText = countedIn(row.tokens.subarray(first, end), row.counts.subarray(first, end));
  const inPath = countedIn(row.pathTokens, row.pathCounts);
  const counts = [
    ...Array.from(query.text.tokens, (token) => inText.get(token) ?? 0),
    ...Array.from(query.path.tokens, (token) => inPath.get(token) ?? 0),
  ];
  return { counts: Float64Array.from(counts), length: chunkLength(row, chunk) };
}

/**
 * BM25 of a chunk (Robertson and Zaragoza 2009) with the statistics of all engrams that are searched, so that scores of small
 * and large collections can be compared: within one engram a rare word of a small collection would count for too little.
 */
export function jointScore({ counts, length }: ChunkCounts, query: QueryTokens, all: Statistics): number {
  const mean = all.chunks === 0 ? 1 : all.length / all.chunks;
  const asked = [...query.text.counts, ...query.path.counts];
  let score = 0;
  for (const [i, count] of counts.entries()) {
    if (count === 0) continue;
    // How long a text is says nothing about its path.
    const relativeLength = i < query.text.counts.length ? length / mean : 1;
    const weight = (1 + Math.log(asked[i] ?? 1)) * rarity(all, i);
    score += (weight * count * (k1 + 1)) / (count + k1 * (1 - b + b * relativeLength));
  }
  return score;
}

/** Inverse document frequency of the word's rarest token. @param word one of the query's */
export function wordWeight(word: QueryTokens, query: QueryTokens, all: Statistics): number {
  const weights = Array.from(word.text.tokens, (token) => rarity(all, query.text.tokens.indexOf(token)));
  return Math.max(0, ...weights);
}

/** @param i of `frequencies`; a token that is not there weighs nothing */
function rarity({ chunks, frequencies }: Statistics, i: number): number {
  const frequency = frequencies[i];
  return frequency === undefined ? 0 : Math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5));
}

function countedIn(tokens: Uint32Array, counts: Uint8Array): Map<number, number> {
  return new Map(Array.from(tokens, (token, i) => [token, counts[i] as number]));
}
