import { limits } from "../../shared/limits.ts";
import type { GraphNeighbour } from "../code-graph.ts";

/** The walk starts anew with this probability at each step: half of all walks end within one tie of a seed. */
const restart = 0.5;

/**
 * Personalised PageRank by local push (Andersen, Chung and Lang 2006, "Local graph partitioning using PageRank vectors"):
 * only files that the walk reaches are asked for their neighbours, those with the most left to give first. What is left is
 * below `limits.graphResidue` of the whole for each file, or the files pushed are `limits.graphPushes`.
 * @param seeds weights above 0, any sum
 */
export function pushPageRank(
  seeds: ReadonlyMap<string, number>,
  neighboursOf: (path: string) => readonly GraphNeighbour[],
): Map<string, number> {
  const total = [...seeds.values()].reduce((sum, weight) => sum + weight, 0);
  const rank = new Map<string, number>();
  const residue = new Map<string, number>();
  for (const [path, weight] of seeds) if (weight > 0) residue.set(path, weight / total);
  for (let pushes = 0; pushes < limits.graphPushes; pushes++) {
    const path = fullest(residue);
    if (path === null) break;
    const left = residue.get(path) as number;
    residue.delete(path);
    rank.set(path, (rank.get(path) ?? 0) + restart * left);
    const neighbours = neighboursOf(path);
    const weight = neighbours.reduce((sum, neighbour) => sum + neighbour.weight, 0);
    for (const neighbour of neighbours) {
      const share = ((1 - restart) * left * neighbour.weight) / weight;
      residue.set(neighbour.path, (residue.get(neighbour.path) ?? 0) + share);
    }
  }
  // A file that was reached and not asked keeps what it would keep of it.
  for (const [path, left] of residue) rank.set(path, (rank.get(path) ?? 0) + restart * left);
  return rank;
}

/** Of equals the first by path, so that the answer is a function of the tree. */
function fullest(residue: ReadonlyMap<string, number>): string | null {
  let best: string | null = null;
  let most: number = limits.graphResidue;
  for (const [path, left] of residue) {
    if (left > most || (left === most && best !== null && path < best)) [best, most] = [path, left];
  }
  return best;
}
