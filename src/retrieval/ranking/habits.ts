import type { History } from "../../history/history.ts";
import { isTestPath } from "../ordinary-path.ts";
import { bestOf, type FileScores } from "./file-scores.ts";
import { filesOf, lastCommits, usefulFiles, type WeightedCommit } from "./past-lists.ts";
import { directoryOf, extensionOf } from "./path-words.ts";

/** What a file is like: files of one group are alike in where they stand, or in what they are. */
export type Grouping = (path: string) => string;

export const byDirectory: Grouping = directoryOf;

/** Top folder, extension, test or not: `src|ts|`, `test|ts|test`, `docs|md|`. */
export const byKind: Grouping = (path) => {
  const slash = path.indexOf("/");
  return `${slash < 0 ? "" : path.slice(0, slash)}|${extensionOf(path)}|${isTestPath(path) ? "test" : ""}`;
};

const knownGroups = new WeakMap<History, Map<Grouping, Map<string, string>>>();

/** The same grouping, which looks at each path of a history once. */
function rememberGroups(history: History, group: Grouping): Grouping {
  const byGrouping = knownGroups.get(history) ?? new Map<Grouping, Map<string, string>>();
  knownGroups.set(history, byGrouping);
  const groups = byGrouping.get(group) ?? new Map<string, string>();
  byGrouping.set(group, groups);
  return (path) => {
    let key = groups.get(path);
    if (key === undefined) groups.set(path, (key = group(path)));
    return key;
  };
}

/** Share of these commits, by weight, that changed a file of a group. */
export interface Habit {
  /** 0..1. */
  shareOf: (path: string) => number;
}

/** @param except the file that the question is about; its own group counts by its other files alone */
export function habitOf(
  history: History,
  commits: Iterable<WeightedCommit>,
  group: Grouping,
  except: string | null = null,
): Habit {
  const groupOf = rememberGroups(history, group);
  const weights = new Map<string, number>();
  let total = 0;
  for (const [position, weight] of commits) {
    const files = usefulFiles(history.commits[position]);
    if (files.length === 0) continue;
    total += weight;
    for (const key of new Set(files.filter((path) => path !== except).map(groupOf))) {
      weights.set(key, (weights.get(key) ?? 0) + weight);
    }
  }
  return { shareOf: (path) => (total === 0 ? 0 : (weights.get(groupOf(path)) ?? 0) / total) };
}

/** Commits that changed several files, one of which is in this group; newer ones weigh more. */
export function commitsInGroup(history: History, group: Grouping, key: string): WeightedCommit[] {
  const groupOf = rememberGroups(history, group);
  const found: WeightedCommit[] = [];
  for (const [position, commit] of history.commits.slice(0, habitCommits).entries()) {
    const files = usefulFiles(commit);
    if (files.length > 1 && files.some((path) => groupOf(path) === key)) found.push([position, 2 ** (-position / 500)]);
  }
  return found;
}

/** Older habits weigh a sixteenth. */
const habitCommits = 2_000;

/** A share on a scale of its logarithm, 0..1: a thousandth and less is 0. Shares multiply; a sum of these does the same. */
export function onLogScale(share: number): number {
  return Math.min(1, Math.max(0, 1 + Math.log(share + 0.001) / Math.log(1_000)));
}

/** 1 for a file of the newest commit, falling with the logarithm of the commits since. */
export function newness(positions: readonly number[]): number {
  return positions[0] === undefined ? 0 : onLogScale(1 / (1 + positions[0]));
}

const knownLatest = new WeakMap<History, Map<number, (path: string) => number>>();

/** How busy a file was in the last commits, 0..1; a commit's weight halves every `halfLife` commits. */
export function busyLately(history: History, halfLife: number): (path: string) => number {
  const byHalfLife = knownLatest.get(history) ?? new Map<number, (path: string) => number>();
  knownLatest.set(history, byHalfLife);
  let value = byHalfLife.get(halfLife);
  if (value === undefined)
    byHalfLife.set(halfLife, (value = relative(filesOf(history, lastCommits(history, halfLife)))));
  return value;
}

/** Squares of scores relative to the best one: how lists of scores are fused as well. */
function relative(scores: FileScores): (path: string) => number {
  const most = bestOf(scores, 1)[0]?.[1] ?? 1;
  return (path) => ((scores.get(path) ?? 0) / most) ** 2;
}
