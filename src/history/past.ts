import type { CommitLog } from "./commit-log.ts";
import type { History, PastCommit } from "./history.ts";
import type { MessageIndex, SearchedPast } from "./message-index.ts";
import { ancestorsOf } from "./past-order.ts";

/** What was so at one commit, and nothing newer. */
export function pastOf(log: CommitLog, messages: MessageIndex, tip: number, limit: number): History {
  const { order, truncated } = ancestorsOf(log, tip, limit);
  const { commits, files } = withCurrentNames(log, order);
  let searched: SearchedPast | null = null;
  const positions = (): Int32Array => (searched ??= { order, positions: positionsOf(order, log.size) }).positions;
  let byPath: PositionsOfPath | null = null;

  return {
    at: log.commitAt(tip).commit,
    commits,
    truncated,
    shallow: order.some((index) => log.isCut(index)),
    positionOf(commit) {
      const index = log.indexOf(commit);
      const position = index === undefined ? undefined : positions()[index];
      // What was read later is beyond the end.
      return position === undefined || position < 0 ? null : position;
    },
    parentsOf(position) {
      const index = order[position];
      return index === undefined ? NONE : log.parentsOf(index).map((parent) => positions()[parent] ?? -1);
    },
    commitsOf(path) {
      const number = log.numberOf(path);
      if (number === undefined) return NONE;
      byPath ??= positionsByPath(files, log.paths);
      return byPath(number);
    },
    searchMessages(words, k) {
      searched ??= { order, positions: positionsOf(order, log.size) };
      return messages.search(words, k, searched);
    },
  };
}

const NONE: readonly number[] = Object.freeze([]);

/**
 * Files by the names that they have at the newest commit. A rename counts for everything that stands after it in the order;
 * a name that is used again later is another file.
 */
function withCurrentNames(
  log: CommitLog,
  order: readonly number[],
): { commits: PastCommit[]; files: (readonly number[])[] } {
  const numbers: (readonly number[])[] = [];
  const current = new Int32Array(log.paths).fill(-1);
  const nameOf = (path: number): number => {
    const name = current[path] ?? -1;
    return name < 0 ? path : name;
  };
  let renamed = false;
  const commits = order.map((index) => {
    const commit = log.commitAt(index);
    for (const { from, to } of log.renamesOf(index)) {
      // Older commits, which come later, know the file by its old name.
      current[from] = nameOf(to);
      renamed = true;
    }
    const files = log.filesOf(index);
    const named = !renamed || files.every((path) => nameOf(path) === path) ? files : files.map(nameOf);
    numbers.push(named);
    return named === files ? commit : { ...commit, files: named.map((path) => log.path(path)) };
  });
  return { commits, files: numbers };
}

/** By index in the log; -1 for commits that are not among them. */
function positionsOf(order: readonly number[], size: number): Int32Array {
  const positions = new Int32Array(size).fill(-1);
  for (const [position, index] of order.entries()) positions[index] = position;
  return positions;
}

type PositionsOfPath = (path: number) => readonly number[];

/** Counted first and then filled in: no map of arrays has to grow, once for each commit that is asked. */
function positionsByPath(files: readonly (readonly number[])[], paths: number): PositionsOfPath {
  // Two files of a commit may have one name now.
  const last = new Int32Array(paths).fill(-1);
  const ends = new Uint32Array(paths + 1);
  for (const [position, touched] of files.entries()) {
    for (const path of touched) {
      if (last[path] !== position) ends[path + 1]!++;
      last[path] = position;
    }
  }
  for (let path = 0; path < paths; path++) ends[path + 1]! += ends[path] as number;
  const positions = new Uint32Array(ends[paths] as number);
  const next = ends.slice();
  last.fill(-1);
  for (const [position, touched] of files.entries()) {
    for (const path of touched) {
      if (last[path] !== position) positions[next[path]!++] = position;
      last[path] = position;
    }
  }
  return (path) => [...positions.subarray(ends[path], ends[path + 1])];
}
