import { resolve } from "node:path";
import type { History } from "../history/history.ts";
import { pullNumberOf } from "../history/past-commit.ts";
import type { PastChanges } from "../history/past-changes.ts";
import type { PastPulls } from "../history/past-pulls.ts";
import { git, GitError } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import type { Change, FileDiff, Hunk } from "../workspace/diff.ts";
import { type Blame, blameFile } from "./blame/blame-file.ts";
import { editsOf } from "./edits.ts";
import type { Evidence } from "./evidence.ts";
import { openPullIndex } from "./pull-index.ts";
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
  /** The past of the change's base: most lines are told from it, and it knows the merges that brought the commits. */
  history?: History;
  /** With it, fewer versions of the files are read. */
  changes?: PastChanges;
  signal?: AbortSignal | undefined;
}

export interface ShapingPast {
  /** Those with the most lines first. */
  commits: ShapingCommit[];
  /** Lines that were to be looked up, and whose past was not read in limits.blameMs. */
  late: number;
}

/**
 * The commits that shaped the lines under the change: what `git blame` tells of the old side, from the history as far as it
 * reaches, else from git. Bounded in files, ranges and time by limits, which is never an error.
 */
export async function findShapingCommits(
  gitDir: string,
  change: Change,
  { k = limits.evidencePerFinding, history, changes, signal }: ShapingOptions = {},
): Promise<ShapingPast> {
  const deadline = AbortSignal.timeout(limits.blameMs);
  const bounded = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const { places, whole } = placesToBlame(change);
  const blames = await Promise.all(
    places.map((place) => recall({ gitDir, change, history, changes, signal: bounded }, place)),
  );
  const asked = blames.flatMap(({ rest }) => rest);
  const commits = new Map<string, BlamedCommit>();
  for (const { told } of blames) for (const [commit, lines] of told) add(commits, { commit, lines, subject: "" });
  for (const one of await blame(gitDir, asked, bounded)) add(commits, one);
  signal?.throwIfAborted();
  for (const commit of commits.keys()) if (seemsToHaveWrittenAll(commit, history)) commits.delete(commit);
  const ranked = [...commits.values()].sort((a, b) => b.lines - a.lines || (a.commit < b.commit ? -1 : 1));
  const total = ranked.reduce((sum, { lines }) => sum + lines, 0);
  const wanted = places.reduce((sum, { ranges }) => sum + lengthOf(ranges), 0);
  return {
    commits: ranked.slice(0, k).map((blamed) => describe(blamed, { total, whole }, history)),
    late: deadline.aborted ? Math.max(0, wanted - total) : 0,
  };
}

/** A commit that came with one of the pull requests that are named is told by it: that has the discussion. */
export function withoutPulls(
  commits: readonly ShapingCommit[],
  told: readonly Evidence[],
  pulls: PastPulls,
): Evidence[] {
  const named = new Set(told.map(({ citation }) => (citation.kind === "pull" ? citation.number : null)));
  const { byCommit } = openPullIndex(pulls);
  return commits.flatMap(({ pull, evidence }) => {
    const { citation } = evidence;
    const own = citation.kind === "commit" ? byCommit.get(citation.commit)?.number : undefined;
    return [own, pull].some((number) => typeof number === "number" && named.has(number)) ? [] : [evidence];
  });
}

/** Where a shallow clone was cut off, git takes all that is older for the work of the oldest commit. */
function seemsToHaveWrittenAll(commit: string, history: History | undefined): boolean {
  const position = history?.shallow === true ? history.positionOf(commit) : null;
  return position !== null && history?.commits[position]?.parents.length === 0;
}

interface BlamedCommit {
  commit: string;
  /** Empty where the history knows it. */
  subject: string;
  lines: number;
}

function add(commits: Map<string, BlamedCommit>, { commit, subject, lines }: BlamedCommit): void {
  const known = commits.get(commit) ?? { commit, subject, lines: 0 };
  commits.set(commit, { commit, subject: known.subject || subject, lines: known.lines + lines });
}

interface Place {
  path: string;
  ranges: [first: number, last: number][];
}

/** What was told of places before: the past of a commit does not change, and a change is reviewed again with each push. */
const told = new Map<string, Blame>();

interface Recalled extends Pick<ShapingOptions, "history" | "changes"> {
  gitDir: string;
  change: Change;
  signal: AbortSignal;
}

async function recall({ gitDir, change, ...known }: Recalled, { path, ranges }: Place): Promise<Blame> {
  const lines = [
    ...new Set(ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))),
  ];
  const unknown = { told: new Map<string, number>(), rest: [{ commit: change.base, path, lines }] };
  if (known.history === undefined || known.history.shallow) return unknown;
  const { history } = known;
  const key = JSON.stringify([resolve(gitDir), history.at, change.base, path, ranges]);
  const before = told.get(key);
  if (before !== undefined) return before;
  try {
    const blame = await blameFile({ ...known, history, gitDir, commit: change.base, path, lines });
    told.set(key, blame);
    const [oldest] = told.keys();
    if (told.size > limits.blamesKept && oldest !== undefined) told.delete(oldest);
    return blame;
  } catch (error) {
    if (known.signal.aborted) return { told: new Map(), rest: [] };
    if (error instanceof GitError) return unknown;
    throw error;
  }
}

function hasOldSide(file: FileDiff): boolean {
  return file.oldBlob !== null && !file.binary && file.hunks.length > 0;
}

/**
 * `git blame` of one place after another in the shell that git brings along: to start a process from a large one takes ten
 * times as long as from a small one. Arguments are COMMIT, PATH, number of ranges, ranges.
 */
const blameEach = `!f() {
  dir=$1; shift; unset GIT_DIR GIT_WORK_TREE GIT_PREFIX
  while [ $# -gt 0 ]; do
    commit=$1 path=$2 count=$3 ranges=; shift 3
    while [ $count -gt 0 ]; do ranges="$ranges -L $1"; count=$((count - 1)); shift; done
    git -C "$dir" blame --porcelain -w $ranges "$commit" -- "$path" || :
  done
}; f`;

/** Files whose past `findShapingCommits` reads, by the paths of before the change: those with the most changed lines. */
export function blamedPaths(change: Change): string[] {
  return placesToBlame(change).places.map(({ path }) => path);
}

/** @returns also how many lines there would be without limits */
function placesToBlame({ files }: Change): { places: Place[]; whole: number } {
  const all = files
    .filter(hasOldSide)
    .map((file) => ({ path: file.oldPath, ranges: file.hunks.flatMap(oldRanges) }))
    .filter(({ ranges }) => ranges.length > 0);
  const places = all.map(({ path, ranges }) => ({ path, ranges: ranges.slice(0, limits.blamedRangesPerFile) }));
  places.sort((a, b) => lengthOf(b.ranges) - lengthOf(a.ranges));
  return {
    places: places.slice(0, limits.blamedFiles),
    whole: all.reduce((sum, { ranges }) => sum + lengthOf(ranges), 0),
  };
}

async function blame(gitDir: string, asked: Blame["rest"], signal: AbortSignal): Promise<BlamedCommit[]> {
  if (asked.length === 0 || signal.aborted) return [];
  const places = asked.flatMap(({ commit, path, lines }) => {
    const ranges = rangesOf(lines);
    return [commit, path, String(ranges.length), ...ranges.map((range) => range.join(","))];
  });
  try {
    const alias = ["-c", `alias.blame-each=${blameEach}`, "blame-each"];
    const output = await git(gitDir, [...alias, resolve(gitDir), ...places], { signal });
    return parsePorcelain(output.toString("utf8"));
  } catch (error) {
    if (error instanceof GitError || signal.aborted) return [];
    throw error;
  }
}

/** @param lines ascending */
function rangesOf(lines: readonly number[]): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const open = ranges.at(-1);
    if (open?.[1] === line - 1) open[1] = line;
    else ranges.push([line, line]);
  }
  return ranges;
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

interface Told {
  /** Lines of which it is known who wrote them, and all of the change. */
  total: number;
  whole: number;
}

function describe(
  { commit, lines, ...blamed }: BlamedCommit,
  { total, whole }: Told,
  history?: History,
): ShapingCommit {
  const subject = blamed.subject || (history?.commits[history.positionOf(commit) ?? -1]?.subject ?? "");
  const pull = (history && pullOfCommit(history, commit)?.number) ?? pullNumberOf(subject);
  const ownSubject = pullNumberOf(subject) !== null;
  const came = pull === null || ownSubject ? "" : `; came with pull request #${pull}`;
  const among =
    total < whole ? `${total} lines looked up, of ${whole} under this change` : `the ${total} lines under this change`;
  return {
    evidence: {
      kind: "commit",
      citation: { kind: "commit", commit, subject },
      score: lines / total,
      why: `last touched ${lines} of ${among}${came}`,
      text: subject,
    },
    pull,
    lines,
  };
}
