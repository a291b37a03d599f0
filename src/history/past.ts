import type { CommitLog } from "./commit-log.ts";
import type { History, PastCommit } from "./history.ts";
import type { MessageIndex, SearchedPast } from "./message-index.ts";
import { ancestorsOf } from "./past-order.ts";

/** What was so at one commit, and nothing newer. */
export function pastOf(log: CommitLog, messages: MessageIndex, tip: number, limit: number): History {
  const { order, truncated } = ancestorsOf(log, tip, limit);
  const commits = withCurrentNames(log, order);
  let searched: SearchedPast | null = null;
  let byPath: Map<string, number[]> | null = null;

  return {
    at: log.commitAt(tip).commit,
    commits,
    truncated,
    shallow: order.some((index) => log.isCut(index)),
    positionOf(commit) {
      const index = log.indexOf(commit);
      searched ??= { order, positions: positionsOf(order, log.size) };
      const position = index === undefined ? undefined : searched.positions[index];
      // What was read later is beyond the end.
      return position === undefined || position < 0 ? null : position;
    },
    commitsOf(path) {
      byPath ??= positionsByPath(commits);
      return byPath.get(path) ?? NONE;
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
function withCurrentNames(log: CommitLog, order: readonly number[]): PastCommit[] {
  const current = new Int32Array(log.paths).fill(-1);
  const nameOf = (path: number): number => {
    const name = current[path] ?? -1;
    return name < 0 ? path : name;
  };
  let renamed = false;
  return order.map((index) => {
    const commit = log.commitAt(index);
    for (const { from, to } of log.renamesOf(index)) {
      // Older commits, which come later, know the file by its old name.
      current[from] = nameOf(to);
      renamed = true;
    }
    const files = log.filesOf(index);
    if (!renamed || files.every((path) => nameOf(path) === path)) return commit;
    return { ...commit, files: files.map((path) => log.path(nameOf(path))) };
  });
}

/** By index in the log; -1 for commits that are not among them. */
function positionsOf(order: readonly number[], size: number): Int32Array {
  const positions = new Int32Array(size).fill(-1);
  for (const [position, index] of order.entries()) positions[index] = position;
  return positions;
}

function positionsByPath(commits: readonly PastCommit[]): Map<string, number[]> {
  const byPath = new Map<string, number[]>();
  for (const [position, { files }] of commits.entries()) {
    for (const path of files) {
      const known = byPath.get(path);
      if (known === undefined) byPath.set(path, [position]);
      // Two of its files may have one name now.
      else if (known.at(-1) !== position) known.push(position);
    }
  }
  return byPath;
}
