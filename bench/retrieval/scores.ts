import { createRandom, mean, quantile } from "../statistics.ts";

/** How well one ranking answers one query. */
export interface Score {
  /** Share of the relevant files among the first five, the first ten. */
  r5: number;
  r10: number;
  /** One over the place of the first relevant file; 0 below the first ten. */
  mrr: number;
}

export const measures = ["r5", "r10", "mrr"] as const satisfies readonly (keyof Score)[];

/** Places that are looked at. */
const places = 10;

/** @param own the file that the query was taken from: no answer */
export function scoreOf(ranked: readonly string[], relevant: readonly string[], own: string | null): Score {
  const wanted = new Set(relevant);
  const first = ranked.filter((path) => path !== own).slice(0, places);
  const found = (count: number) => first.slice(0, count).filter((path) => wanted.has(path)).length / wanted.size;
  const rank = first.findIndex((path) => wanted.has(path));
  return { r5: found(5), r10: found(10), mrr: rank < 0 ? 0 : 1 / (rank + 1) };
}

export function meanScore(scores: readonly Score[]): Score {
  const average = (measure: keyof Score) => mean(scores.map((score) => score[measure]));
  return { r5: average("r5"), r10: average("r10"), mrr: average("mrr") };
}

/** A difference of two methods on one query. */
export interface Difference {
  /** Queries of one commit stand or fall together. */
  commit: string;
  value: number;
}

const resamples = 2_000;

/**
 * Bounds between which 95 % of the means lie when commits are drawn anew with replacement (paired bootstrap, Efron 1979;
 * by commit, because a commit's queries are not independent). Of several repositories each draws its own commits, and all
 * count alike. NaN where there is nothing.
 */
export function bootstrapInterval(repositories: readonly (readonly Difference[])[]): [low: number, high: number] {
  const clusters = repositories.map(byCommit).filter((each) => each.length > 0);
  const random = createRandom(1);
  const means = Array.from({ length: clusters.length === 0 ? 0 : resamples }, () =>
    mean(clusters.map((each) => meanOfDraw(each, random))),
  );
  return [quantile(means, 0.025), quantile(means, 0.975)];
}

interface Cluster {
  sum: number;
  count: number;
}

function byCommit(differences: readonly Difference[]): Cluster[] {
  const clusters = new Map<string, Cluster>();
  for (const { commit, value } of differences) {
    const cluster = clusters.get(commit) ?? { sum: 0, count: 0 };
    cluster.sum += value;
    cluster.count++;
    clusters.set(commit, cluster);
  }
  return [...clusters.values()];
}

function meanOfDraw(clusters: readonly Cluster[], random: () => number): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < clusters.length; i++) {
    const cluster = clusters[Math.floor(random() * clusters.length)];
    sum += cluster?.sum ?? 0;
    count += cluster?.count ?? 0;
  }
  return sum / count;
}
