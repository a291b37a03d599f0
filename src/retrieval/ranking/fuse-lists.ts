import type { Contribution } from "../evidence.ts";
import type { RankedFile } from "../ranked-file.ts";
import { bestOf, type FileScores } from "./file-scores.ts";

export type ListSource = "code" | "paths" | "history" | "graph";

/** One way of looking at the files of a tree. `scores` finds files; `value` (0..1) weighs those that others found. */
export type FileList =
  | { name: string; source: ListSource; scores: FileScores }
  | { name: string; source: ListSource; value: (path: string) => number };

/** What the first of a list counts, by the list's name. A list without a weight counts nothing. */
export type ListWeights = Readonly<Record<string, number>>;

/** Files of a list that count: further down its scores say nothing. */
const listDepth = 60;

/**
 * Weighted sum over all lists of the squares of their scores, each relative to the list's best: 1 would be the first of every
 * list. Squares, because only what comes close to the best says something. On repositories that had no part in it this found
 * 1 to 2 of a hundred files more than the scores themselves, and 2 to 3 more than reciprocal ranks, which lose how far a
 * list's first is ahead. Best first, ties by path.
 */
export function fuseLists(
  lists: readonly FileList[],
  weights: ListWeights,
  { k, filter }: { k: number; filter?: ((path: string) => boolean) | undefined },
): RankedFile[] {
  const perfect = lists.reduce((sum, { name }) => sum + (weights[name] ?? 0), 0);
  const found = new Map<string, RankedFile>();
  for (const list of lists) {
    const weight = weights[list.name] ?? 0;
    if (weight === 0 || !("scores" in list)) continue;
    const kept = new Map([...list.scores].filter(([path]) => filter === undefined || filter(path)));
    const best = bestOf(kept, listDepth);
    const most = best[0]?.[1] ?? 1;
    for (const [i, [path, score]] of best.entries()) {
      const file = found.get(path) ?? { path, score: 0, contributions: [] };
      add(file, { list: list.name, rank: i + 1, share: (weight * (score / most) ** 2) / perfect });
      found.set(path, file);
    }
  }
  const weighed = lists.flatMap((list) => {
    const weight = weights[list.name] ?? 0;
    if (weight === 0 || !("value" in list)) return [];
    const values = new Map(Array.from(found.keys(), (path) => [path, list.value(path)]));
    for (const [path, file] of found) file.score += (weight * (values.get(path) ?? 0)) / perfect;
    return [{ name: list.name, weight, values }];
  });
  const ranked = [...found.values()].sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1)).slice(0, k);
  for (const file of ranked) {
    for (const { name, weight, values } of weighed) {
      const value = values.get(file.path) ?? 0;
      if (value > 0)
        file.contributions.push({ list: name, rank: rankOf(value, values), share: (weight * value) / perfect });
    }
    file.contributions.sort((a, b) => b.share - a.share);
  }
  return ranked;
}

function add(file: RankedFile, contribution: Contribution): void {
  file.score += contribution.share;
  file.contributions.push(contribution);
}

function rankOf(value: number, values: ReadonlyMap<string, number>): number {
  let rank = 1;
  for (const other of values.values()) if (other > value) rank++;
  return rank;
}
