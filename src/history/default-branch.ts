import type { CommitGraph } from "./commit-graph.ts";
import { pullNumberOf } from "./past-commit.ts";

/** The default branch as its first parents tell it: which commit of that line brought which other commits in. */
export interface DefaultBranch {
  /** For each commit of the graph the place on the line (oldest is 0) that brought it in; -1 where none did. */
  arrivals: Int32Array;
  /** First parents of the newest commit, oldest first. */
  line: number[];
  /** Merges of the branch by the commits that they merged (all parents but the first). */
  mergesOf: ReadonlyMap<number, readonly number[]>;
  /** The oldest commit of the branch whose subject says that it brought a pull request in, by the number said. */
  broughtIn: ReadonlyMap<number, number>;
}

export function readDefaultBranch(graph: CommitGraph, newest: number): DefaultBranch {
  const line = firstParents(graph, newest).reverse();
  const arrivals = new Int32Array(graph.ids.length).fill(-1);
  const mergesOf = new Map<number, number[]>();
  const broughtIn = new Map<number, number>();
  for (const [place, commit] of line.entries()) {
    for (const arrived of newcomers(graph, commit, arrivals)) {
      arrivals[arrived] = place;
      for (const merged of (graph.parents[arrived] ?? []).slice(1)) {
        mergesOf.set(merged, [...(mergesOf.get(merged) ?? []), arrived]);
      }
      const pull = pullNumberOf(graph.subjects[arrived] ?? "");
      if (pull !== null && !isOlder(graph, broughtIn.get(pull), arrived)) broughtIn.set(pull, arrived);
    }
  }
  return { line, arrivals, mergesOf, broughtIn };
}

function firstParents(graph: CommitGraph, newest: number): number[] {
  const line: number[] = [];
  for (let commit: number | undefined = newest; commit !== undefined; commit = graph.parents[commit]?.[0]) {
    line.push(commit);
  }
  return line;
}

/** The commit and what it descends from, as far as nothing older brought it in. */
function newcomers(graph: CommitGraph, commit: number, arrivals: Int32Array): number[] {
  const found = new Set([commit]);
  for (const next of found) {
    for (const parent of graph.parents[next] ?? []) if (arrivals[parent] === -1) found.add(parent);
  }
  return [...found];
}

function isOlder(graph: CommitGraph, commit: number | undefined, than: number): boolean {
  return commit !== undefined && (graph.times[commit] ?? 0) <= (graph.times[than] ?? 0);
}
