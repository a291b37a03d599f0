import type { StoredReviewComment } from "./comment-api.ts";
import type { Marker } from "./marker.ts";
import type { Finding, ReviewOutcome } from "./outcome.ts";
import type { OwnComment } from "./own-comments.ts";

export type FindingComment = OwnComment<StoredReviewComment, Extract<Marker, { kind: "finding" }>>;

/** What has to change on the lines of a pull request. */
export interface ReviewPlan {
  /** Findings without a comment. */
  fresh: Finding[];
  /** Findings whose comment stands: nothing to do, unless a run broke off after folding its thread. */
  standing: { finding: Finding; comment: FindingComment }[];
  /** Findings that came back after their comment was marked as addressed. */
  returned: { finding: Finding; comment: FindingComment }[];
  /** Comments whose finding is gone. */
  gone: FindingComment[];
}

/** Compares the outcome with what stands there. Pure, so that a repetition after a crash plans only what is missing. */
export function planReview(outcome: ReviewOutcome, comments: readonly FindingComment[]): ReviewPlan {
  const plan: ReviewPlan = { fresh: [], standing: [], returned: [], gone: [] };
  const found = new Map(outcome.findings.map((finding) => [finding.id, finding]));
  for (const finding of found.values()) {
    const own = comments.filter(({ marker }) => marker.id === finding.id);
    const [newest] = own.slice(-1);
    const open = own.find(({ marker }) => !marker.addressed);
    if (open) plan.standing.push({ finding, comment: open });
    else if (newest) plan.returned.push({ finding, comment: newest });
    else if (finding.placement === "inline" && finding.anchor) plan.fresh.push(finding);
  }
  plan.gone = comments.filter((own) => !own.marker.addressed && !found.has(own.marker.id) && isMended(outcome, own));
  return plan;
}

/**
 * Only a file that was read in full can be said to be free of a finding. A model's comment also needs a model that read it, and
 * lines that have changed: a model may see less the second time, and that mends nothing.
 */
function isMended({ coverage, model }: ReviewOutcome, { comment, marker }: FindingComment): boolean {
  if (coverage.unread.some(({ path }) => path === comment.path)) return false;
  if (marker.byModel !== true) return true;
  return comment.outdated === true && model.unread?.includes(comment.path) === false;
}
