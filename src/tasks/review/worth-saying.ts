import { companionBand, companionKind, copyBand } from "../../calibration/bands.ts";
import type { Calibration } from "../../calibration/calibration.ts";
import { isBorneOut, placeWarning } from "../../calibration/place-warning.ts";
import type { Companion } from "../../retrieval/companions.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { languageOf } from "../../retrieval/languages.ts";
import type { PastHunkEvidence } from "../../retrieval/past-hunks.ts";
import type { PastReview } from "../../retrieval/past-reviews.ts";
import type { NearCopies, NearCopy } from "../../retrieval/near-copies.ts";
import { isOrdinaryPath, isProsePath, isTestPath } from "../../retrieval/ordinary-path.ts";
import type { Association } from "../../tracker/tracker.ts";

/**
 * What retrieval finds is not yet worth telling an author. These floors were set by reading what was found in 150 changes of
 * a project of 3,500 files. Below them a warning is told only where this repository's own past pull requests bear it out.
 */

/** Words that an edit must replace for its copy to say something by itself. */
const longEditWords = 8;
/** A long edit's copy may differ in a few lines and in names; below this it shares the shape and not the matter. */
const longCopySimilarity = 0.85;
/** A short edit is told by its neighbours: nearly the same, and several lines of it. */
const shortCopySimilarity = 0.95;
const shortCopyLines = 4;

/** Whether a copy may have been forgotten: code on both sides, and no test of it. Tests repeat each other by intent. */
export function isTwin(copy: NearCopy, found: NearCopies, calibration: Calibration | null): boolean {
  const { anchor, removedWords, repeated } = found;
  const { citation } = copy.evidence;
  if (isBorneOut(calibration, { kind: "near-copy", band: copyBand(found, copy) })) return true;
  if (citation.kind !== "code" || !isCode(citation.path) || anchor === null || !isCode(anchor.path)) return false;
  if (repeated !== undefined) return true;
  const lines = citation.endLine - citation.startLine + 1;
  if (copy.differences.length > lines / 2) return false;
  if (removedWords >= longEditWords) return copy.similarity >= longCopySimilarity;
  return copy.similarity >= shortCopySimilarity && lines >= shortCopyLines;
}

/** Whether `isTwin` may say yes of any copy of an edit of this file: to look for them takes long, and half of a change is tests. */
export function mayHaveTwins(path: string, calibration: Calibration | null): boolean {
  const isTold = (band: string): boolean => isBorneOut(calibration, { kind: "near-copy", band });
  return isCode(path) || isTold("test") || (!isTestPath(path) && isTold("other"));
}

/** With fewer common commits a habit is an accident. */
const leastTogether = 8;

/**
 * Recent habits weigh more, but the plain share must bear the rule out too: that is what the author reads.
 * @param floor learnt from this repository's past
 */
export function isHabit(found: Companion, floor: number, calibration: Calibration | null): boolean {
  const { changed, together, support, confidence } = found;
  if (!isOrdinaryPath(changed)) return false;
  const often = together >= leastTogether && confidence >= floor && together / support >= floor;
  return often || isBorneOut(calibration, { kind: companionKind(found), band: companionBand(found) });
}

/** A test that often changes along stands on the sheet, unless such hints proved no better than chance here. */
export function isTestWorthNaming(found: Companion, calibration: Calibration | null): boolean {
  const kind = companionKind(found);
  if (kind !== "paired-test") return false;
  return placeWarning(calibration, { kind, band: companionBand(found), precision: 1 })?.placement !== "nowhere";
}

/** Whether taking a past hunk back deserves a finding: it mended something, and most of it goes. */
export function isGrave({ isFix, issues, band, takenBackBy }: PastHunkEvidence): boolean {
  return (isFix || issues.length > 0) && band !== "part" && takenBackBy === null;
}

/** A likeness above which a remark on other code is about this code too: most lines are the same, in the same order. */
const sameLikeness = 0.8;
/** Whoever may write here speaks for the repository; anybody may comment on a public one. */
const heeded: readonly Association[] = ["OWNER", "MEMBER", "COLLABORATOR"];

/** Whether a remark deserves a finding: made on nearly the same lines, by one who may, and heeded there. */
export function isLesson({ likeness, outcome, comment }: PastReview): boolean {
  return outcome === "changed" && likeness >= sameLikeness && heeded.includes(comment.author.association);
}

/** Below half of its words, another place is about something else; of prose half may be anybody's words. */
const relatedShare = { code: 0.5, prose: 0.8 };

/** Whether code elsewhere is worth showing beside a part of the change: much alike, and a test only beside a test. */
export function isRelated({ citation, score }: Evidence, changedPath: string): boolean {
  if (citation.kind !== "code") return false;
  if (score < (isProsePath(changedPath) ? relatedShare.prose : relatedShare.code)) return false;
  return isTestPath(changedPath) || !isTestPath(citation.path);
}

function isCode(path: string): boolean {
  return languageOf(path) !== null && !/\.(?:ya?ml|toml)$/.test(path) && !isTestPath(path);
}
