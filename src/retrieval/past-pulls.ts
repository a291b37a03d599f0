import type { History } from "../history/history.ts";
import { pullNumberOf } from "../history/past-commit.ts";
import type { PastPull, PastPulls } from "../history/past-pulls.ts";
import { limits } from "../shared/limits.ts";
import type { Change, FileDiff } from "../workspace/diff.ts";
import { editsOf } from "./edits.ts";
import type { Evidence } from "./evidence.ts";
import { isOrdinaryPath, isReleaseFile } from "./ordinary-path.ts";
import { openPullIndex, pathsOf, type PullIndex } from "./pull-index.ts";

/** Old lines of a change by the commit that last touched them (git blame, as shaping-commits.ts has it). */
export interface ShapedLines {
  commit: string;
  lines: number;
}

export interface PastPullsOptions {
  /** Nothing newer than its commit is seen: neither what was merged later, nor what was not merged and is younger. */
  history: History;
  shaped?: readonly ShapedLines[];
  /** Whether GitHub says of a pull request that it is open now. Where nobody is asked, none is. */
  isOpen?: (number: number) => boolean;
  /** The pull request that is read: it is no news to itself, whatever was pushed to it since. */
  except?: number | undefined;
  k?: number;
}

/** Sets of files less alike than this have a folder in common, and no more. */
const minSimilarity = 0.3;
/** The least that an open one says, which touches the same lines. */
const openOnLines = 0.5;
/** What the same files say, beside the same lines. */
const filesBesideLines = 0.5;
/** One common file says nothing beyond itself: there the lines have to tell. */
const minCommonFiles = 2;

/**
 * Past pull requests that this change has to do with, best first: those that last wrote the lines under it (by blame,
 * because line numbers move); those that touch these lines and were not merged (by numbers, in files that nobody changed
 * since they began), the open ones first, however young; those that changed about the same files.
 */
export function findPastPulls(change: Change, pulls: PastPulls, options: PastPullsOptions): Evidence[] {
  const { history, shaped = [], except, k = limits.evidencePerFinding } = options;
  const isOpen = ({ mergedAs, number }: PastPull): boolean => mergedAs === null && (options.isOpen?.(number) ?? false);
  const index = openPullIndex(pulls);
  const own = new Set(index.withCommit.get(change.head));
  const isOwn = (pull: PastPull): boolean => pull.number === except || own.has(pull);
  const seen = new Set(pulls.pulls.filter((pull) => (isOlder(pull, history) || isOpen(pull)) && !isOwn(pull)));
  const touched = touchedLines(change);
  const reasons = new Map<PastPull, Reason[]>();
  for (const [pull, reason] of [
    ...writers(shaped, touched.total, index, history),
    ...overlaps(touched, index, { history, isOpen }),
    ...alike(change, index, seen),
  ]) {
    if (seen.has(pull)) reasons.set(pull, [...(reasons.get(pull) ?? []), reason]);
  }
  return [...reasons]
    .map(([pull, found]) => ({
      number: pull.number,
      evidence: cite(pull, found, isOpen(pull)),
      isRival: found.some(({ isRival = false }) => isRival),
    }))
    .sort((a, b) => Number(b.isRival) - Number(a.isRival) || b.evidence.score - a.evidence.score || b.number - a.number)
    .slice(0, k)
    .map(({ evidence }) => evidence);
}

interface Reason {
  /** 0..1 */
  share: number;
  why: string;
  /** Open, and on the same lines: the two will meet, so it comes before what is only past. */
  isRival?: boolean;
}

/** Merged by an ancestor, or not merged and older in time. What the history does not reach back to is not known to be. */
function isOlder({ mergedAs, time }: PastPull, history: History): boolean {
  if (mergedAs !== null) return history.positionOf(mergedAs) !== null;
  return time <= (history.commits[0]?.time ?? 0);
}

interface TouchedLines {
  byPath: ReadonlyMap<string, readonly number[]>;
  total: number;
}

/** Old lines that the change takes away; where it only adds, those that touch what it adds. */
function touchedLines(change: Change): TouchedLines {
  const byPath = new Map<string, number[]>();
  for (const file of change.files.filter(isTelling)) {
    const lines = file.hunks.flatMap(editsOf).flatMap(({ removed, before, after }) => {
      const gone = removed.filter(({ kind }) => kind === "-");
      const beside = gone.length > 0 ? gone : [...before.slice(-1), ...after.slice(0, 1)];
      return beside.flatMap(({ oldLine }) => oldLine ?? []);
    });
    if (lines.length > 0) byPath.set(file.oldPath, lines);
  }
  return { byPath, total: [...byPath.values()].reduce((sum, { length }) => sum + length, 0) };
}

/** Lock files and changelogs change with everything. */
function isTelling({ oldPath, path }: FileDiff): boolean {
  return [oldPath, path].every((one) => isOrdinaryPath(one) && !isReleaseFile(one));
}

/** Pull requests that the blamed commits came with. */
function writers(
  shaped: readonly ShapedLines[],
  total: number,
  { byCommit, byNumber }: PullIndex,
  history: History,
): [PastPull, Reason][] {
  const lines = new Map<PastPull, number>();
  for (const { commit, lines: count } of shaped) {
    // A rebased pull request's commits have other ids, but may name it.
    const subject = history.commits[history.positionOf(commit) ?? -1]?.subject ?? "";
    const pull = byCommit.get(commit) ?? byNumber.get(pullNumberOf(subject) ?? 0);
    if (pull !== undefined) lines.set(pull, (lines.get(pull) ?? 0) + count);
  }
  const all = Math.max(
    total,
    shaped.reduce((sum, { lines: count }) => sum + count, 0),
  );
  return [...lines].map(([pull, count]) => [
    pull,
    { share: count / all, why: `last wrote ${count} of the ${all} lines under this change` },
  ]);
}

/** Pull requests that were not merged and touch the same lines, as far as line numbers still mean the same. */
function overlaps(
  { byPath, total }: TouchedLines,
  index: PullIndex,
  { history, isOpen }: { history: History; isOpen: (pull: PastPull) => boolean },
): [PastPull, Reason][] {
  const counts = new Map<PastPull, number>();
  for (const [path, lines] of byPath) {
    const newest = history.commitsOf(path)[0] ?? Infinity;
    for (const pull of index.byPath.get(path) ?? []) {
      const began = pull.mergedAs === null ? history.positionOf(pull.finalBase) : null;
      if (began === null || newest < began) continue;
      const ranges = pull.files.find((file) => file.path === path)?.ranges ?? [];
      const count = lines.filter((line) => ranges.some(([start, end]) => line >= start && line <= end)).length;
      if (count > 0) counts.set(pull, (counts.get(pull) ?? 0) + count);
    }
  }
  return [...counts].map(([pull, count]) => {
    const share = count / total;
    const touches = `touches ${count} of the ${total} lines under this change`;
    return isOpen(pull)
      ? [pull, { share: openOnLines + (1 - openOnLines) * share, why: `open, ${touches}`, isRival: true }]
      : [pull, { share, why: touches }];
  });
}

/** Pull requests with about the same files: Jaccard's similarity, in which rare files weigh more. */
function alike(change: Change, index: PullIndex, seen: ReadonlySet<PastPull>): [PastPull, Reason][] {
  const files = new Set(change.files.filter(isTelling).map(({ oldPath }) => oldPath));
  const weights = new Map<string, number>();
  const weightOf = (path: string): number => {
    let weight = weights.get(path);
    if (weight === undefined) {
      const holders = (index.byPath.get(path) ?? []).filter((pull) => seen.has(pull)).length;
      weight = Math.log(1 + seen.size / (1 + holders));
      weights.set(path, weight);
    }
    return weight;
  };
  const counts = new Map<PastPull, number>();
  for (const path of files) {
    for (const pull of index.byPath.get(path) ?? []) counts.set(pull, (counts.get(pull) ?? 0) + 1);
  }
  return [...counts].flatMap(([pull, count]): [PastPull, Reason][] => {
    if (count < minCommonFiles || pull.files.length > limits.historyFilesPerCommit || !seen.has(pull)) return [];
    const others = pathsOf(pull);
    if (others.size > limits.historyFilesPerCommit) return [];
    const common = [...files].filter((path) => others.has(path));
    const shared = sumOf(common, weightOf);
    const share = shared / (sumOf(files, weightOf) + sumOf(others, weightOf) - shared);
    const rest = others.size - common.length;
    const why = `changed ${common.length} of the ${files.size} files of this change and ${rest === 0 ? "no" : rest} other`;
    return share < minSimilarity ? [] : [[pull, { share: share * filesBesideLines, why }]];
  });
}

function sumOf(paths: Iterable<string>, weightOf: (path: string) => number): number {
  return [...paths].reduce((sum, path) => sum + weightOf(path), 0);
}

/** Reasons add up as if they were independent: 1 − (1 − a)(1 − b). */
function cite({ number, subject, mergedAs }: PastPull, reasons: readonly Reason[], isOpen: boolean): Evidence {
  const score = 1 - reasons.reduce((rest, { share }) => rest * (1 - share), 1);
  const merged = mergedAs === null ? `not merged${isOpen ? " yet" : ""}` : `merged as ${mergedAs.slice(0, 12)}`;
  return {
    kind: "past-pull",
    citation: { kind: "pull", number, title: subject },
    score,
    why: [...reasons.map(({ why }) => why), merged].join("; "),
    text: subject,
  };
}
