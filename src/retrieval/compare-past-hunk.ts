import type { History } from "../history/history.ts";
import type { PastHunkMatch } from "../history/past-changes.ts";
import type { FileDiff } from "../workspace/diff.ts";
import type { ChangedRun } from "./changed-runs.ts";
import { commonLines, type LineBag, sizeOfBag, tellingLines, wordsOf } from "./line-bag.ts";
import { baseName } from "./ordinary-path.ts";
import type { PastSides } from "./past-sides.ts";

/** Of the lines of a run or of the past hunk. */
const shareOfRun = 0.6;

/** Telling lines that are no coincidence, wherever they stand. */
export const tellingEnough = 3;

/** A run of a change and the past hunk that it is most like. */
export interface PastPair {
  run: ChangedRun;
  match: PastHunkMatch;
  sides: PastSides;
  /** Lines that both have. */
  shared: number;
  /** Of them those that say something, on the removed and on the added side of the run. */
  telling: [removed: number, added: number];
  dice: number;
}

/** Of several past hunks the one that has most in common with the run; of equals one of the same file, and the newest. */
export function bestPair(
  kind: "undone" | "repeated",
  run: ChangedRun,
  matches: readonly PastHunkMatch[],
  sides: ReadonlyMap<PastHunkMatch, PastSides>,
  history: History,
): PastPair | null {
  const position = ({ match }: PastPair): number => history.positionOf(match.commit) ?? Infinity;
  const pairs = matches.flatMap((match) => {
    const read = sides.get(match);
    return (read && compare(kind, run, match, read)) ?? [];
  });
  const isElsewhere = ({ match }: PastPair): number => (isOfFile(match, run.file, history) ? 0 : 1);
  return (
    pairs.sort((a, b) => b.dice - a.dice || isElsewhere(a) - isElsewhere(b) || position(a) - position(b))[0] ?? null
  );
}

function compare(
  kind: "undone" | "repeated",
  run: ChangedRun,
  match: PastHunkMatch,
  sides: PastSides,
): PastPair | null {
  if (sides.isFormat) return null;
  const [before, after] = kind === "undone" ? [sides.added, sides.removed] : [sides.removed, sides.added];
  const common = [commonLines(run.removed, before), commonLines(run.added, after)] as const;
  const shared = sizeOfBag(common[0]) + sizeOfBag(common[1]);
  const [ours, theirs] = [sizeOfRun(run), sizeOfPast(sides)];
  if (shared < shareOfRun * Math.min(ours, theirs)) return null;
  const telling: PastPair["telling"] = [tellingLines(common[0]), tellingLines(common[1])];
  const isPlaced = [...run.around].some((line) => sides.around.has(line));
  if (sum(telling) === 0 || haveSameWords(...common) || (sum(telling) < tellingEnough && !isPlaced)) return null;
  return { run, match, sides, shared, telling, dice: (2 * shared) / (ours + theirs) };
}

/** Nothing but punctuation is taken back. */
function haveSameWords(a: LineBag, b: LineBag): boolean {
  const [left, right] = [a, b].map((bag) => wordsOf([...bag.keys()].join("\n")).join(" "));
  return left === right;
}

export function sizeOfRun({ removed, added }: ChangedRun): number {
  return sizeOfBag(removed) + sizeOfBag(added);
}

export function sizeOfPast({ removed, added }: PastSides): number {
  return sizeOfBag(removed) + sizeOfBag(added);
}

/** Whether a past hunk is of this file, or of one whose name without folders is the same: files move. */
export function isOfFile(match: PastHunkMatch, file: FileDiff, history: History): boolean {
  return baseName(match.path) === baseName(file.oldPath) || isOfVeryFile(match, file, history);
}

/** By its name, or by the name of today where the history follows renames. */
export function isOfVeryFile({ commit, path }: PastHunkMatch, { oldPath }: FileDiff, history: History): boolean {
  if (path === oldPath) return true;
  const files = history.commits[history.positionOf(commit) ?? -1]?.files ?? [];
  return files.includes(oldPath) && !files.includes(path);
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
