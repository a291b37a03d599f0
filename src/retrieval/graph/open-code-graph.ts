import type { EngramView } from "../../engram/engram.ts";
import type { CodeGraph, GraphNeighbour } from "../code-graph.ts";
import { createNameTies, type Ties } from "./name-ties.ts";
import { createImportTies } from "./import-ties.ts";
import { pushPageRank } from "./page-rank.ts";
import { remember } from "./remember.ts";

/**
 * The code graph of a tree. Opening it costs nothing: ties of a file are read when a question reaches it, and kept as long
 * as the graph. A function of the tree: over a change that is laid over an engram it is the graph of the joint tree.
 */
export function openCodeGraph(view: EngramView): CodeGraph {
  const named = remember(createNameTies(view));
  const imported = createImportTies(view);
  const importWeight = Math.log(1 + view.info().indexedFiles / 2) ** 2;
  const ties = remember((path: string) => addTies(named(path), imported(path), importWeight));
  const around = remember((path: string) => heaviestFirst(both(named(path))));
  return {
    users: (path) => heaviestFirst(ties(path).users),
    uses: (path) => heaviestFirst(ties(path).uses),
    rank(seeds, k) {
      // Imports are read from texts, which takes longer than all else: around the seeds they weigh, further out hardly.
      const step = (path: string) => (seeds.has(path) ? heaviestFirst(both(ties(path))) : around(path));
      const ranked = [...pushPageRank(seeds, step)].map(([path, score]) => ({ path, score }));
      return ranked.sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1)).slice(0, k);
    },
  };
}

/** @param times weight of a tie of the second against the first */
function addTies(first: Ties, second: Ties, times: number): Ties {
  const joint = { users: new Map(first.users), uses: new Map(first.uses) };
  for (const side of ["users", "uses"] as const) {
    for (const [path, weight] of second[side]) joint[side].set(path, (joint[side].get(path) ?? 0) + times * weight);
  }
  return joint;
}

function both({ users, uses }: Ties): Map<string, number> {
  const joint = new Map(users);
  for (const [path, weight] of uses) joint.set(path, (joint.get(path) ?? 0) + weight);
  return joint;
}

function heaviestFirst(ties: ReadonlyMap<string, number>): GraphNeighbour[] {
  const list = Array.from(ties, ([path, weight]) => ({ path, weight }));
  return list.sort((a, b) => b.weight - a.weight || (a.path < b.path ? -1 : 1));
}
