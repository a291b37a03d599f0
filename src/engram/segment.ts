import { impactOf, pathRelativeLength, usualLength } from "./bm25.ts";
import { chunkLength, type FileRow, rowStart } from "./file-row.ts";
import { createTokenTable, type TokenTable } from "./token-table.ts";

/**
 * Postings of a fixed set of rows: for every token the chunks that hold it, with impacts. Chunks are numbered in the
 * order of the rows, so chunk ids order as (path, line) do.
 */
export interface Segment {
  rows: readonly FileRow[];
  chunkCount: number;
  /** Index into `rows` of each chunk. */
  rowOf: Uint32Array;
  /** Id of each row's first chunk. */
  firstChunk: Uint32Array;
  /** Length of each chunk's text in tokens. */
  lengths: Uint32Array;
  table: TokenTable;
  /** Postings of the token numbered n are entries offsets[n] .. offsets[n + 1] - 1. */
  offsets: Uint32Array;
  chunks: Uint32Array;
  impacts: Uint8Array;
}

/** @param rows in the order of their paths */
export function buildSegment(rows: readonly FileRow[]): Segment {
  const chunkCount = rows.reduce((sum, row) => sum + row.rowEnds.length, 0);
  const segment: Segment = {
    rows,
    chunkCount,
    rowOf: new Uint32Array(chunkCount),
    firstChunk: new Uint32Array(rows.length),
    lengths: new Uint32Array(chunkCount),
    table: createTokenTable(),
    offsets: new Uint32Array(0),
    chunks: new Uint32Array(0),
    impacts: new Uint8Array(0),
  };
  numberChunks(segment);
  fillPostings(segment);
  return segment;
}

/** First posting and number of postings of a token; both 0 where no chunk holds it. */
export function postingsOf(segment: Segment, token: number): { offset: number; length: number } {
  const number = segment.table.find(token);
  if (number < 0) return { offset: 0, length: 0 };
  const offset = segment.offsets[number] as number;
  return { offset, length: (segment.offsets[number + 1] as number) - offset };
}

function numberChunks({ rows, firstChunk, rowOf, lengths }: Segment): void {
  let id = 0;
  for (const [index, row] of rows.entries()) {
    firstChunk[index] = id;
    for (let chunk = 0; chunk < row.rowEnds.length; chunk++, id++) {
      rowOf[id] = index;
      lengths[id] = chunkLength(row, chunk);
    }
  }
}

/** A counting sort by token: number every posting's token, count, turn counts into offsets, place. */
function fillPostings(segment: Segment): void {
  const { rows, table } = segment;
  const total = rows.reduce((sum, row) => sum + row.tokens.length + row.rowEnds.length * row.pathTokens.length, 0);
  const numbers = new Uint32Array(total);
  let at = 0;
  eachPosting(segment, (token) => (numbers[at++] = table.intern(token)));
  segment.offsets = new Uint32Array(table.size() + 1);
  for (const number of numbers) segment.offsets[number + 1] = (segment.offsets[number + 1] as number) + 1;
  for (let n = 0; n < table.size(); n++) {
    segment.offsets[n + 1] = (segment.offsets[n + 1] as number) + (segment.offsets[n] as number);
  }
  segment.chunks = new Uint32Array(total);
  segment.impacts = new Uint8Array(total);
  const next = segment.offsets.slice();
  at = 0;
  eachPosting(segment, (_token, chunk, count, relativeLength) => {
    const number = numbers[at++] as number;
    const place = next[number] as number;
    next[number] = place + 1;
    segment.chunks[place] = chunk;
    segment.impacts[place] = impactOf(count, relativeLength);
  });
}

type VisitPosting = (token: number, chunk: number, count: number, relativeLength: number) => void;

function eachPosting({ rows, firstChunk, lengths }: Segment, visit: VisitPosting): void {
  for (const [index, row] of rows.entries()) {
    for (let chunk = 0; chunk < row.rowEnds.length; chunk++) {
      const id = (firstChunk[index] as number) + chunk;
      const relativeLength = (lengths[id] as number) / usualLength;
      const end = row.rowEnds[chunk] as number;
      for (let i = rowStart(row, chunk); i < end; i++) {
        visit(row.tokens[i] as number, id, row.counts[i] as number, relativeLength);
      }
      for (let i = 0; i < row.pathTokens.length; i++) {
        visit(row.pathTokens[i] as number, id, row.pathCounts[i] as number, pathRelativeLength);
      }
    }
  }
}
