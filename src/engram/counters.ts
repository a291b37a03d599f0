import { chunkLength, type FileRow, roleStart, rowStart } from "./file-row.ts";

/** Integer statistics of a set of rows. They add up, so an update costs what it changes and stays exact. */
export interface Counters {
  files: number;
  indexedFiles: number;
  chunks: number;
  /** Sum of the chunks' lengths in tokens. */
  length: number;
  /**
   * In how many chunks each token id stands; path tokens count once for every chunk of their file. Never zero: a
   * frequency that comes to zero is dropped.
   */
  documentFrequency: Map<number, number>;
}

export function noCounters(): Counters {
  return { files: 0, indexedFiles: 0, chunks: 0, length: 0, documentFrequency: new Map() };
}

/** Adds a row in place, or with -1 takes it back. */
export function countRow(counters: Counters, row: FileRow, times: 1 | -1): void {
  const chunks = row.rowEnds.length;
  counters.files += times;
  counters.indexedFiles += row.skipped === null ? times : 0;
  counters.chunks += times * chunks;
  for (let chunk = 0; chunk < chunks; chunk++) {
    counters.length += times * chunkLength(row, chunk);
    countEntries(counters, row.tokens, rowStart(row, chunk), row.rowEnds[chunk] as number, times);
    countEntries(counters, row.roleTokens, roleStart(row, chunk), row.roleEnds[chunk] as number, times);
  }
  if (chunks > 0) countEntries(counters, row.pathTokens, 0, row.pathTokens.length, times * chunks);
}

/** `a + sign · b`. */
export function addCounters(a: Counters, b: Counters, sign: 1 | -1): Counters {
  const sum: Counters = {
    files: a.files + sign * b.files,
    indexedFiles: a.indexedFiles + sign * b.indexedFiles,
    chunks: a.chunks + sign * b.chunks,
    length: a.length + sign * b.length,
    documentFrequency: new Map(a.documentFrequency),
  };
  for (const [token, frequency] of b.documentFrequency) count(sum, token, sign * frequency);
  return sum;
}

function countEntries(counters: Counters, tokens: Uint32Array, start: number, end: number, times: number): void {
  for (let i = start; i < end; i++) count(counters, tokens[i] as number, times);
}

function count({ documentFrequency }: Counters, token: number, times: number): void {
  const sum = (documentFrequency.get(token) ?? 0) + times;
  if (sum === 0) documentFrequency.delete(token);
  else documentFrequency.set(token, sum);
}
