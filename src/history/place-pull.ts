import { limits } from "../shared/limits.ts";
import type { CommitGraph } from "./commit-graph.ts";
import type { DefaultBranch } from "./default-branch.ts";

/** Where a pull request stands in the commit graph, by the graph's numbers. */
export interface PullPlace {
  base: number;
  finalBase: number;
  /** Own commits, oldest first; never empty. */
  commits: number[];
  mergedAs: number | null;
}

/** Why a ref shows no pull request that anything could be learnt from. */
export type LeftOut = "no-common-base" | "no-own-commits" | "too-many-commits";

/** GitHub writes a merge a moment after the head; committers' clocks may be a day off. */
const clockSlackSeconds = 86_400;

/**
 * Finds where a pull request left the default branch and what is its own, in memory. What the default branch held before
 * the pull request was brought in is not its own, be it merged into it before or after the first own commit.
 */
export function placePull(
  graph: CommitGraph,
  branch: DefaultBranch,
  number: number,
  head: number,
): PullPlace | LeftOut {
  const mergedAs = findMerge(graph, branch, number, head);
  const isDefault = standsBefore(graph, branch, mergedAs);
  const commits: number[] = [];
  let commit: number | undefined = head;
  for (; commit !== undefined && !isDefault(commit); commit = graph.parents[commit]?.[0]) {
    if ((graph.parents[commit] ?? []).length < 2) commits.push(commit);
    if (commits.length > limits.pullCommits) return "too-many-commits";
  }
  if (commit === undefined) return "no-common-base";
  const first = commits.at(-1);
  if (first === undefined) return "no-own-commits";
  const base = newestDefault(graph, branch, graph.parents[first]?.[0], isDefault);
  const finalBase = newestDefault(graph, branch, head, isDefault);
  if (base === null || finalBase === null) return "no-common-base";
  return { base, finalBase, commits: commits.reverse(), mergedAs };
}

/**
 * The commit of the default branch that brought the pull request in: a merge of its head, else a commit whose subject
 * names it, else the commit of the branch's own line that the head came in with.
 */
function findMerge(graph: CommitGraph, branch: DefaultBranch, number: number, head: number): number | null {
  const named = branch.broughtIn.get(number);
  const merges = branch.mergesOf.get(head) ?? [];
  if (named !== undefined && merges.includes(named)) return named;
  const arrival = branch.arrivals[head] ?? -1;
  const late = (graph.times[head] ?? 0) - clockSlackSeconds;
  if (named !== undefined && (graph.times[named] ?? 0) >= late) {
    if (arrival < 0 || (branch.arrivals[named] ?? 0) <= arrival) return named;
  }
  if (arrival < 0) return null;
  const onLine = branch.line[arrival];
  return onLine === undefined || onLine === head ? null : onLine;
}

/** Whether a commit was on the default branch before the given one brought a pull request in; ever, where none did. */
function standsBefore(graph: CommitGraph, branch: DefaultBranch, mergedAs: number | null): (commit: number) => boolean {
  if (mergedAs === null) return (commit) => (branch.arrivals[commit] ?? -1) >= 0;
  const place = branch.arrivals[mergedAs] ?? -1;
  // Side branches that were merged as a whole brought in what was merged into them before.
  const before = new Set<number>();
  const target = graph.parents[mergedAs]?.[0];
  if (target !== undefined && branch.arrivals[target] === place) before.add(target);
  for (const next of before) {
    for (const parent of graph.parents[next] ?? []) if (branch.arrivals[parent] === place) before.add(parent);
  }
  return (commit) => {
    const arrival = branch.arrivals[commit] ?? -1;
    return arrival >= 0 && (arrival < place || before.has(commit));
  };
}

/** The newest of the default branch's commits that a commit descends from, or is. */
function newestDefault(
  graph: CommitGraph,
  { arrivals }: DefaultBranch,
  commit: number | undefined,
  isDefault: (commit: number) => boolean,
): number | null {
  if (commit === undefined) return null;
  let newest: number | null = null;
  const seen = new Set([commit]);
  for (const next of seen) {
    if (!isDefault(next)) {
      for (const parent of graph.parents[next] ?? []) seen.add(parent);
    } else if (newest === null || isNewer(next, newest)) {
      newest = next;
    }
  }
  return newest;

  function isNewer(a: number, b: number): boolean {
    const difference = (arrivals[a] ?? -1) - (arrivals[b] ?? -1);
    return difference > 0 || (difference === 0 && (graph.times[a] ?? 0) > (graph.times[b] ?? 0));
  }
}
