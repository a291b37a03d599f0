import { companionFloor } from "../../src/calibration/bands.ts";
import { layChangeOver } from "../../src/engram/lay-change-over.ts";
import { openPast } from "../../src/handlers/remember.ts";
import type { Finding, ReviewOutcome } from "../../src/publish/outcome.ts";
import { findCompanions } from "../../src/retrieval/companions.ts";
import type { Evidence } from "../../src/retrieval/evidence.ts";
import { findNearCopies } from "../../src/retrieval/near-copies.ts";
import { readChange } from "../../src/workspace/read-change.ts";
import type { Planted } from "./planted.ts";
import type { Reviewer } from "./reviewer.ts";

/**
 * Whether a finder came to the planted place at all, however little it makes of it: that nothing is said of it then is a decision,
 * not blindness. Copies of any likeness and in tests; companions from the least habit that the calibration counts.
 * @param outcome of the defective change
 * @param found findings that point at the defect
 */
export async function isDetected(
  planted: Planted,
  { head, outcome, found }: { head: string; outcome: ReviewOutcome; found: readonly Finding["kind"][] },
  reviewer: Reviewer,
): Promise<boolean> {
  if (found.length > 0) return true;
  const { place, undoes } = planted;
  if (planted.kind === "dangling") return false;
  if (planted.kind === "undone")
    return outcome.sheet.some(({ citation }) => citation.kind === "commit" && undoes?.startsWith(citation.commit));
  const { engram } = await reviewer.services.engrams.update(reviewer.engramKey, reviewer.gitDir, planted.parent);
  try {
    const change = await readChange(reviewer.gitDir, planted.parent, head);
    const view = await layChangeOver(engram, change, reviewer.gitDir);
    const citeCommit = (): string => head;
    if (planted.kind === "near_copy") {
      const copies = findNearCopies(change, view, { citeCommit }).found.flatMap((edit) => edit.copies);
      return copies.some(({ evidence }) => isAt(evidence, place));
    }
    const { history } = await pastOf(planted, reviewer);
    const { confidence: minConfidence, together: minTogether } = companionFloor;
    const companions = findCompanions(change, view, history, { citeCommit, minConfidence, minTogether });
    return companions.some(({ companion }) => companion === place.path);
  } finally {
    engram.close();
  }
}

function isAt({ citation }: Evidence, { path, startLine, endLine }: Planted["place"]): boolean {
  return (
    citation.kind === "code" && citation.path === path && citation.startLine <= endLine && citation.endLine >= startLine
  );
}

function pastOf({ parent }: Planted, { services, engramKey: key, gitDir }: Reviewer) {
  const signal = new AbortController().signal;
  return openPast({ key, gitDir, commit: parent, defaultCommit: parent, learn: false, signal }, services.past);
}
