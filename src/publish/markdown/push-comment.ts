import { formatMarker, withoutMarker } from "../marker.ts";
import type { PushReview } from "../publish-push.ts";
import { codeSpan } from "./escape.ts";
import { commitLink } from "./links.ts";
import { summaryComment } from "./summary-comment.ts";

/** All that there is to say of a push, in one text: there is no conversation with comments on lines beside it. */
export function pushComment({ repository, branch, outcome }: PushReview): string {
  const refused = outcome.findings.filter(({ placement }) => placement === "inline");
  const review = withoutMarker(summaryComment(repository, outcome, { inline: [], refused, addressed: 0 }));
  const pushed = `Pushed to ${codeSpan(branch)} since ${commitLink(repository, outcome.base)}.`;
  return `${pushed}\n\n${review}\n\n${formatMarker({ kind: "push" })}`;
}
