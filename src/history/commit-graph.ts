import { git } from "../shared/git.ts";

/** Commits by number, in memory: about 300 bytes each. */
export interface CommitGraph {
  /** Number of a commit id. */
  numbers: Map<string, number>;
  ids: string[];
  /** Numbers of the parents, first parent first. None for roots, and where a shallow clone ends. */
  parents: (readonly number[])[];
  /** Committer times, seconds since 1970. */
  times: number[];
  authors: string[];
  subjects: string[];
}

export function emptyGraph(): CommitGraph {
  return { numbers: new Map(), ids: [], parents: [], times: [], authors: [], subjects: [] };
}

/**
 * Adds what these commits descend from, with one `git log` over commits alone: no tree and no file is read.
 * @param known a commit whose past the graph already holds, so that git need not walk it again
 */
export async function extendGraph(
  graph: CommitGraph,
  gitDir: string,
  tips: readonly string[],
  { known, signal }: { known?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const input = [...tips, ...(known === undefined ? [] : [`^${known}`])].join("\n") + "\n";
  const format = "--format=%H %P%x00%ct%x00%an%x00%s";
  const output = await git(gitDir, ["log", "-z", "--no-show-signature", format, "--stdin"], { input, signal });
  const fields = output.toString("utf8").split("\0");
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [id = "", ...parents] = (fields[at] ?? "").split(" ").filter(Boolean);
    const number = numberOf(graph, id);
    graph.parents[number] = parents.map((parent) => numberOf(graph, parent));
    graph.times[number] = Number(fields[at + 1]);
    graph.authors[number] = fields[at + 2] ?? "";
    graph.subjects[number] = fields[at + 3] ?? "";
  }
}

/** A parent is named before it is read. */
function numberOf(graph: CommitGraph, id: string): number {
  let number = graph.numbers.get(id);
  if (number === undefined) {
    number = graph.ids.length;
    graph.numbers.set(id, number);
    graph.ids.push(id);
    graph.parents.push([]);
    graph.times.push(0);
    graph.authors.push("");
    graph.subjects.push("");
  }
  return number;
}
