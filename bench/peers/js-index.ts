import { bestHits } from "./best-hits.ts";
import type { PeerEngine, TokenQuery } from "./peer.ts";
import { countTokens, readTokenFile } from "./token-file.ts";
import { pathRelativeLength, pathWeight, queryWeight, saturation } from "./weights.ts";

/** Chunk and count by turns. */
type Postings = Map<string, number[]>;

/**
 * The inverted index that one writes first: a Map from token to an array of numbers, exact BM25 added up in one array of
 * doubles, of which only what was touched is looked at and cleared.
 */
export async function buildJsIndex(file: string): Promise<PeerEngine> {
  const [text, path]: [Postings, Postings] = [new Map(), new Map()];
  const lengths: number[] = [];
  for await (const line of readTokenFile(file)) {
    post(text, line.text, lengths.length, 1);
    post(path, line.path, lengths.length, pathWeight);
    lengths.push(line.text.length);
  }
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  const scores = new Float64Array(lengths.length);

  function add(postings: Postings, query: TokenQuery, touched: number[], relative: (chunk: number) => number): void {
    for (const [token, times] of query) {
      const list = postings.get(token);
      if (list === undefined) continue;
      const weight = queryWeight(times, list.length / 2, lengths.length);
      for (let i = 0; i < list.length; i += 2) {
        const chunk = list[i] as number;
        if (scores[chunk] === 0) touched.push(chunk);
        scores[chunk] = (scores[chunk] as number) + weight * saturation(list[i + 1] as number, relative(chunk));
      }
    }
  }

  return {
    note: "Map of arrays",
    prepare: (query) => query,
    search(prepared, k) {
      const touched: number[] = [];
      add(text, prepared as TokenQuery, touched, (chunk) => (lengths[chunk] as number) / mean);
      add(path, prepared as TokenQuery, touched, () => pathRelativeLength);
      const hits = bestHits(scores, touched, k);
      for (const chunk of touched) scores[chunk] = 0;
      return hits;
    },
  };
}

function post(postings: Postings, tokens: readonly string[], chunk: number, weight: number): void {
  for (const [token, count] of countTokens(tokens)) {
    const list = postings.get(token);
    if (list === undefined) postings.set(token, [chunk, count * weight]);
    else list.push(chunk, count * weight);
  }
}
