import { bestHits } from "./best-hits.ts";
import type { PeerEngine, TokenQuery } from "./peer.ts";
import { countTokens, readTokenFile } from "./token-file.ts";
import { pathRelativeLength, pathWeight, queryWeight, saturation } from "./weights.ts";

/** Forward rows of all chunks, one after another: numbers of tokens and counts. */
interface Rows {
  ends: Uint32Array;
  tokens: Uint32Array;
  counts: Uint8Array;
}

/**
 * Exact BM25 of every chunk from its forward row, without any index. It is the plainest peer, and what the others are
 * checked against: its ranking is exhaustive.
 */
export async function buildLinearScan(file: string): Promise<PeerEngine> {
  const numbers = new Map<string, number>();
  const frequencies: Record<"text" | "path", number[]> = { text: [], path: [] };
  const columns = { text: createColumns(), path: createColumns() };
  for await (const line of readTokenFile(file)) {
    for (const block of ["text", "path"] as const) {
      for (const [token, count] of countTokens(line[block])) {
        const number = numbers.get(token) ?? numbers.size;
        if (number === numbers.size) numbers.set(token, number);
        frequencies[block][number] = (frequencies[block][number] ?? 0) + 1;
        columns[block].add(number, Math.min(255, block === "path" ? count * pathWeight : count));
      }
      columns[block].endRow();
    }
  }
  const rows = { text: columns.text.rows(), path: columns.path.rows() };
  const chunks = rows.text.ends.length;
  const lengths = rowSums(rows.text);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / chunks;
  const scores = new Float64Array(chunks);
  const weights = { text: new Float64Array(numbers.size), path: new Float64Array(numbers.size) };
  const everyChunk = Uint32Array.from({ length: chunks }, (_, chunk) => chunk);

  function weigh(query: TokenQuery, isSet: boolean): void {
    for (const [token, times] of query) {
      const number = numbers.get(token);
      if (number === undefined) continue;
      for (const block of ["text", "path"] as const) {
        const frequency = frequencies[block][number] ?? 0;
        weights[block][number] = isSet && frequency > 0 ? queryWeight(times, frequency, chunks) : 0;
      }
    }
  }

  return {
    note: "exhaustive",
    prepare: (query) => query,
    search(prepared, k) {
      weigh(prepared as TokenQuery, true);
      scores.fill(0);
      addScores(scores, rows.text, weights.text, (chunk) => (lengths[chunk] as number) / mean);
      addScores(scores, rows.path, weights.path, () => pathRelativeLength);
      weigh(prepared as TokenQuery, false);
      return bestHits(scores, everyChunk, k).filter(([, score]) => score > 0);
    },
  };
}

function addScores(
  scores: Float64Array,
  { ends, tokens, counts }: Rows,
  weights: Float64Array,
  relativeLength: (chunk: number) => number,
): void {
  let at = 0;
  for (let chunk = 0; chunk < ends.length; chunk++) {
    let sum = 0;
    for (const end = ends[chunk] as number; at < end; at++) {
      const weight = weights[tokens[at] as number] as number;
      if (weight > 0) sum += weight * saturation(counts[at] as number, relativeLength(chunk));
    }
    scores[chunk] = (scores[chunk] as number) + sum;
  }
}

function rowSums({ ends, counts }: Rows): Float64Array {
  const sums = new Float64Array(ends.length);
  let at = 0;
  for (let row = 0; row < ends.length; row++) {
    for (; at < (ends[row] as number); at++) sums[row] = (sums[row] as number) + (counts[at] as number);
  }
  return sums;
}

/** Typed arrays that grow: a million chunks hold more entries than a JavaScript array should. */
function createColumns() {
  let tokens = new Uint32Array(1024);
  let counts = new Uint8Array(1024);
  let size = 0;
  const ends: number[] = [];
  return {
    add(token: number, count: number): void {
      if (size === tokens.length) {
        const [oldTokens, oldCounts] = [tokens, counts];
        tokens = new Uint32Array(2 * size);
        tokens.set(oldTokens);
        counts = new Uint8Array(2 * size);
        counts.set(oldCounts);
      }
      tokens[size] = token;
      counts[size++] = count;
    },
    endRow: () => void ends.push(size),
    rows: (): Rows => ({ ends: Uint32Array.from(ends), tokens: tokens.slice(0, size), counts: counts.slice(0, size) }),
  };
}
