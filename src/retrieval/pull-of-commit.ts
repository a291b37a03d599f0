import type { History, PastCommit } from "../history/history.ts";
import { pullNumberOf } from "../history/past-commit.ts";

/** The pull request that a commit came with. */
export interface PullOfCommit {
  number: number;
  /** The commit of the default branch that says so: the commit itself, or the merge that brought it. */
  landed: PastCommit;
}

/**
 * Follows a commit to its pull request: by its own subject, else by the merge that brought it to the branch whose newest
 * commit the history is of. Null where neither names one, or the history does not reach so far.
 */
export function pullOfCommit(history: History, commit: string): PullOfCommit | null {
  const position = history.positionOf(commit);
  const own = position === null ? undefined : history.commits[position];
  if (position === null || own === undefined) return null;
  const ownNumber = pullNumberOf(own.subject);
  if (ownNumber !== null) return { number: ownNumber, landed: own };
  const landed = history.commits[landingsOf(history)[position] ?? -1];
  const number = landed === undefined ? null : pullNumberOf(landed.subject);
  return landed === undefined || number === null ? null : { number, landed };
}

const known = new WeakMap<History, Int32Array>();

/**
 * For each position, that of the commit of the main line (first parents only) that brought it: itself, or the merge whose
 * other parents lead to it and whose first parent does not. -1 where the history does not show it.
 */
function landingsOf(history: History): Int32Array {
  const found = known.get(history) ?? readLandings(history);
  known.set(history, found);
  return found;
}

function readLandings(history: History): Int32Array {
  const landings = new Int32Array(history.commits.length).fill(-1);
  const mainLine: number[] = [];
  for (let at = history.commits.length > 0 ? 0 : -1; at >= 0; at = history.parentsOf(at)[0] ?? -1) {
    mainLine.push(at);
    landings[at] = at;
  }
  // What an older one brought, a newer one did not bring.
  for (const landing of mainLine.toReversed()) {
    const open = [landing];
    for (let position = open.pop(); position !== undefined; position = open.pop()) {
      for (const next of history.parentsOf(position)) {
        if (next < 0 || landings[next] !== -1) continue;
        landings[next] = landing;
        open.push(next);
      }
    }
  }
  return landings;
}
