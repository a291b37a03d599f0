import { queryWeight, saturation } from "../engram/bm25.ts";
import type { ChunkHit, Engram, SearchOptions } from "../engram/engram.ts";
import { chunkLength, type FileRow, rowStart } from "../engram/file-row.ts";

/**
 * How much of a text an engram holds, 0 to 1: the text is cut into chunks as a file of that name would be, and for each the
 * score of its best hit is divided by the score that the chunk has for itself; sums over the chunks, so that long ones
 * weigh more. Scores are BM25 of the text alone, paths left out, and no hit counts more than the chunk itself. A text that
 * the engram holds has 1, one that shares no word with it 0. A token that the engram does not know weighs like the rarest.
 * @param name says by its ending which grammar cuts the text
 */
export async function similarityOf(
  engram: Engram,
  text: string,
  name: string,
  options: Omit<SearchOptions, "k" | "paths"> = {},
): Promise<number> {
  const { chunks, length } = engram.info();
  const own = await engram.overlay(new Map([[name, text]]), "query");
  const row = own.row(name);
  if (row === null || chunks === 0) return 0;
  const lines = text.split("\n");
  let found = 0;
  let most = 0;
  for (const [i, { startLine, endLine }] of own.chunks(name).entries()) {
    const self = scoreOfItself(engram, row, i, chunks, length / chunks);
    const query = lines.slice(startLine - 1, endLine).join("\n");
    const [best] = engram.search(query, { ...options, k: 1, paths: false });
    found += Math.min(best?.score ?? 0, self);
    most += self;
  }
  return most === 0 ? 0 : found / most;
}

/** The text of a hit, or null where the engram has not kept it. */
export function textOfHit(engram: Engram, { path, startLine, endLine }: ChunkHit): string | null {
  const text = engram.text(path);
  return text === null
    ? null
    : text
        .split("\n")
        .slice(startLine - 1, endLine)
        .join("\n");
}

/** Exact BM25 of a chunk whose query is the chunk. */
function scoreOfItself(engram: Engram, row: FileRow, chunk: number, chunks: number, meanLength: number): number {
  const start = rowStart(row, chunk);
  const tokens = row.tokens.slice(start, row.rowEnds[chunk]);
  const frequencies = engram.frequencies(tokens);
  const relativeLength = chunkLength(row, chunk) / meanLength;
  let score = 0;
  for (let i = 0; i < tokens.length; i++) {
    const count = row.counts[start + i] as number;
    const weight = queryWeight(count, Math.max(1, frequencies[i] as number), chunks);
    score += weight * saturation(count, relativeLength);
  }
  return score;
}
