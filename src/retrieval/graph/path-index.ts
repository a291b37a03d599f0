import { posix } from "node:path";
import { baseName } from "../ordinary-path.ts";
import { remember } from "./remember.ts";

/** Paths of a tree, found by their ends and by their folders. */
export interface PathIndex {
  /** The first of these that is in the tree, alone; none where none is. */
  first(candidates: Iterable<string>): string[];
  /** The file whose path ends so; of several the one with the shortest path. */
  endingWith(end: string): string[];
  /** Files right in a folder ("." is the root). */
  inFolder(folder: string): readonly string[];
  /** Files of this name, in any folder. */
  named(name: string): readonly string[];
}

export function createPathIndex(paths: readonly string[]): PathIndex {
  const all = new Set(paths);
  const byName = groupBy(paths, baseName);
  const byFolder = groupBy(paths, (path) => posix.dirname(path));
  const endingWith = remember((end: string): string[] => {
    const named = byName.get(posix.basename(end)) ?? [];
    const found = named.filter((path) => path === end || path.endsWith(`/${end}`));
    return found.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, 1);
  });
  return {
    endingWith,
    inFolder: (folder) => byFolder.get(folder) ?? [],
    named: (name) => byName.get(name) ?? [],
    first(candidates) {
      for (const path of candidates) if (all.has(path)) return [path];
      return [];
    },
  };
}

function groupBy(paths: readonly string[], keyOf: (path: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const key = keyOf(path);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [path]);
    else group.push(path);
  }
  return groups;
}
