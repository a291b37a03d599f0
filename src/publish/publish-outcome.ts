import { answerComment } from "./markdown/answer-comment.ts";
import { triageComment } from "./markdown/triage-comment.ts";
import type { Outcome } from "./outcome.ts";
import { publishReview, type PublishContext } from "./publish-review.ts";
import type { Receipt } from "./publisher.ts";
import { upsertComment } from "./upsert-comment.ts";

/** What every publisher does, whatever its CommentApi writes to. `number` is the pull request's or issue's. */
export async function publishOutcome(context: PublishContext, number: number, outcome: Outcome): Promise<Receipt> {
  switch (outcome.kind) {
    case "review":
      return publishReview(context, number, outcome);
    case "triage": {
      const body = triageComment(context.repository, outcome);
      // Nothing found is nothing to say, unless somebody asked or our comment still says otherwise.
      const worth = outcome.asked || outcome.similar.length + outcome.suspects.length > 0;
      return commentReceipt(await upsertComment(context, number, { kind: "triage" }, body, worth));
    }
    case "answer": {
      const marker = { kind: "answer", comment: outcome.commentId } as const;
      return commentReceipt(await upsertComment(context, number, marker, answerComment(outcome)));
    }
  }
}

function commentReceipt(summary: Receipt["summary"]): Receipt {
  return { posted: 0, addressed: 0, standing: 0, summary };
}
