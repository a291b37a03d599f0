import type { Finding } from "../publish/outcome.ts";
import type { Lesson } from "./feedback.ts";
import { findingLikeness, type FindingEncoder, type FindingVector, findingVector } from "./finding-likeness.ts";
import { publishedFinding } from "./finding-texts.ts";

/**
 * Findings are alike from here on: so are seven of ten restatements of one remark in other words on lines of which a fifth was
 * edited, one of thirteen other remarks on the same lines, and none of 42,000 pairs of remarks on other pull requests
 * (docs/on-github.md).
 */
const leastLikeness = 0.65;

/** Why a finding is not wanted: similar ones were turned down more often than accepted. */
export interface DismissedBefore {
  /** Pull request in which one was turned down last. */
  pull: number;
  dismissed: number;
  accepted: number;
}

/**
 * Of these findings, those whose like people turned down in this repository, by id. Findings of one kind are compared, by
 * what they claim and the code that they rest on; the same finding is like itself. Each accepted one that is as alike
 * counts against a dismissal. A secret is never unwanted for its likeness.
 * @param lessons oldest first
 */
export function dismissedBefore(
  findings: readonly Finding[],
  lessons: readonly Lesson[],
  encoder: FindingEncoder,
): Map<string, DismissedBefore> {
  const unwanted = new Map<string, DismissedBefore>();
  const vectors = new Map<Lesson, FindingVector>();
  const vectorOf = (lesson: Lesson): FindingVector => {
    const vector = vectors.get(lesson) ?? findingVector(encoder, lesson);
    vectors.set(lesson, vector);
    return vector;
  };
  for (const finding of findings) {
    const ofKind = lessons.filter(({ kind }) => kind === finding.kind && kind !== "secret");
    if (!ofKind.some(({ answer }) => answer === "dismissed")) continue;
    const vector = findingVector(encoder, publishedFinding(finding));
    const alike = ofKind.filter(
      (lesson) => lesson.id === finding.id || findingLikeness(vector, vectorOf(lesson)) >= leastLikeness,
    );
    const dismissed = alike.filter(({ answer }) => answer === "dismissed");
    const accepted = alike.length - dismissed.length;
    const [last] = dismissed.slice(-1);
    if (last === undefined || dismissed.length <= accepted) continue;
    unwanted.set(finding.id, { pull: last.pull, dismissed: dismissed.length, accepted });
  }
  return unwanted;
}
