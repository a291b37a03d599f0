import type { History, PastCommit } from "../history/history.ts";
import { limits } from "../shared/limits.ts";

/** How often a file changed along with another one. Sweeps do not count. */
export interface CoChange {
  path: string;
  /** Commits that changed the other file. */
  support: number;
  /** Positions in the history of those that changed this one as well, newest first. */
  together: number[];
  /** 0..1: share of the commits in `support`, recent ones weighing more. */
  confidence: number;
}

/** A habit counts half after so many commits. */
const HALF_LIFE_COMMITS = 1_000;

/** The files that changed along with one, surest first. */
export function coChange(history: History, path: string): CoChange[] {
  const together = new Map<string, { positions: number[]; weight: number }>();
  let support = 0;
  let total = 0;
  for (const { position, files } of telling(history, path)) {
    const weight = recency(position);
    support++;
    total += weight;
    for (const file of files) {
      const entry = together.get(file);
      if (entry === undefined) together.set(file, { positions: [position], weight });
      else if (entry.positions.at(-1) !== position) {
        // Two files of a commit may have one name now.
        entry.positions.push(position);
        entry.weight += weight;
      }
    }
  }
  together.delete(path);
  return [...together]
    .map(([other, { positions, weight }]) => ({
      path: other,
      support,
      together: positions,
      confidence: weight / total,
    }))
    .sort((a, b) => b.confidence - a.confidence || b.together.length - a.together.length || (a.path < b.path ? -1 : 1));
}

/** 0..1: what the commit at a position counts. */
export function recency(position: number): number {
  return 2 ** (-position / HALF_LIFE_COMMITS);
}

/** Whether a commit changed so many files that it says nothing about each (format, rename, licence). */
export function isSweep({ files }: PastCommit): boolean {
  return files.length > limits.historyFilesPerCommit;
}

/** The commits that changed a file, sweeps left out. */
function telling(history: History, path: string): { position: number; files: readonly string[] }[] {
  return history.commitsOf(path).flatMap((position) => {
    const commit = history.commits[position];
    return commit === undefined || isSweep(commit) ? [] : [{ position, files: commit.files }];
  });
}
