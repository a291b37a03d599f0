import { isUsable } from "../../calibration/judge-pull.ts";
import type { Engram, EngramStore } from "../../engram/engram.ts";
import { type PastCommit } from "../../history/history.ts";
import { pullNumberOf } from "../../history/past-commit.ts";
import type { PastPull, PastPulls } from "../../history/past-pulls.ts";
import type { Past } from "../../retrieval/past.ts";
import { readReviewThreads, type ReviewThread } from "../../retrieval/review-threads.ts";
import { GitError } from "../../shared/git.ts";
import { cleanExample, isOfSize } from "./clean-example.ts";
import { type DatasetExample, type DatasetTask, type Split, splits } from "./example.ts";
import { implementExamples, isWork } from "./implement-examples.ts";
import { laterChangeExamples, remarkExamples } from "./review-examples.ts";
import { splitByTime } from "./split-by-time.ts";
import { isRobot } from "./written-by-people.ts";
import { withoutRepeats } from "./without-repeats.ts";

export interface ExportRequest {
  gitDir: string;
  past: Pick<Past, "history" | "pulls" | "tracker">;
  tasks: readonly DatasetTask[];
  /** Newest commits and newest pull requests that are read, so many of each. */
  most: number;
  /** For engrams of past commits; closed by the caller. */
  engrams: EngramStore;
  signal: AbortSignal;
  onProgress: (step: string, done: number, total: number) => void;
}

/** Examples by part, oldest first, and why others are not there. */
export interface ExportedDataset {
  examples: Record<Split, DatasetExample[]>;
  leftOut: {
    /** Begun before a boundary of time and ended after it. */
    straddling: number;
    /** Answered in an earlier part, or there twice. */
    repeated: number;
    tooLong: number;
    /** Commits and pull requests of which git lacks a file. */
    unreadable: number;
  };
  /** Examples in which a secret or an address was replaced. */
  redacted: number;
}

/**
 * Makes examples of a repository's own past, parted by time. Nothing newer than an example's own question is in its question:
 * its evidence is the tree that the pull request began from.
 * Errors: the signal's reason.
 */
export async function exportDataset(request: ExportRequest): Promise<ExportedDataset> {
  const { tasks, onProgress } = request;
  const read: Read = { examples: [], unreadable: 0 };
  if (tasks.includes("review")) await readReviews(request, read);
  if (tasks.includes("implement")) await readCommits(request, read);
  const fitting = read.examples.filter(isOfSize);
  const { examples: parts, straddling } = splitByTime(fitting);
  const { examples: unclean, repeated } = withoutRepeats(parts);
  const examples: ExportedDataset["examples"] = { train: [], validation: [], test: [] };
  const total = splits.reduce((sum, part) => sum + unclean[part].length, 0);
  let [redacted, done] = [0, 0];
  for (const part of splits) {
    for (const one of unclean[part]) {
      request.signal.throwIfAborted();
      const clean = await cleanExample(one);
      examples[part].push(clean.example);
      if (clean.redacted) redacted++;
      onProgress("taking secrets out", ++done, total);
    }
  }
  const tooLong = read.examples.length - fitting.length;
  return { examples, leftOut: { straddling, repeated, tooLong, unreadable: read.unreadable }, redacted };
}

interface Read {
  examples: DatasetExample[];
  unreadable: number;
}

/** Oldest first, so that each engram is an update of the one before. */
async function readReviews(
  { gitDir, past, most, engrams, signal, onProgress }: ExportRequest,
  read: Read,
): Promise<void> {
  const threads = threadsByPull(past);
  const known = new Map(past.pulls.pulls.map((pull) => [pull.number, pull]));
  const numbers = [...new Set([...past.pulls.pulls.filter(isTold).map(({ number }) => number), ...threads.keys()])];
  const chosen = numbers
    .toSorted((a, b) => b - a)
    .slice(0, most)
    .reverse();
  for (const [index, number] of chosen.entries()) {
    onProgress("reading pull requests", index, chosen.length);
    const pull = known.get(number) ?? null;
    const said = threads.get(number) ?? [];
    await orUnreadable(read, async () => {
      const sources = { gitDir, pulls: past.pulls, signal };
      if (pull === null) return remarkExamples(said, null, { ...sources, view: null });
      return withTree(engrams, gitDir, { pull, signal }, async (view) => [
        ...(isTold(pull) ? await laterChangeExamples(pull, { ...sources, view }) : []),
        ...(await remarkExamples(said, pull, { ...sources, view })),
      ]);
    });
  }
}

/** Whether its own commits may tell something. */
function isTold(pull: PastPull): boolean {
  return isUsable(pull) && !isRobot(pull.author);
}

function threadsByPull({ tracker }: ExportRequest["past"]): Map<number, ReviewThread[]> {
  const threads = new Map<number, ReviewThread[]>();
  for (const thread of tracker === null ? [] : readReviewThreads(tracker)) {
    const { pull } = thread.comment;
    threads.set(pull, [...(threads.get(pull) ?? []), thread]);
  }
  return threads;
}

async function withTree<T>(
  engrams: EngramStore,
  gitDir: string,
  { pull, signal }: { pull: PastPull; signal: AbortSignal },
  use: (view: Engram) => Promise<T>,
): Promise<T> {
  const { engram } = await engrams.update("dataset", gitDir, pull.base, { signal });
  try {
    return await use(engram);
  } finally {
    engram.close();
  }
}

async function readCommits({ gitDir, past, most, signal, onProgress }: ExportRequest, read: Read): Promise<void> {
  const { history, tracker, pulls } = past;
  const chosen = history.commits.filter(isWork).slice(0, most).reverse();
  const groupOf = grouping(pulls);
  for (const [index, commit] of chosen.entries()) {
    onProgress("reading commits", index, chosen.length);
    await orUnreadable(read, () => implementExamples(commit, { gitDir, tracker, groupOf, signal }));
  }
}

/** A commit belongs to the pull request that it came with or stood in. */
function grouping({ pulls }: PastPulls): (commit: PastCommit) => string {
  const byCommit = new Map<string, number>();
  for (const { number, commits, mergedAs } of pulls) {
    for (const commit of [...commits, mergedAs]) if (commit !== null) byCommit.set(commit, number);
  }
  return ({ commit, subject }) => {
    const number = byCommit.get(commit) ?? pullNumberOf(subject);
    return number === null ? commit : `pull-${number}`;
  };
}

/** A clone may lack files of old commits; what can be read is enough. */
async function orUnreadable(read: Read, examples: () => Promise<DatasetExample[]>): Promise<void> {
  try {
    read.examples.push(...(await examples()));
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    read.unreadable++;
  }
}
