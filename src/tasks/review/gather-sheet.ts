import { linesOfChange } from "../../engram/algebra/change-vector.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { findOwners } from "../../retrieval/owners.ts";
import { findPastHunks, type PastHunkEvidence } from "../../retrieval/past-hunks.ts";
import { findPastPulls } from "../../retrieval/past-pulls.ts";
import { findPastReviews, openPastReviews, type PastReview } from "../../retrieval/past-reviews.ts";
import { findShapingCommits, withoutPulls } from "../../retrieval/shaping-commits.ts";
import { findSimilarCode } from "../../retrieval/similar-code.ts";
import { limits } from "../../shared/limits.ts";
import type { Change } from "../../workspace/diff.ts";
import { oncePerMark } from "../once-per-mark.ts";
import type { GatherInput } from "./gather-evidence.ts";
import { findCodeOwners } from "./code-owners.ts";
import { cutTiles } from "./tiles.ts";
import { isGrave, isLesson, isRelated } from "./worth-saying.ts";

export interface GatheredSheet {
  sheet: Evidence[];
  /** Fixes that the change takes back: worth more than an entry on the sheet. */
  undone: PastHunkEvidence[];
  /** Remarks on nearly the same code that were heeded there: as much worth. Their hunks are those of the change asked about. */
  lessons: PastReview[];
  /** Lines under the change of which was not found out in time who wrote them. */
  late: number;
  /** Places of the change that were not looked for in the past. */
  unsearched: number;
}

/**
 * The evidence sheet: what a reviewer who has been here for years would remember. A few entries of each kind, the best
 * first; nothing where there is nothing.
 */
export async function gatherSheet(input: GatherInput, citeCommit: (path: string) => string): Promise<GatheredSheet> {
  const { subject, change, past, workspace, signal } = input;
  const { history, changes, pulls, tracker } = past;
  const git = { gitDir: workspace.gitDir, signal };
  const [shaping, { undone, repeated, unsearched }, reviews] = await Promise.all([
    findShapingCommits(workspace.gitDir, change, { history, changes, signal }),
    findPastHunks(change, history, changes, git),
    pastReviews(input),
  ]);
  const shaped = shaping.commits.map(({ evidence, lines }) => ({ commit: commitOf(evidence), lines }));
  const isOpen = (number: number): boolean => tracker?.issue(number)?.state === "open";
  const pastPulls = findPastPulls(change, pulls, {
    history,
    shaped,
    isOpen,
    except: subject?.number,
    k: limits.sheetEntries,
  });
  const grave = undone.filter(isGrave);
  const lessons = reviews.filter(isLesson);
  const sheet = [
    ...firstOf(byCommit(undone.filter((one) => !grave.includes(one)))),
    ...firstOf(reviews.filter((one) => !lessons.includes(one)).map(({ evidence }) => evidence)),
    ...similarCode(input, citeCommit),
    ...withoutPulls(shaping.commits.slice(0, limits.sheetEntries), pastPulls, pulls),
    ...pastPulls,
    ...firstOf(byCommit(repeated)),
    ...(await findCodeOwners(workspace.gitDir, change)),
    ...findOwners(history, pathsBefore(change), limits.sheetEntries),
  ];
  return { sheet, undone: grave, lessons, late: shaping.late, unsearched };
}

/** A commit that is met in several files is named once, by the file where most of it is. */
function byCommit(found: readonly PastHunkEvidence[]): Evidence[] {
  const seen = new Set<string>();
  return found.flatMap(({ commit, evidence }) => {
    if (seen.has(commit.commit)) return [];
    seen.add(commit.commit);
    return evidence.slice(0, 1);
  });
}

function pathsBefore({ files }: Change): string[] {
  return files.filter(({ status }) => status !== "added").map(({ oldPath }) => oldPath);
}

function firstOf(evidence: Evidence[]): Evidence[] {
  return evidence.slice(0, limits.sheetEntries);
}

function commitOf({ citation }: Evidence): string {
  return citation.kind === "commit" ? citation.commit : "";
}

async function pastReviews({ subject, change, past, workspace, signal }: GatherInput): Promise<PastReview[]> {
  const { tracker, pulls } = past;
  if (tracker === null) return [];
  const options = { gitDir: workspace.gitDir, pulls, k: limits.sheetEntries, exceptPull: subject?.number, signal };
  return findPastReviews(linesOfChange(change), reviewIndexOf(tracker), options);
}

const reviewIndexOf = oncePerMark(
  ({ reviewComments }) => reviewComments,
  (tracker) => openPastReviews(tracker),
);

/** Code elsewhere that is about the same as the largest parts of the change. */
function similarCode({ change, view, others }: GatherInput, citeCommit: (path: string) => string): Evidence[] {
  const changed = new Set(change.files.map(({ path }) => path));
  const found = new Map<string, Evidence>();
  for (const tile of cutTiles(change).slice(0, limits.relatedTiles)) {
    const text = tile.lines.flatMap((line) => (line.kind === "-" ? [] : [line.text])).join("\n");
    const query = { text, k: 2, paths: false, filter: (path: string) => !changed.has(path) };
    const similar = findSimilarCode(view, { ...query, citeCommit, others });
    for (const evidence of similar.filter((one) => isRelated(one, tile.path))) {
      const { citation, repository } = evidence;
      const place = JSON.stringify([repository, citation.kind === "code" ? citation.path : ""]);
      if ((found.get(place)?.score ?? 0) < evidence.score) found.set(place, evidence);
    }
  }
  return [...found.values()].sort((a, b) => b.score - a.score).slice(0, limits.sheetEntries);
}
