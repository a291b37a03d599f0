import type { EngramView } from "../../src/engram/engram.ts";
import type { FileRow } from "../../src/engram/file-row.ts";

/** A way of ranking the files of a tree for a text, kept up to date from commit to commit. */
export interface FileIndex {
  /** Files that are new or different, with their rows; null for those that are gone. */
  update(changed: ReadonlyMap<string, FileRow | null>, view: EngramView): void;
  /** Paths, best first. The file that the query was taken from may be among them. */
  search(text: string): string[];
}

/** What changed from one tree to the next among the files that may be answers. */
export interface TreeFollower {
  changesTo(view: EngramView): Map<string, FileRow | null>;
  paths(): ReadonlySet<string>;
}

export function followTree(isCandidate: (path: string) => boolean): TreeFollower {
  let known = new Map<string, string>();
  return {
    changesTo(view) {
      const changed = new Map<string, FileRow | null>();
      const now = new Map<string, string>();
      for (const { path, oid, chunks } of view.files()) {
        if (chunks === 0 || !isCandidate(path)) continue;
        now.set(path, oid);
        if (known.get(path) !== oid) changed.set(path, view.row(path));
      }
      for (const path of known.keys()) if (!now.has(path)) changed.set(path, null);
      known = now;
      return changed;
    },
    paths: () => new Set(known.keys()),
  };
}
