import { queryWeight, saturation } from "../bm25.ts";
import type { ChunkHit, EngramView, SearchOptions } from "../engram.ts";
import { chunkLength, type FileRow, rowStart } from "../file-row.ts";
import type { ChangeSides } from "./change-vector.ts";
import { difference, type IntegerVector, positivePart } from "./token-vector.ts";

/** How many times more chunks are looked at than are asked for: those that the change already reached are among them. */
const lookedAt = 5;

/**
 * "Changed here, not there": chunks that hold what a change took away and lack what it put in its place. The removed lines
 * find them; then what −Δ holds against them, the words that only the added lines have, is taken off by the same BM25, so
 * that a chunk that was changed in the same way falls behind. (−Δ alone would leave out the words that both sides share, and
 * finds less than the removed lines do: docs/algebra.md.)
 * @returns best first; the score is Σ value(token) · weight · saturation over the tokens of the chunk
 */
export function notChangedThere(view: EngramView, { removed, added }: ChangeSides, options: SearchOptions): ChunkHit[] {
  const sought = difference(removed, positivePart(difference(added, removed)));
  const { chunks, length } = view.info();
  const weights = weigh(sought, view.frequencies(sought.tokens), chunks);
  const rows = new Map<string, FileRow | null>();
  const hits = view.searchVector(sought, { ...options, k: lookedAt * options.k }).map((hit) => {
    if (!rows.has(hit.path)) rows.set(hit.path, view.row(hit.path));
    const row = rows.get(hit.path) ?? null;
    const chunk = row?.startLines.indexOf(hit.startLine) ?? -1;
    return { ...hit, score: row === null || chunk < 0 ? 0 : scoreOf(row, chunk, weights, length / chunks) };
  });
  const found = hits.filter(({ score }) => score > 0);
  return found.sort((a, b) => b.score - a.score).slice(0, options.k); // stable: equals stay in the search's order
}

function weigh({ tokens, values }: IntegerVector, frequencies: Uint32Array, chunks: number): Map<number, number> {
  const weights = new Map<number, number>();
  for (let i = 0; i < tokens.length; i++) {
    const frequency = frequencies[i] as number;
    if (frequency > 0) weights.set(tokens[i] as number, (values[i] as number) * queryWeight(1, frequency, chunks));
  }
  return weights;
}

function scoreOf(row: FileRow, chunk: number, weights: ReadonlyMap<number, number>, meanLength: number): number {
  const relativeLength = chunkLength(row, chunk) / meanLength;
  let score = 0;
  for (let i = rowStart(row, chunk); i < (row.rowEnds[chunk] as number); i++) {
    const weight = weights.get(row.tokens[i] as number) ?? 0;
    if (weight !== 0) score += weight * saturation(row.counts[i] as number, relativeLength);
  }
  return score;
}
