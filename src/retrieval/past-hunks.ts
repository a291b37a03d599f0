import { issueReferences, messageText, pullNumberOf } from "../history/past-commit.ts";
import type { History, PastCommit } from "../history/history.ts";
import type { PastChanges, PastChangesQuery, PastHunkMatch } from "../history/past-changes.ts";
import { limits } from "../shared/limits.ts";
import type { Change, DiffLine, FileDiff } from "../workspace/diff.ts";
import { type ChangedRun, changedRuns } from "./changed-runs.ts";
import { citePastHunks } from "./cite-past-hunk.ts";
import {
  bestPair,
  isOfFile,
  isOfVeryFile,
  type PastPair,
  sizeOfPast,
  sizeOfRun,
  sum,
  tellingEnough,
} from "./compare-past-hunk.ts";
import type { Evidence } from "./evidence.ts";
import { countFileLines } from "./file-lines.ts";
import { isTelling, plainLine, tellingLines } from "./line-bag.ts";
import { isOrdinaryPath, isProsePath, isReleaseFile } from "./ordinary-path.ts";
import { readPastSides } from "./past-sides.ts";

/** How much of both changes is the same: all but a twentieth of the lines, three quarters, half. Less is not reported. */
export type PastHunkBand = "whole" | "most" | "part";

/** A past commit that a change takes back, or repeats, in one of its files. */
export interface PastHunkEvidence {
  kind: "undone" | "repeated";
  commit: PastCommit;
  /** The pull request that it came with, where its subject says so. */
  pull: number | null;
  /** Issues that its message says it closes. */
  issues: number[];
  /** Whether its message says that it fixes something. */
  isFix: boolean;
  /** The past commit that says it reverts this one. */
  takenBackBy: PastCommit | null;
  file: FileDiff;
  /** The changed lines that do it, most first: where a comment can stand. */
  runs: ChangedRun[];
  /** Lines of these runs, and how many of them do it. */
  lines: number;
  shared: number;
  /** Share of the lines of both changes that are the same, 0..1. */
  score: number;
  band: PastHunkBand;
  /** The commit, then the lines that it wrote. */
  evidence: Evidence[];
}

export interface PastHunkOptions {
  gitDir: string;
  signal?: AbortSignal | undefined;
}

/** What a change has to do with what past commits did, most first. */
export interface PastHunks extends Record<PastHunkEvidence["kind"], PastHunkEvidence[]> {
  /** Places of the change that were not looked for: it has more than limits.pastHunkRuns. */
  unsearched: number;
}

/**
 * What this change takes back of what past commits did, by file and commit. A vector search proposes, lines decide. Found
 * are replacements that are undone, and of fixes also what they only added or only removed, where most of what they did to
 * the file goes: to delete what is old is no news. Lines that only move are not taken back.
 */
export async function findUndone(
  change: Change,
  history: History,
  changes: PastChanges,
  options: PastHunkOptions,
): Promise<PastHunkEvidence[]> {
  return (await findPast(["undone"], change, history, changes, options)).undone;
}

/**
 * As findUndone, and with the same reading what this change does as a past commit did before, here or in another file:
 * replacements of which at least three telling lines and most of both are the same, and anything of a commit that was
 * reverted since.
 */
export function findPastHunks(
  change: Change,
  history: History,
  changes: PastChanges,
  options: PastHunkOptions,
): Promise<PastHunks> {
  return findPast(["undone", "repeated"], change, history, changes, options);
}

/** Hits for each run, of them those that are compared by lines, and what a vector must reach: little, since lines decide. */
const hits = 40;
const proposals = 8;
const scoreFloor = 0.1;
const bands: [PastHunkBand, number][] = [
  ["whole", 0.95],
  ["most", 0.75],
  ["part", 0.5],
];
/** Of what a fix did to the file. */
const shareOfFix = 0.6;
async function findPast(
  kinds: readonly PastHunkEvidence["kind"][],
  change: Change,
  history: History,
  changes: PastChanges,
  { gitDir, signal }: PastHunkOptions,
): Promise<PastHunks> {
  const { proposed, unsearched } = proposalsOf(change, history, changes);
  const compared = kinds.flatMap((kind) => mostAlike(kind, proposed));
  const sides = await readPastSides(gitDir, compared, history, signal);
  const found: PastHunks = { undone: [], repeated: [], unsearched };
  for (const kind of kinds) {
    const pairs = proposed.flatMap((proposal) => bestPair(kind, proposal.run, proposal[kind], sides, history) ?? []);
    const groups = byFileAndCommit(pairs).flatMap((group) => describe(kind, group, history) ?? []);
    const kept = kind === "undone" ? await withoutOldCode(gitDir, groups, signal) : withoutCopies(groups);
    found[kind] = kept.map(({ evidence }) => evidence).sort((a, b) => b.score - a.score || b.shared - a.shared);
  }
  return found;
}

/** Those that are compared by lines. */
function mostAlike(kind: PastHunkEvidence["kind"], proposed: readonly Proposal[]): PastHunkMatch[] {
  const all = proposed.flatMap((proposal) => proposal[kind]).sort((a, b) => b.score - a.score);
  return all.slice(0, limits.pastHunksCompared);
}

/** What a text says is set right in both directions, and nobody's fix is lost by it. */
function isWanted({ oldPath, path, binary }: FileDiff): boolean {
  return !binary && [oldPath, path].every((one) => isOrdinaryPath(one) && !isReleaseFile(one) && !isProsePath(one));
}

interface Proposal {
  run: ChangedRun;
  undone: PastHunkMatch[];
  repeated: PastHunkMatch[];
}

/** One search answers both questions. */
function proposalsOf(
  change: Change,
  history: History,
  changes: PastChanges,
): { proposed: Proposal[]; unsearched: number } {
  const telling = ({ removed, added }: ChangedRun): number => tellingLines(removed) + tellingLines(added);
  const runs = changedRuns(change, isWanted).filter((run) => telling(run) > 0);
  // One question for all of them: who is among is then found out once.
  const asked = { k: hits, least: scoreFloor, among: (commit: string) => history.positionOf(commit) !== null };
  const searched = runs.slice(0, limits.pastHunkRuns);
  return {
    proposed: searched.map((run) => propose(run, history, changes, asked)),
    unsearched: runs.length - searched.length,
  };
}

/** For the past of a file, only what was done to that file; what was done elsewhere may be repeated here. */
function propose(run: ChangedRun, history: History, changes: PastChanges, asked: PastChangesQuery): Proposal {
  // What has no telling line in common is never reported.
  const query = { ...asked, lines: linesToShare(run) };
  const some = (matches: PastHunkMatch[], isPossible: (match: PastHunkMatch) => boolean): PastHunkMatch[] =>
    matches.filter((match) => match.score >= scoreFloor && isPossible(match)).slice(0, proposals);
  return {
    run,
    undone: some(changes.takenBack(run.query, query), (match) => isOfFile(match, run.file, history)),
    repeated: some(changes.repeated(run.query, query), ({ path }) => isOrdinaryPath(path)),
  };
}

function linesToShare({ lines, removed, added }: ChangedRun): string[] {
  const isWanted = ({ kind, text }: DiffLine): boolean => {
    const plain = plainLine(text);
    return (kind === "-" ? removed : added).has(plain) && isTelling(plain);
  };
  return lines.filter(isWanted).map(({ text }) => text);
}

function byFileAndCommit(pairs: readonly PastPair[]): PastPair[][] {
  const groups = new Map<string, PastPair[]>();
  for (const pair of pairs) {
    const key = JSON.stringify([pair.run.file.path, pair.match.commit]);
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  return [...groups.values()];
}

interface Found {
  evidence: PastHunkEvidence;
  /** Null where lines on both sides say so; else the file where the commit only added or only removed. */
  oneWay: { commit: string; path: string; isVeryFile: boolean } | null;
}

function describe(kind: PastHunkEvidence["kind"], pairs: readonly PastPair[], history: History): Found | null {
  const [{ run, match }] = pairs as [PastPair];
  const commit = history.commits[history.positionOf(match.commit) ?? -1];
  if (commit === undefined) return null;
  const matches = new Map(pairs.map(({ match, sides }) => [match, sides]));
  const theirs = sum([...matches.values()].map(sizeOfPast));
  const lines = sum(pairs.map(({ run }) => sizeOfRun(run)));
  const shared = sum(pairs.map(({ shared }) => shared));
  const telling = [0, 1].map((side) => sum(pairs.map((pair) => pair.telling[side] as number)));
  const score = Math.min(1, (2 * shared) / (lines + theirs));
  const band = bands.find(([, floor]) => score >= floor)?.[0];
  if (band === undefined) return null;
  if (kind === "repeated" && (band === "part" || sum(telling) < tellingEnough)) return null;
  const ranked = [...pairs].sort((a, b) => b.shared - a.shared);
  const pull = pullNumberOf(commit.subject);
  const message = messageText(commit);
  const issues = issueReferences(message).flatMap(({ number, closes }) => (closes ? [number] : []));
  const isFix = issues.length > 0 || fixing.test(commit.subject);
  const about = { kind, commit, pull, issues, isFix, lines, shared, score, takenBackBy: takenBackBy(commit, history) };
  const evidence = {
    ...about,
    file: run.file,
    runs: ranked.map((pair) => pair.run),
    band,
    evidence: citePastHunks(about, ranked),
  };
  if (!telling.includes(0)) return { evidence, oneWay: null };
  // What comes in the place of a fix's lines is the next version of them.
  if (band === "part") return null;
  const isVeryFile = pairs.every((pair) => isOfVeryFile(pair.match, run.file, history));
  return { evidence, oneWay: { commit: match.commit, path: match.path, isVeryFile } };
}

const fixing = /\b(fix(e[sd]|ing)?|bug(fix)?|hotfix|regression|security|vulnerabilit(y|ies)|cve-\d+-\d+|reverts?)\b/i;

/** To delete what was only added, or to put back what was only removed, counts where it takes most of a fix back. */
async function withoutOldCode(gitDir: string, found: Found[], signal: AbortSignal | undefined): Promise<Found[]> {
  const asked = found.flatMap(({ evidence: { isFix, file }, oneWay }) =>
    oneWay?.isVeryFile && isFix && file.status !== "deleted" && file.status !== "added" ? [oneWay] : [],
  );
  const counts = await countFileLines(gitDir, asked, signal);
  return found.filter(({ evidence, oneWay }) => {
    if (oneWay === null) return true;
    const count = counts.get(oneWay);
    return count !== undefined && evidence.shared >= shareOfFix * count;
  });
}

/** To add what was added elsewhere before is to write code that is alike; it counts where it was taken back since. */
function withoutCopies(found: Found[]): Found[] {
  return found.filter(({ evidence, oneWay }) => oneWay === null || evidence.takenBackBy !== null);
}

/** The newest commit that says, as `git revert` does, that it reverts this one. */
function takenBackBy({ commit }: PastCommit, history: History): PastCommit | null {
  const says = `This reverts commit ${commit}`;
  return history.commits.slice(0, history.positionOf(commit) ?? 0).find(({ body }) => body.includes(says)) ?? null;
}
