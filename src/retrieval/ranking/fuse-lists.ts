import type { Contribution } from "../evidence.ts";
import type { RankedFile } from "../ranked-file.ts";
import { bestOf, type FileScores } from "./file-scores.ts";

export type ListSource = "code" | "paths" | "history" | "graph";

/** One way of looking at the files of a tree. `scores` finds files; `value` (0..1) weighs those that others found. */
export type FileList =
  | { name: string; source: ListSource; scores: FileScores }
  | { name: string; source: ListSource; value: (path: string) => number };

/** What a place in a list counts (`rank`), and what a score counts relative to the list's best (`score`). */
export interface ListWeight {
  rank?: number;
  score?: number;
}

/** Places of a list that count. */
export const listDepth = 100;
const rankConstant = 20;

/** 1 for the first place, falling with the rank (Cormack, Clarke and Büttcher 2009). */
export function reciprocalRank(rank: number): number {
  return (rankConstant + 1) / (rankConstant + rank);
}

/**
 * Weighted sum over all lists of reciprocal ranks and relative scores. 1 would be the first of every list. Ranks alone lose
 * how far a list's first is ahead, scores alone let one list's outlier decide. Best first, ties by path.
 */
export function fuseLists(
  lists: readonly FileList[],
  weights: Readonly<Record<string, ListWeight>>,
  { k, filter }: { k: number; filter?: ((path: string) => boolean) | undefined },
): RankedFile[] {
  const perfect = lists.reduce((sum, { name }) => sum + (weights[name]?.rank ?? 0) + (weights[name]?.score ?? 0), 0);
  const found = new Map<string, RankedFile>();
  const add = (path: string, contribution: Contribution) => {
    const file = found.get(path) ?? { path, score: 0, contributions: [] };
    file.score += contribution.share;
    file.contributions.push(contribution);
    found.set(path, file);
  };
  for (const list of lists) {
    const weight = weights[list.name];
    if (weight === undefined || !("scores" in list)) continue;
    const best = bestOf(list.scores, Infinity).filter(([path]) => filter === undefined || filter(path));
    const most = best[0]?.[1] ?? 1;
    for (const [i, [path, score]] of best.slice(0, listDepth).entries()) {
      const share = (weight.rank ?? 0) * reciprocalRank(i + 1) + (weight.score ?? 0) * (score / most);
      if (share > 0) add(path, { list: list.name, rank: i + 1, share: share / perfect });
    }
  }
  const candidates = [...found.keys()];
  for (const list of lists) {
    const weight = weights[list.name]?.score ?? 0;
    if (weight === 0 || !("value" in list)) continue;
    const values: FileScores = new Map(candidates.map((path) => [path, list.value(path)]));
    for (const [i, [path, value]] of bestOf(values, Infinity).entries()) {
      if (value > 0) add(path, { list: list.name, rank: i + 1, share: (weight * value) / perfect });
    }
  }
  const ranked = [...found.values()].sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1)).slice(0, k);
  for (const { contributions } of ranked) contributions.sort((a, b) => b.share - a.share);
  return ranked;
}
