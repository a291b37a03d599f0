import { limits } from "../shared/limits.ts";
import { pathRelativeLength, queryWeight, saturation } from "./bm25.ts";
import { type Encoder, encodeQuery } from "./encode.ts";
import type { ChunkHit, SearchOptions } from "./engram.ts";
import { type FileRow, rowStart } from "./file-row.ts";
import { comparePaths } from "./paths.ts";
import { postingsOf, type Segment } from "./segment.ts";

/** A segment of which some files do not count: they were replaced or removed. */
export interface Part {
  segment: Segment;
  hidden: ReadonlySet<string>;
}

/** What a search weighs with: counted over all parts together, hidden files left out. */
export interface Statistics {
  chunks: number;
  /** Tokens of all chunks' texts, with repeats. */
  length: number;
  /** In how many chunks a token stands, by hash. */
  documentFrequency(token: number): number;
}

/** A query's token, weighted: how much it counts in BM25. */
interface QueryToken {
  token: number;
  weight: number;
}

interface Query {
  text: QueryToken[];
  path: QueryToken[];
}

interface Candidate {
  row: FileRow;
  /** Number of the chunk within its file. */
  chunk: number;
  /** Length of the chunk's text in tokens. */
  length: number;
  score: number;
}

/** Weights of the first step are scaled to this: limits.queryTokens · 1,023 · 255 stays below 2^31. */
const highestWeight = 1_023;

/**
 * The best chunks of several parts, exactly as if their visible files were one engram: the kernel adds up eight-bit
 * impacts and yields candidates, which are scored again by exact BM25 from their forward rows.
 */
export function searchParts(
  parts: readonly Part[],
  statistics: Statistics,
  encoder: Encoder,
  text: string,
  options: SearchOptions,
): ChunkHit[] {
  const query = weighQuery(encoder, statistics, text, options.paths ?? true);
  const meanLength = statistics.length / statistics.chunks;
  const wanted = Math.max(options.k, limits.rerankedHits);
  const candidates = parts.flatMap((part) => candidatesOf(part, encoder, query, wanted, options.filter));
  const best = candidates.sort(byScoreThenPlace).slice(0, wanted);
  for (const candidate of best) candidate.score = exactScore(candidate, query, meanLength);
  return best.sort(byScoreThenPlace).slice(0, options.k).map(toHit);
}

/** Where a query holds more tokens than the limit, those of the highest weight are kept. */
function weighQuery(encoder: Encoder, statistics: Statistics, text: string, paths: boolean): Query {
  const weigh = (counts: ReadonlyMap<number, number>): QueryToken[] => {
    const tokens = [...counts].flatMap(([token, count]) => {
      const frequency = statistics.documentFrequency(token);
      return frequency === 0 ? [] : { token, weight: queryWeight(count, frequency, statistics.chunks) };
    });
    return tokens.sort((a, b) => b.weight - a.weight || a.token - b.token).slice(0, limits.queryTokens / 2);
  };
  const counts = encodeQuery(encoder, text);
  return { text: weigh(counts.text), path: paths ? weigh(counts.path) : [] };
}

/** The best `wanted` visible chunks of one part by the kernel's score. */
function candidatesOf(
  part: Part,
  { kernel }: Encoder,
  query: Query,
  wanted: number,
  filter: SearchOptions["filter"],
): Candidate[] {
  const { segment, hidden } = part;
  const isVisible = (path: string) => !hidden.has(path) && (filter === undefined || filter(path));
  const tokens = [...query.text, ...query.path];
  const postings = tokens.map(({ token }) => postingsOf(segment, token));
  const scale = highestWeight / Math.max(...tokens.map(({ weight }) => weight));
  const request = {
    chunks: segment.chunks,
    impacts: segment.impacts,
    offsets: Uint32Array.from(postings, ({ offset }) => offset),
    lengths: Uint32Array.from(postings, ({ length }) => length),
    weights: Int32Array.from(tokens, ({ weight }) => Math.round(weight * scale)),
    chunkCount: segment.chunkCount,
  };
  for (let k = wanted; ; k *= 4) {
    const { ids, scores } = kernel.searchPostings({ ...request, k: Math.min(k, segment.chunkCount) });
    const visible = [...ids.entries()].filter(([, id]) => isVisible(rowOfChunk(segment, id).path));
    if (visible.length < wanted && ids.length >= k) continue; // too many of them were hidden: ask for more
    return visible.slice(0, wanted).map(([i, id]) => toCandidate(segment, id, scores[i] as number));
  }
}

function rowOfChunk(segment: Segment, id: number): FileRow {
  return segment.rows[segment.rowOf[id] as number] as FileRow;
}

function toCandidate(segment: Segment, id: number, score: number): Candidate {
  const chunk = id - (segment.firstChunk[segment.rowOf[id] as number] as number);
  return { row: rowOfChunk(segment, id), chunk, length: segment.lengths[id] as number, score };
}

function exactScore({ row, chunk, length }: Candidate, query: Query, meanLength: number): number {
  const relativeLength = length / meanLength;
  let score = 0;
  for (const { token, weight } of query.text) {
    const at = find(row.tokens, token, rowStart(row, chunk), row.rowEnds[chunk] as number);
    if (at >= 0) score += weight * saturation(row.counts[at] as number, relativeLength);
  }
  for (const { token, weight } of query.path) {
    const at = find(row.pathTokens, token, 0, row.pathTokens.length);
    if (at >= 0) score += weight * saturation(row.pathCounts[at] as number, pathRelativeLength);
  }
  return score;
}

/** Binary search; -1 where the token is not there. */
function find(tokens: Uint32Array, token: number, start: number, end: number): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] as number) < token) low = middle + 1;
    else high = middle;
  }
  return low < end && tokens[low] === token ? low : -1;
}

function byScoreThenPlace(a: Candidate, b: Candidate): number {
  return b.score - a.score || comparePaths(a.row.path, b.row.path) || a.chunk - b.chunk;
}

function toHit({ row, chunk, score }: Candidate): ChunkHit {
  return {
    path: row.path,
    startLine: row.startLines[chunk] as number,
    endLine: row.endLines[chunk] as number,
    score,
  };
}
