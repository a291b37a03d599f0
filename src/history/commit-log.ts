import type { CommitRecord } from "./commit-record.ts";
import type { PastCommit } from "./history.ts";

/**
 * All commits of a repository that were read, by index: the order in which they were read. It only grows; the record of a
 * commit is replaced where a shallow clone was deepened.
 */
export interface CommitLog {
  readonly size: number;
  /** Number of different paths. */
  readonly paths: number;
  add(record: CommitRecord): void;
  indexOf(id: string): number | undefined;
  commitAt(index: number): PastCommit;
  timeOf(index: number): number;
  /** Whether git lacks its parents. */
  isCut(index: number): boolean;
  /** Indexes of its parents; -1 for one that was not read. */
  parentsOf(index: number): readonly number[];
  /** Paths by index, in the order of the commit's `files`. */
  filesOf(index: number): readonly number[];
  renamesOf(index: number): readonly Rename[];
  path(index: number): string;
  /** The inverse; undefined for a path that no commit has. */
  numberOf(path: string): number | undefined;
  /** Whether all that a commit descends from was read, as far as git has it. */
  isWhole(index: number): boolean;
  /** Ids of the whole commits from which all others that are whole can be reached. */
  wholeTips(): string[];
  /** Ids of the commits whose parents git lacks. */
  cuts(): string[];
}

/** Paths by index. */
interface Rename {
  from: number;
  to: number;
}

interface Known {
  commit: PastCommit;
  cut: boolean;
  parents: number[];
  files: number[];
  renames: readonly Rename[];
}

export function createCommitLog(): CommitLog {
  const known: Known[] = [];
  const times: number[] = [];
  const links = createLinks(known);
  const paths = createPathTable();
  /** By index, 1 for whole; made when it is asked for. */
  let whole: Uint8Array | null = null;

  return {
    get size() {
      return known.length;
    },
    get paths() {
      return paths.size();
    },
    add(record) {
      const { commit, cut } = record;
      const index = links.indexOf(commit.commit) ?? known.length;
      // Handed out by every `at` that renames none of its files: nobody may change them.
      Object.freeze(commit.files);
      const files = commit.files.map((path) => paths.indexOf(path));
      const renames = renamesOf(record, files, (path) => paths.indexOf(path));
      known[index] = { commit, cut, parents: links.parentsOf(index, commit), files, renames };
      times[index] = commit.time;
      links.link(commit.commit, index);
      whole = null;
    },
    indexOf: (id) => links.indexOf(id),
    commitAt: (index) => at(known, index).commit,
    timeOf: (index) => times[index] ?? 0,
    isCut: (index) => at(known, index).cut,
    parentsOf: (index) => at(known, index).parents,
    filesOf: (index) => at(known, index).files,
    renamesOf: (index) => at(known, index).renames,
    path: (index) => paths.path(index),
    numberOf: (path) => paths.numberOf(path),
    isWhole: (index) => (whole ??= markWhole(known))[index] === 1,
    wholeTips() {
      whole ??= markWhole(known);
      const isTip = whole.slice();
      for (const [index, { parents }] of known.entries()) {
        if (whole[index] === 1) for (const parent of parents) isTip[parent] = 0;
      }
      return known.flatMap(({ commit }, index) => (isTip[index] === 1 ? [commit.commit] : []));
    },
    cuts: () => known.flatMap(({ commit, cut }) => (cut ? [commit.commit] : [])),
  };
}

function at(known: readonly Known[], index: number): Known {
  const found = known[index];
  if (found === undefined) throw new RangeError(`there is no commit ${index} of ${known.length}`);
  return found;
}

function createPathTable() {
  const paths: string[] = [];
  const indexes = new Map<string, number>();
  return {
    size: () => paths.length,
    path: (index: number) => paths[index] ?? "",
    numberOf: (path: string) => indexes.get(path),
    indexOf(path: string): number {
      const found = indexes.get(path);
      if (found !== undefined) return found;
      indexes.set(path, paths.length);
      return paths.push(path) - 1;
    },
  };
}

/** Ties commits to their parents, whichever of them is read first. */
function createLinks(known: readonly Known[]) {
  const indexes = new Map<string, number>();
  /** Commits that wait for a parent, by its id. */
  const waiting = new Map<string, number[]>();
  return {
    indexOf: (id: string) => indexes.get(id),
    parentsOf(index: number, { parents }: PastCommit): number[] {
      return parents.map((id) => {
        const parent = indexes.get(id) ?? -1;
        if (parent < 0) waiting.set(id, [...(waiting.get(id) ?? []), index]);
        return parent;
      });
    },
    link(id: string, index: number): void {
      indexes.set(id, index);
      for (const child of waiting.get(id) ?? []) {
        const { commit, parents } = at(known, child);
        for (const [i, parent] of commit.parents.entries()) if (parent === id) parents[i] = index;
      }
      waiting.delete(id);
    },
  };
}

const NO_RENAMES: readonly Rename[] = [];

function renamesOf(
  { statuses, oldPaths }: CommitRecord,
  files: readonly number[],
  indexOf: (path: string) => number,
): readonly Rename[] {
  if (oldPaths.length === 0) return NO_RENAMES;
  const renamed = files.filter((_, i) => statuses[i] === "R");
  return renamed.map((to, i) => ({ from: indexOf(oldPaths[i] ?? ""), to }));
}

/** What lacks a parent, and all that descends from it, is not whole. */
function markWhole(known: readonly Known[]): Uint8Array {
  const whole = new Uint8Array(known.length).fill(1);
  const children: number[][] = known.map(() => []);
  const broken: number[] = [];
  for (const [index, { parents }] of known.entries()) {
    for (const parent of parents) children[parent]?.push(index);
    if (parents.includes(-1)) broken.push(index);
  }
  for (const index of broken) whole[index] = 0;
  for (let index = broken.pop(); index !== undefined; index = broken.pop()) {
    for (const child of children[index] ?? []) {
      if (whole[child] === 0) continue;
      whole[child] = 0;
      broken.push(child);
    }
  }
  return whole;
}
