import type { History, PastCommit } from "../history/history.ts";
import { messageText } from "../history/past-commit.ts";
import { limits } from "../shared/limits.ts";
import { wilsonLower } from "../shared/wilson.ts";
import { coChange } from "./co-change.ts";
import { rankFilesForText } from "./rank-files.ts";
import type { RankingSources } from "./ranked-file.ts";

/** One file that would have been shown for a past commit, and whether that commit changed it. */
export interface FloorSample {
  score: number;
  right: boolean;
}

/** What a repository's own past says about scores; plain data, for the caller to keep. */
export interface LearntFloor {
  /** Show what scores this much or more. */
  floor: number;
  /** Share of right ones among the samples from the floor upwards. */
  precision: number;
  /** Samples from the floor upwards, and all that were looked at. */
  shown: number;
  samples: number;
}

/** A floor rests on at least so many samples above it. */
const fewestShown = 20;
/**
 * Floors where nothing was learnt: for the newest 60 messages of six repositories .46 of the files from this score upwards
 * were right ones, .39 in the worst of them (docs/retrieval.md).
 */
export const defaultFloors = { localisation: 0.35, companion: 0.8 } as const;

/**
 * The lowest score from which on so large a share of what is shown is right, that it would be `target` or more in nine of ten
 * repeats (lower bound of Wilson's interval, 1927). Null where the samples are too few, or no score is high enough.
 * @param target 0..1
 */
export function learnFloor(samples: readonly FloorSample[], target: number): LearntFloor | null {
  if (samples.length < limits.floorSamples) return null;
  const sorted = samples.toSorted((a, b) => b.score - a.score);
  let learnt: LearntFloor | null = null;
  let right = 0;
  for (const [i, sample] of sorted.entries()) {
    if (sample.right) right++;
    const shown = i + 1;
    // A floor takes in all samples of its score.
    if (shown < fewestShown || sorted[shown]?.score === sample.score) continue;
    if (wilsonLower(right, shown) < target) continue;
    learnt = { floor: sample.score, precision: right / shown, shown, samples: samples.length };
  }
  return learnt;
}

export interface SamplingOptions {
  /** Past commits that are asked, the newest ones that qualify. 60 are enough for a floor, 200 for a steady one. */
  commits: number;
  /** Files looked at for each question. */
  shown: number;
  signal?: AbortSignal | undefined;
}

/**
 * Asks past commits' messages for their files, oldest first.
 * @param history of the commit that the floor is for: nothing newer is asked
 * @param sourcesAt what was known at a commit, or null where that cannot be had; called for parents, so that each is near the
 * one before and an engram moves on by their difference
 */
export async function sampleLocalisation(
  history: History,
  sourcesAt: (commit: string) => Promise<RankingSources | null>,
  { commits, shown, signal }: SamplingOptions,
): Promise<FloorSample[]> {
  const samples: FloorSample[] = [];
  for (const commit of toldCommits(history).slice(0, commits).toReversed()) {
    signal?.throwIfAborted();
    const [parent = ""] = commit.parents;
    const sources = await sourcesAt(parent);
    if (sources === null) continue;
    const changed = new Set(commit.files.filter((path) => sources.view.file(path) !== null));
    if (changed.size === 0) continue;
    for (const { path, score } of rankFilesForText(messageText(commit), sources, { k: shown })) {
      samples.push({ score, right: changed.has(path) });
    }
  }
  return samples;
}

/**
 * For each file of past commits the files that would have been called its companions then, by their confidence.
 * @param historyAt what was known at a commit, or null where that is older than what was read
 * @param leastTogether common commits under which nothing is called a companion
 */
export function sampleCompanions(
  history: History,
  historyAt: (commit: string) => History | null,
  { commits, shown, leastTogether, signal }: SamplingOptions & { leastTogether: number },
): FloorSample[] {
  const samples: FloorSample[] = [];
  for (const commit of toldCommits(history).slice(0, commits).toReversed()) {
    signal?.throwIfAborted();
    const then = historyAt(commit.parents[0] ?? "");
    if (then === null) continue;
    const changed = new Set(commit.files);
    const best = new Map<string, number>();
    for (const path of changed) {
      for (const { path: other, confidence: sure, together } of coChange(then, path)) {
        if (together.length >= leastTogether) best.set(other, Math.max(best.get(other) ?? 0, sure));
      }
    }
    const surest = [...best].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, shown);
    for (const [path, score] of surest) samples.push({ score, right: changed.has(path) });
  }
  return samples;
}

const mostFiles = 10;
const fewestWords = 3;

/** Commits that say something and change few files, newest first: questions whose answer is known. */
function toldCommits({ commits }: History): PastCommit[] {
  return commits.filter(
    ({ subject, parents, files }) =>
      parents.length === 1 &&
      files.length >= 1 &&
      files.length <= mostFiles &&
      subject.split(/\s+/).length >= fewestWords &&
      !/^(revert|merge|bump(ed)?|release)\b/i.test(subject),
  );
}
