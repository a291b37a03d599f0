/** Files by one way of looking: scores above 0, comparable within one list only. */
export type FileScores = Map<string, number>;

export function addScore(scores: FileScores, path: string, score: number): void {
  scores.set(path, (scores.get(path) ?? 0) + score);
}

/** The best files with their scores; ties by path. */
export function bestOf(scores: ReadonlyMap<string, number>, k: number): [path: string, score: number][] {
  // Lists are long and few files of them count: what cannot be among these is not sorted.
  const least = scores.size > k ? Float64Array.from(scores.values()).sort().at(-k) : undefined;
  const candidates = least === undefined ? [...scores] : [...scores].filter(([, score]) => score >= least);
  return candidates.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, k);
}

/** The best files, weighted from 1 for the first downwards: where a walk or an expansion starts from. */
export function seedsOf(scores: ReadonlyMap<string, number>, k: number): [path: string, weight: number][] {
  const best = bestOf(scores, k);
  const most = best[0]?.[1] ?? 1;
  return best.map(([path, score]) => [path, score / most]);
}

/** Several lists by their places alone (reciprocal rank): good enough to choose seeds. */
export function joinByRank(lists: readonly (readonly [scores: FileScores, weight: number])[]): FileScores {
  const joined: FileScores = new Map();
  for (const [scores, weight] of lists) {
    for (const [i, [path]] of bestOf(scores, seedDepth).entries()) addScore(joined, path, weight / (20 + i));
  }
  return joined;
}

/** Places of a list that may become seeds. */
const seedDepth = 100;
