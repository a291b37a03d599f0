import type { EngramView } from "../../engram/engram.ts";
import type { CodeGraph, GraphNeighbour } from "../code-graph.ts";
import { createNameTies, type Ties } from "./name-ties.ts";
import { pushPageRank } from "./page-rank.ts";

/**
 * The code graph of a tree. Opening it costs nothing: ties of a file are read when a question reaches it, and kept as long
 * as the graph. A function of the tree: over a change that is laid over an engram it is the graph of the joint tree.
 */
export function openCodeGraph(view: EngramView): CodeGraph {
  const nameTies = createNameTies(view);
  const ties = remember(nameTies);
  const around = remember((path) => heaviestFirst(both(ties(path))));
  return {
    users: (path) => heaviestFirst(ties(path).users),
    uses: (path) => heaviestFirst(ties(path).uses),
    rank(seeds, k) {
      const ranked = [...pushPageRank(seeds, around)].map(([path, score]) => ({ path, score }));
      return ranked.sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1)).slice(0, k);
    },
  };
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

function remember<T>(read: (path: string) => T): (path: string) => T {
  const known = new Map<string, T>();
  return (path) => {
    let value = known.get(path);
    if (value === undefined) known.set(path, (value = read(path)));
    return value;
  };
}
