import type { History } from "../history/history.ts";
import { pullNumberOf } from "../history/past-commit.ts";
import { resolve } from "node:path";
import { git, GitError } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import type { Change, FileDiff, Hunk } from "../workspace/diff.ts";
import { editsOf } from "./edits.ts";
import type { Evidence } from "./evidence.ts";
import { pullOfCommit } from "./pull-of-commit.ts";

/** A commit that last touched lines which the change replaces, or stands beside. */
export interface ShapingCommit {
  evidence: Evidence;
  /** The pull request that it came with, where its subject says so, or that of the merge which brought it. */
  pull: number | null;
  /** How many of the old lines are its. */
  lines: number;
}

export interface ShapingOptions {
  k?: number;
  /** The past of the change's base: it knows the merges that brought the commits. */
  history?: History;
  signal?: AbortSignal | undefined;
}

/**
 * The commits that shaped the lines under the change, those with the most lines first: `git blame` of the old side.
 * Bounded in files, ranges and time by limits; what was not read by then is missing from the answer, never an error.
 */
export async function findShapingCommits(
  gitDir: string,
  change: Change,
  { k = limits.evidencePerFinding, history, signal }: ShapingOptions = {},
): Promise<ShapingCommit[]> {
  const deadline = AbortSignal.timeout(limits.blameMs);
  const bounded = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const commits = await blame(gitDir, change, bounded);
  signal?.throwIfAborted();
  const ranked = commits.sort((a, b) => b.lines - a.lines || (a.commit < b.commit ? -1 : 1));
  const total = ranked.reduce((sum, { lines }) => sum + lines, 0);
  return ranked.slice(0, k).map((blamed) => describe(blamed, total, history));
}

interface BlamedCommit {
  commit: string;
  subject: string;
  lines: number;
}

function hasOldSide(file: FileDiff): boolean {
  return file.oldBlob !== null && !file.binary && file.hunks.length > 0;
}

/**
 * `git blame` of one file after another in the shell that git brings along: to start a process from a large one takes ten
 * times as long as from a small one. Arguments are PATH, number of ranges, ranges.
 */
const blameEach = `!f() {
  dir=$1 base=$2; shift 2; unset GIT_DIR GIT_WORK_TREE GIT_PREFIX
  while [ $# -gt 0 ]; do
    path=$1 count=$2 ranges=; shift 2
    while [ $count -gt 0 ]; do ranges="$ranges -L $1"; count=$((count - 1)); shift; done
    git -C "$dir" blame --porcelain -w $ranges "$base" -- "$path" || :
  done
}; f`;

/** Files whose past `findShapingCommits` reads, by the paths of before the change: those with the most changed lines. */
export function blamedPaths(change: Change): string[] {
  return placesToBlame(change).map(({ path }) => path);
}

function placesToBlame({ files }: Change): { path: string; ranges: [number, number][] }[] {
  const places = files.filter(hasOldSide).flatMap((file) => {
    const ranges = file.hunks.flatMap(oldRanges).slice(0, limits.blamedRangesPerFile);
    return ranges.length === 0 ? [] : [{ path: file.oldPath, ranges }];
  });
  return places.sort((a, b) => lengthOf(b.ranges) - lengthOf(a.ranges)).slice(0, limits.blamedFiles);
}

async function blame(gitDir: string, change: Change, signal: AbortSignal): Promise<BlamedCommit[]> {
  const asked = placesToBlame(change);
  if (asked.length === 0) return [];
  const places = asked.flatMap(({ path, ranges }) => [
    path,
    String(ranges.length),
    ...ranges.map((range) => range.join(",")),
  ]);
  try {
    const alias = ["-c", `alias.blame-each=${blameEach}`, "blame-each"];
    const output = await git(gitDir, [...alias, resolve(gitDir), change.base, ...places], { signal });
    return parsePorcelain(output.toString("utf8"));
  } catch (error) {
    if (error instanceof GitError || signal.aborted) return [];
    throw error;
  }
}

function lengthOf(ranges: [number, number][]): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start + 1, 0);
}

/** The old lines of each edit; where it only adds, the unchanged lines that touch it. */
function oldRanges(hunk: Hunk): [number, number][] {
  return editsOf(hunk).flatMap(({ removed, before, after }) => {
    const touched = removed.length > 0 ? removed : [...before.slice(-1), ...after.slice(0, 1)];
    const numbers = touched.flatMap(({ oldLine }) => oldLine ?? []);
    const [first, last] = [numbers[0], numbers.at(-1)];
    return first === undefined || last === undefined ? [] : [[first, last] as [number, number]];
  });
}

/** A header line per blamed line; the first of each commit is followed by the commit's fields. */
function parsePorcelain(output: string): BlamedCommit[] {
  const commits = new Map<string, BlamedCommit>();
  let current: BlamedCommit | undefined;
  for (const line of output.split("\n")) {
    const [, commit] = /^([0-9a-f]{40,64}) \d+ \d+(?: \d+)?$/.exec(line) ?? [];
    if (commit !== undefined) {
      current = commits.get(commit) ?? { commit, subject: "", lines: 0 };
      current.lines++;
      commits.set(commit, current);
    } else if (current && line.startsWith("summary ")) {
      current.subject = line.slice("summary ".length);
    }
  }
  return [...commits.values()];
}

function describe({ commit, subject, lines }: BlamedCommit, total: number, history?: History): ShapingCommit {
  const pull = (history && pullOfCommit(history, commit)?.number) ?? pullNumberOf(subject);
  const ownSubject = pullNumberOf(subject) !== null;
  const came = pull === null || ownSubject ? "" : `; came with pull request #${pull}`;
  return {
    evidence: {
      kind: "commit",
      citation: { kind: "commit", commit, subject },
      score: lines / total,
      why: `last touched ${lines} of the ${total} lines under this change${came}`,
      text: subject,
    },
    pull,
    lines,
  };
}
