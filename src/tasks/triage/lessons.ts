import type { TrackedIssue, Tracker } from "../../tracker/tracker.ts";
import { limits } from "../../shared/limits.ts";
import { openIssueIndex, type IssueIndex } from "../../retrieval/issue-index.ts";
import { oncePerMark } from "../once-per-mark.ts";
import { type DuplicateFloor, duplicateFloorOf, knownDuplicates } from "./duplicates.ts";
import { type LabelCutOffs, labelCutOffsOf } from "./label-cut-offs.ts";
import { type LabelClassifier, trainLabelClassifier } from "./label-classifier.ts";
import { type ReplayedIssue, replayIssues } from "./replay-issues.ts";

/** What a repository's own issues teach about what may be said of new ones. */
export interface TriageLessons {
  cutOffs: LabelCutOffs;
  /** Of all issues that have labels now. */
  classifier: LabelClassifier;
  /** Null where nothing may be called a duplicate. */
  duplicates: DuplicateFloor | null;
}

/** The issues of a tracker by their words; made again only when it has read more. */
export const indexOf: (tracker: Tracker) => IssueIndex<TrackedIssue> = oncePerMark(
  ({ issues }) => issues,
  (tracker) => openIssueIndex(tracker.issues()),
);

interface Learnt {
  at: number;
  /** Issues that were known then. */
  size: number;
  precision: number;
  lessons: Promise<TriageLessons>;
}

const learnt = new WeakMap<Tracker, Learnt>();

/**
 * Learns from at most limits.replayedIssues issues, seconds for as many; kept for limits.triageLessonsMs, or until there are
 * many more issues.
 * @param precision that labels must have
 */
export function learnLessons(tracker: Tracker, precision: number): Promise<TriageLessons> {
  const known = learnt.get(tracker);
  const index = indexOf(tracker);
  const { size } = index;
  const isNew = known && known.precision === precision && Date.now() - known.at < limits.triageLessonsMs;
  if (isNew && size <= known.size * limits.triageGrowth) return known.lessons;
  const lessons = replay(tracker, index, precision);
  const now = { at: Date.now(), size, precision, lessons };
  learnt.set(tracker, now);
  // What failed is tried again.
  lessons.catch(() => learnt.get(tracker) === now && learnt.delete(tracker));
  return lessons;
}

async function replay(tracker: Tracker, index: IssueIndex<TrackedIssue>, precision: number): Promise<TriageLessons> {
  const replayed = await replayIssues(tracker.issues(), index);
  const issues = Array.from(tracker.issues()).filter(({ pull }) => !pull);
  return {
    cutOffs: labelCutOffsOf(await withLikelihoods(replayed, issues), precision),
    classifier: await trainLabelClassifier(issues),
    duplicates: duplicateFloorOf(replayed, knownDuplicates(tracker)),
  };
}

/** As those before each part of the past made labels likely. */
async function withLikelihoods(replayed: readonly ReplayedIssue<TrackedIssue>[], issues: readonly TrackedIssue[]) {
  const classifiers = new Map<number, LabelClassifier>();
  for (const { before } of replayed) {
    if (classifiers.has(before)) continue;
    const known = issues.filter(({ number }) => number < before);
    classifiers.set(before, await trainLabelClassifier(known));
  }
  return replayed.map((one) => ({
    ...one,
    likelihoods: classifiers.get(one.before)?.likelihoods(one.issue) ?? new Map<string, number>(),
  }));
}
