import type { History } from "../history/history.ts";

/** How busy a file is, is told by so many of the newest commits. */
const newestCommits = 1_000;
/** With fewer files to compare with, one of them decides. */
const enoughFiles = 5;

/**
 * For a path: files as busy as it, that is changed by as many of the newest commits. Where there are fewer than a handful,
 * those that differ by one commit as well, and so on.
 * @param paths files that may be compared with
 */
export function createBusyFiles(
  history: History,
  paths: readonly string[],
): (path: string, named: (path: string) => boolean) => string[] {
  const counts = new Map<string, number>();
  for (const { files } of history.commits.slice(0, newestCommits)) {
    for (const file of files) counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  const byCount = new Map<number, string[]>();
  for (const path of paths) {
    const count = counts.get(path) ?? 0;
    const same = byCount.get(count);
    if (same) same.push(path);
    else byCount.set(count, [path]);
  }
  const most = Math.max(0, ...byCount.keys());
  return (path, named) => {
    const count = counts.get(path) ?? 0;
    const found: string[] = [];
    for (let apart = 0; found.length < enoughFiles && (apart <= count || count + apart <= most); apart++) {
      for (const other of new Set([count - apart, count + apart])) {
        found.push(...(byCount.get(other) ?? []).filter((candidate) => candidate !== path && !named(candidate)));
      }
    }
    return found;
  };
}
