import { queryWeight, saturationLimit } from "../bm25.ts";
import { positionOf, signOf } from "../token-space.ts";
import type { IntegerVector } from "./token-vector.ts";

/** What is known of an engram without opening it. */
export interface EngramSummary {
  name: string;
  chunks: number;
  /** In how many of its chunks each of these tokens stands. */
  frequencies: (tokens: Uint32Array) => Uint32Array;
}

export interface RankedEngram {
  name: string;
  /** Place in the summaries given. */
  engram: number;
  score: number;
  /** No chunk of this engram scores above this for the query (exact BM25 over all engrams together). */
  bound: number;
}

/**
 * In which order to open engrams for a query, by their counters alone: the best first, those that hold no token of it left
 * out. Score: Σ weight · belief(token), the belief of CORI (Callan, Lu, Croft 1995) with chunks for words, and BM25's weights
 * over all engrams together.
 */
export function rankEngrams(summaries: readonly EngramSummary[], query: IntegerVector): RankedEngram[] {
  const held = summaries.map(({ frequencies }) => frequencies(query.tokens));
  const chunks = summaries.reduce((total, one) => total + one.chunks, 0);
  const mean = chunks / Math.max(1, summaries.length);
  const weights = weightsOf(query, held, chunks);
  const ranked = summaries.map(({ name, chunks: size }, engram) => {
    let [score, bound] = [0, 0];
    for (let t = 0; t < weights.length; t++) {
      const frequency = held[engram]?.[t] as number;
      if (frequency === 0) continue;
      score += ((weights[t] as number) * frequency) / (frequency + 50 + (150 * size) / mean);
      bound += (weights[t] as number) * saturationLimit;
    }
    return { name, engram, score, bound };
  });
  return ranked.filter(({ bound }) => bound > 0).sort(byScore);
}

/**
 * The same from hypervectors alone: the inner product of the query's fold with the engram's sum, by the length of the sum.
 * Needs no counters, but every dimension also holds other tokens; `rankEngrams` is better where counters are at hand.
 */
export function rankSums(
  sums: readonly { name: string; sum: Int32Array }[],
  query: { tokens: Uint32Array; values: ArrayLike<number> },
): Omit<RankedEngram, "bound">[] {
  const ranked = sums.map(({ name, sum }, engram) => {
    let [product, square] = [0, 0];
    for (const value of sum) square += value * value;
    for (let t = 0; t < query.tokens.length; t++) {
      const token = query.tokens[t] as number;
      product += (query.values[t] as number) * signOf(token) * (sum[positionOf(token) % sum.length] as number);
    }
    return { name, engram, score: square === 0 ? 0 : product / Math.sqrt(square) };
  });
  return ranked.sort(byScore);
}

/** BM25's weights over all engrams together; 0 for a token that stands in none. */
function weightsOf({ tokens, values }: IntegerVector, held: readonly Uint32Array[], chunks: number): Float64Array {
  return Float64Array.from(tokens, (_, t) => {
    const frequency = held.reduce((total, one) => total + (one[t] as number), 0);
    return frequency === 0 ? 0 : queryWeight(values[t] as number, frequency, chunks);
  });
}

function byScore<T extends { score: number; engram: number }>(a: T, b: T): number {
  return b.score - a.score || a.engram - b.engram;
}
