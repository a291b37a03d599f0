import { minimatch } from "minimatch";
import { limits } from "../shared/limits.ts";
import { impactLevels, queryWeight, saturationLimit } from "./bm25.ts";
import { bindTokens, type Encoder, encodeQuery, mergeTokens } from "./encode.ts";
import type { ChunkHit, SearchOptions, TokenVector } from "./engram.ts";
import type { ExactQuery, IndexHits, IndexQuery } from "./kernel/kernel.ts";
import { languageOf } from "./languages.ts";
import { comparePaths } from "./paths.ts";
import { fileOfChunk, type Generation, type Part, pathOf } from "./segments.ts";

/** Weights of the first step are scaled to this: limits.queryTokens · 1,023 · 255 stays below 2^31. */
const highestWeight = 1_023;

/** Tokens with their weights, ascending by token: `exact` as BM25 has them, `index` in ten bits. */
interface WeighedQuery {
  index: Omit<IndexQuery, "k">;
  exact: ExactQuery;
  /** What one unit of the first step's score is in BM25. */
  unit: number;
}

/** The best chunks of a generation for a text: candidates by the kernel's integer sums, then exact BM25. */
export function searchText(generation: Generation, encoder: Encoder, text: string, options: SearchOptions): ChunkHit[] {
  const query = weighText(generation, encoder, text, options.paths ?? true);
  if (query === null || options.k <= 0) return [];
  const wanted = Math.max(options.k, limits.rerankedHits);
  const keep = pathFilter(options);
  if (keep === null)
    return toHits(generation, generation.index.search({ ...query.index, k: options.k }, query.exact, wanted));
  const candidates = keptCandidates(generation, query, wanted, keep);
  const scores = generation.index.rescore(candidates.parts, candidates.chunks, query.exact);
  return toHits(generation, { ...candidates, scores })
    .sort(byScoreThenPlace)
    .slice(0, options.k);
}

/** The best chunks for a vector of token ids of any role. The score is the first step's, in units of BM25. */
export function searchTokens(generation: Generation, vector: TokenVector, options: SearchOptions): ChunkHit[] {
  const query = weighVector(generation, vector);
  if (query === null || options.k <= 0) return [];
  const keep = pathFilter(options);
  const hits =
    keep === null
      ? generation.index.candidates({ ...query.index, k: options.k })
      : keptCandidates(generation, query, options.k, keep);
  return toHits(generation, hits).map((hit) => ({ ...hit, score: hit.score * query.unit }));
}

function weighText(generation: Generation, encoder: Encoder, text: string, paths: boolean): WeighedQuery | null {
  const counted = encodeQuery(encoder, text);
  const { tokens, counts } = paths ? mergeTokens(counted, bindTokens(counted, "path", encoder.seed)) : counted;
  return weigh(generation, tokens, (i, frequency) => queryWeight(counts[i] as number, frequency, generation.chunks));
}

function weighVector(generation: Generation, { tokens, values }: TokenVector): WeighedQuery | null {
  const order = Array.from(tokens, (_, i) => i)
    .filter((i) => (values[i] as number) > 0)
    .sort((a, b) => (tokens[a] as number) - (tokens[b] as number));
  const ascending = Uint32Array.from(order, (i) => tokens[i] as number);
  return weigh(generation, ascending, (i, frequency) => {
    return (values[order[i] as number] as number) * queryWeight(1, frequency, generation.chunks);
  });
}

/** Weights of the tokens that are in the index; where they are more than the limit, those of the highest weight. */
function weigh(
  { index, chunks, length }: Generation,
  tokens: Uint32Array,
  weightOf: (i: number, frequency: number) => number,
): WeighedQuery | null {
  const frequencies = index.frequencies(tokens);
  const found = new Uint32Array(tokens.length);
  const weights = new Float64Array(tokens.length);
  let size = 0;
  for (let i = 0; i < tokens.length; i++) {
    const frequency = frequencies[i] as number;
    if (frequency === 0) continue;
    found[size] = tokens[i] as number;
    weights[size++] = weightOf(i, frequency);
  }
  if (size === 0) return null;
  const query = { tokens: found.subarray(0, size), weights: weights.subarray(0, size) };
  const { tokens: kept, weights: exact } = size > limits.queryTokens ? heaviest(query) : query;
  let most = 0;
  for (const weight of exact) most = Math.max(most, weight);
  const scale = highestWeight / most;
  const scaled = new Int32Array(exact.length);
  for (let i = 0; i < exact.length; i++) scaled[i] = Math.max(1, Math.round((exact[i] as number) * scale));
  return {
    index: { tokens: kept, weights: scaled },
    exact: { tokens: kept, weights: exact, meanLength: length / chunks },
    unit: saturationLimit / impactLevels / scale,
  };
}

function heaviest({ tokens, weights }: Pick<ExactQuery, "tokens" | "weights">): Pick<ExactQuery, "tokens" | "weights"> {
  const byWeight = (a: number, b: number) => (weights[b] as number) - (weights[a] as number) || a - b;
  const kept = Uint32Array.from(tokens.keys()).sort(byWeight).slice(0, limits.queryTokens).sort();
  return {
    tokens: Uint32Array.from(kept, (i) => tokens[i] as number),
    weights: Float64Array.from(kept, (i) => weights[i] as number),
  };
}

/** The best `wanted` candidates among those that are kept, in order. */
function keptCandidates(
  generation: Generation,
  { index: query }: WeighedQuery,
  wanted: number,
  keep: (path: string) => boolean,
): IndexHits<Int32Array> {
  for (let k = wanted; ; k *= 4) {
    const hits = generation.index.candidates({ ...query, k });
    const kept = [...hits.chunks.keys()].filter((i) => keep(pathOfHit(generation, hits, i)));
    if (kept.length < wanted && hits.chunks.length >= k) continue; // too many were left out: ask for more
    const chosen = kept.slice(0, wanted);
    return {
      parts: Uint32Array.from(chosen, (i) => hits.parts[i] as number),
      chunks: Uint32Array.from(chosen, (i) => hits.chunks[i] as number),
      scores: Int32Array.from(chosen, (i) => hits.scores[i] as number),
    };
  }
}

/** All conditions on paths as one, its answers remembered; null where there is none. */
function pathFilter({ filter, globs, languages }: SearchOptions): ((path: string) => boolean) | null {
  if (filter === undefined && globs === undefined && languages === undefined) return null;
  const known = new Map<string, boolean>();
  return (path) => {
    let kept = known.get(path);
    if (kept === undefined) {
      kept =
        (filter === undefined || filter(path)) &&
        (globs === undefined || globs.some((glob) => minimatch(path, glob, { dot: true, matchBase: true }))) &&
        (languages === undefined || languages.includes(languageOf(path) ?? ""));
      known.set(path, kept);
    }
    return kept;
  };
}

function byScoreThenPlace(a: ChunkHit, b: ChunkHit): number {
  return b.score - a.score || comparePaths(a.path, b.path) || a.startLine - b.startLine;
}

function pathOfHit({ parts }: Generation, hits: IndexHits<unknown>, i: number): string {
  return nameOfChunk(parts[hits.parts[i] as number] as Part, hits.chunks[i] as number);
}

function toHits({ parts }: Generation, hits: IndexHits<Int32Array | Float64Array>): ChunkHit[] {
  const found: ChunkHit[] = [];
  for (let i = 0; i < hits.chunks.length; i++) {
    const part = parts[hits.parts[i] as number] as Part;
    const chunk = hits.chunks[i] as number;
    const startLine = part.segment.startLines[chunk] as number;
    const endLine = startLine + (part.segment.spans[chunk] as number);
    found.push({ path: nameOfChunk(part, chunk), startLine, endLine, score: hits.scores[i] as number });
  }
  return found;
}

/** Names that were read once are kept: turning bytes into text would be a third of a search. */
function nameOfChunk({ segment, names }: Part, chunk: number): string {
  const file = fileOfChunk(segment, chunk);
  let name = names.get(file);
  if (name === undefined) {
    name = pathOf(segment, file);
    names.set(file, name);
  }
  return name;
}
