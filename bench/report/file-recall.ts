import { mean } from "../statistics.ts";

/** Paths, best first. */
export type Ranking = readonly string[];

const first = 10;

/** Share of the relevant files among the first ten. */
export function fileRecall(relevant: readonly string[], ranking: Ranking): number {
  const found = new Set(ranking.slice(0, first));
  return relevant.filter((path) => found.has(path)).length / relevant.length;
}

/** Means, and the paired difference to ours with two standard errors. */
export function summarise(pairs: readonly { here: number; ours: number }[]): Record<string, number> {
  const differences = pairs.map(({ here, ours }) => here - ours);
  const middle = mean(differences);
  const variance = mean(differences.map((each) => (each - middle) ** 2));
  return {
    mean: mean(pairs.map(({ here }) => here)),
    difference: middle,
    margin: 2 * Math.sqrt(variance / pairs.length),
  };
}

/** Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009) of several rankings, with a constant of 20. */
export function reciprocalRanks(rankings: readonly Ranking[]): Ranking {
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    for (const [rank, path] of ranking.entries()) scores.set(path, (scores.get(path) ?? 0) + 1 / (20 + rank + 1));
  }
  return [...scores].sort((a, b) => b[1] - a[1]).map(([path]) => path);
}
