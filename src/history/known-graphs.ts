import { GitError } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import { type CommitGraph, emptyGraph, extendGraph } from "./commit-graph.ts";
import { keepCommits } from "./pull-refs.ts";

/** The commit graph of one repository, kept in memory: git walks only what is new. */
export interface KnownGraph {
  /** Reads the pasts of these commits, and tells which of `heads` are no commits that git holds. */
  extend(
    gitDir: string,
    defaultCommit: string,
    heads: readonly string[],
    signal?: AbortSignal,
  ): Promise<{ graph: CommitGraph; unreadable: ReadonlySet<string> }>;
}

/** Graphs by key, those last used. */
export function createKnownGraphs(): { of(key: string): KnownGraph; clear(): void } {
  const graphs = new Map<string, KnownGraph>();
  return {
    of(key) {
      const graph = graphs.get(key) ?? createKnownGraph();
      graphs.delete(key);
      graphs.set(key, graph);
      const [oldest] = graphs.keys();
      if (graphs.size > limits.pullGraphs && oldest !== undefined) graphs.delete(oldest);
      return graph;
    },
    clear: () => graphs.clear(),
  };
}

function createKnownGraph(): KnownGraph {
  let graph = emptyGraph();
  let known: string | undefined;

  return {
    async extend(gitDir, defaultCommit, heads, signal) {
      const fresh = [...new Set([defaultCommit, ...heads])].filter((head) => !graph.numbers.has(head));
      const commits = await keepCommits(gitDir, fresh, signal);
      const unreadable = new Set(fresh.filter((head) => !commits.has(head)));
      const tips = fresh.filter((head) => commits.has(head));
      try {
        if (tips.length > 0) await extendGraph(graph, gitDir, tips, { known, signal });
      } catch (error) {
        if (!(error instanceof GitError) || known === undefined) throw error;
        // A default branch that was forced elsewhere may be gone altogether.
        graph = emptyGraph();
        await extendGraph(
          graph,
          gitDir,
          [defaultCommit, ...heads].filter((head) => !unreadable.has(head)),
          { signal },
        );
      }
      known = defaultCommit;
      return { graph, unreadable };
    },
  };
}
