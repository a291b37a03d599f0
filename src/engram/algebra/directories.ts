import type { FileRow } from "../file-row.ts";
import { comparePaths } from "../paths.ts";
import {
  cosine,
  difference,
  fileVector,
  innerProduct,
  type IntegerVector,
  type Metric,
  negate,
  sum,
  zeroVector,
} from "./token-vector.ts";

/**
 * Directories as sums: each is the sum of its files' text vectors, without those of directories below it. Compared under
 * inverse document frequency, because raw sums all look alike: words that stand everywhere hold most of their length.
 */
export interface DirectorySums {
  sums: Map<string, { vector: IntegerVector; files: number }>;
  /** In how many files each token stands. */
  frequencies: Map<number, number>;
  files: number;
}

export interface DirectoryHit {
  directory: string;
  /** Cosine, at most 1. */
  score: number;
}

export interface DirectoryChange {
  directory: string;
  /** Length of after − before under the metric. */
  moved: number;
  /** The same as a share of the longer of both: 0 where nothing changed, up to √2 where nothing is left of it. */
  share: number;
  filesBefore: number;
  filesAfter: number;
  /** For a directory that is gone: the new one that is most like it, from 0 to 1. */
  becomes: DirectoryHit | null;
}

/** Folder of a path; "" for the root. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function sumDirectories(rows: Iterable<FileRow>): DirectorySums {
  const members = new Map<string, IntegerVector[]>();
  const frequencies = new Map<number, number>();
  let files = 0;
  for (const row of rows) {
    if (row.rowEnds.length === 0) continue;
    const vector = fileVector(row, ["text"]);
    const directory = directoryOf(row.path);
    const known = members.get(directory);
    if (known === undefined) members.set(directory, [vector]);
    else known.push(vector);
    for (const token of vector.tokens) frequencies.set(token, (frequencies.get(token) ?? 0) + 1);
    files++;
  }
  const sums = [...members].map(([directory, vectors]): [string, { vector: IntegerVector; files: number }] => [
    directory,
    { vector: sum(vectors), files: vectors.length },
  ]);
  return { sums: new Map(sums), frequencies, files };
}

/**
 * The directories that a file is most like, best first. A file that is one of the summed ones is taken out first (`held`):
 * its vector is subtracted from its directory and from the frequencies, exactly as if it had never been there.
 * @param least directories with fewer other files are no answer
 */
export function directoriesFor(
  { sums, frequencies, files }: DirectorySums,
  vector: IntegerVector,
  { held, least = 1 }: { held?: string; least?: number } = {},
): DirectoryHit[] {
  const out = held === undefined ? 0 : 1;
  const own = new Set(held === undefined ? [] : vector.tokens);
  const weightOf = (token: number) =>
    idf((frequencies.get(token) ?? 0) - (own.has(token) ? 1 : 0), Math.max(1, files - out));
  const metric: Metric = { weightOf, squareRoots: true };
  const hits: DirectoryHit[] = [];
  for (const [directory, one] of sums) {
    const isOwn = directory === held;
    if (one.files - (isOwn ? 1 : 0) < least) continue;
    const score = cosine(vector, isOwn ? difference(one.vector, vector) : one.vector, metric);
    if (score > 0) hits.push({ directory, score });
  }
  return hits.sort(byScore);
}

/**
 * Two engrams, or two releases of one, by directory: what moved most comes first; unchanged directories are left out.
 * after − before cancels everything that both hold, file by file or not: moves inside of a directory are no change.
 */
export function compareDirectories(before: DirectorySums, after: DirectorySums): DirectoryChange[] {
  const metric = { weightOf: jointWeights(before, after), squareRoots: true };
  const changes: DirectoryChange[] = [];
  const added: { directory: string; vector: IntegerVector }[] = [];
  for (const [directory, { vector }] of after.sums) if (!before.sums.has(directory)) added.push({ directory, vector });
  for (const directory of new Set([...before.sums.keys(), ...after.sums.keys()])) {
    const [old, now] = [before.sums.get(directory), after.sums.get(directory)];
    const delta = difference(now?.vector ?? zeroVector, old?.vector ?? zeroVector);
    if (delta.tokens.length === 0 && old?.files === now?.files) continue;
    const moved = Math.sqrt(innerProduct(delta, delta, metric));
    const [a, b] = [old?.vector ?? zeroVector, now?.vector ?? zeroVector];
    const longer = Math.sqrt(Math.max(innerProduct(a, a, metric), innerProduct(b, b, metric)));
    changes.push({
      directory,
      moved,
      share: longer === 0 ? 0 : moved / longer,
      filesBefore: old?.files ?? 0,
      filesAfter: now?.files ?? 0,
      becomes: now === undefined ? successor(negate(delta), added, metric) : null,
    });
  }
  return changes.sort((a, b) => b.moved - a.moved || comparePaths(a.directory, b.directory));
}

function successor(
  gone: IntegerVector,
  added: readonly { directory: string; vector: IntegerVector }[],
  metric: Metric,
): DirectoryHit | null {
  const hits = added.map(({ directory, vector }) => ({ directory, score: cosine(gone, vector, metric) }));
  return hits.sort(byScore)[0] ?? null;
}

function jointWeights(a: DirectorySums, b: DirectorySums): (token: number) => number {
  return (token) => idf((a.frequencies.get(token) ?? 0) + (b.frequencies.get(token) ?? 0), a.files + b.files);
}

function idf(frequency: number, files: number): number {
  return Math.log(1 + (files - frequency + 0.5) / (frequency + 0.5));
}

function byScore(a: DirectoryHit, b: DirectoryHit): number {
  return b.score - a.score || comparePaths(a.directory, b.directory);
}
