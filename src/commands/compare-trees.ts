import { comparePaths } from "../engram/paths.ts";
import type { TreeEntry } from "../shared/git-objects.ts";

/** What one tree has and another has not; paths in order. */
export interface TreeDifference {
  added: string[];
  removed: string[];
  /** Other bytes or another mode under the same path. */
  changed: string[];
  /** The same bytes under another path. */
  renamed: { from: string; to: string }[];
}

/** How much of a directory differs, its subdirectories left out. */
export interface DirectoryCount {
  /** `.` is the root. */
  directory: string;
  added: number;
  removed: number;
  changed: number;
}

/** A file that is gone and one that is new are one renamed file where their blobs are the same; each counts once. */
export function compareTrees(before: Iterable<TreeEntry>, after: Iterable<TreeEntry>): TreeDifference {
  const old = new Map(Array.from(before, (entry) => [entry.path, entry]));
  const now = new Map(Array.from(after, (entry) => [entry.path, entry]));
  const gone = [...old.values()].filter(({ path }) => !now.has(path));
  const fresh = [...now.values()].filter(({ path }) => !old.has(path));
  const renamed = pair(gone, fresh);
  const from = new Set(renamed.map((one) => one.from));
  const to = new Set(renamed.map((one) => one.to));
  const isOther = ({ path, oid, mode }: TreeEntry) => {
    const earlier = old.get(path);
    return earlier !== undefined && (earlier.oid !== oid || earlier.mode !== mode);
  };
  return {
    added: fresh.map(({ path }) => path).filter((path) => !to.has(path)),
    removed: gone.map(({ path }) => path).filter((path) => !from.has(path)),
    changed: [...now.values()].filter(isOther).map(({ path }) => path),
    renamed,
  };
}

/** Directories with their differing files, most first. A renamed file counts as removed here and added there. */
export function countDirectories({ added, removed, changed, renamed }: TreeDifference): DirectoryCount[] {
  const counts = new Map<string, DirectoryCount>();
  const countAll = (paths: string[], what: "added" | "removed" | "changed"): void => {
    for (const path of paths) {
      const directory = directoryOf(path);
      const count = counts.get(directory) ?? { directory, added: 0, removed: 0, changed: 0 };
      count[what]++;
      counts.set(directory, count);
    }
  };
  countAll([...added, ...renamed.map(({ to }) => to)], "added");
  countAll([...removed, ...renamed.map(({ from }) => from)], "removed");
  countAll(changed, "changed");
  const total = (count: DirectoryCount) => count.added + count.removed + count.changed;
  return [...counts.values()].sort((a, b) => total(b) - total(a) || comparePaths(a.directory, b.directory));
}

/** Of several files with the same bytes, those of the same name belong together first. */
function pair(gone: readonly TreeEntry[], fresh: readonly TreeEntry[]): { from: string; to: string }[] {
  const waiting = new Map<string, TreeEntry[]>();
  for (const entry of fresh) waiting.set(entry.oid, [...(waiting.get(entry.oid) ?? []), entry]);
  const pairs = new Map<string, string>();
  for (const sameName of [true, false]) {
    for (const { path, oid } of gone) {
      if (pairs.has(path)) continue;
      const candidates = waiting.get(oid) ?? [];
      const at = candidates.findIndex((one) => !sameName || nameOf(one.path) === nameOf(path));
      const [found] = at < 0 ? [] : candidates.splice(at, 1);
      if (found !== undefined) pairs.set(path, found.path);
    }
  }
  return [...pairs].map(([from, to]) => ({ from, to })).sort((a, b) => comparePaths(a.from, b.from));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash);
}
