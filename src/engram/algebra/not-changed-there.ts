import type { ChunkHit, EngramView, SearchOptions } from "../engram.ts";
import type { FileRow } from "../file-row.ts";
import { chunkVectorOf, cosine, type IntegerVector, negate, type Metric } from "./token-vector.ts";

/** How many times more chunks are looked at than are asked for. */
const lookedAt = 5;

/**
 * "Changed here, not there": chunks that are like what a change took away and unlike what it put in its place. −Δ finds
 * them by its positive part, then its whole is compared with each: a chunk that was changed in the same way falls behind.
 * @param delta after − before, of plain tokens (`changeVector`)
 * @returns the best first; the score is the cosine of the chunk with −Δ
 */
export function notChangedThere(view: EngramView, delta: IntegerVector, options: SearchOptions): ChunkHit[] {
  const sought = negate(delta);
  const metric = metricOf(view, delta.tokens);
  const rows = new Map<string, FileRow | null>();
  const hits = view.searchVector(sought, { ...options, k: lookedAt * options.k }).map((hit) => {
    if (!rows.has(hit.path)) rows.set(hit.path, view.row(hit.path));
    const row = rows.get(hit.path);
    const chunk = row?.startLines.indexOf(hit.startLine) ?? -1;
    const score = row && chunk >= 0 ? overlap(sought, chunkVectorOf(row, chunk, ["text"]), metric) : 0;
    return { ...hit, score };
  });
  const found = hits.filter(({ score }) => score > 0);
  return found.sort((a, b) => b.score - a.score).slice(0, options.k); // stable: equals stay in the search's order
}

/** Of the chunk only what the change speaks of: its other tokens say nothing about whether it was changed. */
function overlap(sought: IntegerVector, chunk: IntegerVector, metric: Metric): number {
  const spoken = new Set(sought.tokens);
  const kept = [...chunk.tokens.keys()].filter((i) => spoken.has(chunk.tokens[i] as number));
  const part = {
    tokens: Uint32Array.from(kept, (i) => chunk.tokens[i] as number),
    values: Int32Array.from(kept, (i) => chunk.values[i] as number),
  };
  return cosine(sought, part, metric);
}

function metricOf(view: EngramView, tokens: Uint32Array): Metric {
  const frequencies = view.frequencies(tokens);
  const { chunks } = view.info();
  const weights = new Map<number, number>();
  for (let i = 0; i < tokens.length; i++) {
    const frequency = frequencies[i] as number;
    weights.set(tokens[i] as number, Math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5)));
  }
  return { weightOf: (token) => weights.get(token) ?? 0, squareRoots: true };
}
