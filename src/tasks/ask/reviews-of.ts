import type { AnswerLine } from "../../publish/outcome.ts";
import { findPastReviews, openPastReviews } from "../../retrieval/past-reviews.ts";
import { limits } from "../../shared/limits.ts";
import { oncePerMark } from "../once-per-mark.ts";
import type { AskInput, Place } from "./ask-input.ts";
import { linesOf, quote } from "./inline.ts";

/** What people said in reviews about lines like these. */
export async function reviewsOf(place: Place, { past, workspace, subject, signal }: AskInput): Promise<AnswerLine[]> {
  const { tracker, pulls } = past;
  if (tracker === null) return [];
  const lines = linesOf(place.text, place.startLine, Math.min(place.endLine, place.startLine + limits.tileLines));
  const found = await findPastReviews([{ path: place.path, removed: lines, added: [] }], reviewIndexOf(tracker), {
    gitDir: workspace.gitDir,
    pulls,
    exceptPull: subject?.onPull === true ? subject.number : undefined,
    signal,
  });
  return found.map(({ evidence }) => ({ text: `${quote(evidence.text)}, ${evidence.why}`, evidence: [evidence] }));
}

const reviewIndexOf = oncePerMark(
  ({ reviewComments }) => reviewComments,
  (tracker) => openPastReviews(tracker),
);
