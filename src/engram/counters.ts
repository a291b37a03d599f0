import { chunkLength, type FileRow, rowStart } from "./file-row.ts";

/** Integer statistics of a set of rows. They add up, so an update costs what it changes and stays exact. */
export interface Counters {
  files: number;
  indexedFiles: number;
  chunks: number;
  /** Sum of the chunks' lengths in tokens. */
  length: number;
  /** In how many chunks each token stands, by hash; path tokens count once for every chunk of their file. */
  documentFrequency: Map<number, number>;
}

export function countRows(rows: Iterable<FileRow>): Counters {
  const counters: Counters = { files: 0, indexedFiles: 0, chunks: 0, length: 0, documentFrequency: new Map() };
  for (const row of rows) addRow(counters, row);
  return counters;
}

/** `a + sign · b`. Tokens whose frequency comes to zero are dropped. */
export function addCounters(a: Counters, b: Counters, sign: 1 | -1): Counters {
  const documentFrequency = new Map(a.documentFrequency);
  for (const [token, frequency] of b.documentFrequency) {
    const sum = (documentFrequency.get(token) ?? 0) + sign * frequency;
    if (sum === 0) documentFrequency.delete(token);
    else documentFrequency.set(token, sum);
  }
  return {
    files: a.files + sign * b.files,
    indexedFiles: a.indexedFiles + sign * b.indexedFiles,
    chunks: a.chunks + sign * b.chunks,
    length: a.length + sign * b.length,
    documentFrequency,
  };
}

function addRow(counters: Counters, row: FileRow): void {
  const chunks = row.rowEnds.length;
  counters.files += 1;
  counters.indexedFiles += row.skipped === null ? 1 : 0;
  counters.chunks += chunks;
  for (let chunk = 0; chunk < chunks; chunk++) {
    counters.length += chunkLength(row, chunk);
    const end = row.rowEnds[chunk] as number;
    for (let i = rowStart(row, chunk); i < end; i++) count(counters, row.tokens[i] as number, 1);
  }
  if (chunks > 0) for (const token of row.pathTokens) count(counters, token, chunks);
}

function count({ documentFrequency }: Counters, token: number, times: number): void {
  documentFrequency.set(token, (documentFrequency.get(token) ?? 0) + times);
}
