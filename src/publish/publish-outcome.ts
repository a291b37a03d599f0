import { AssistantError } from "../shared/errors.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { CheckApi } from "./check-api.ts";
import { completeCheckRun } from "./check-run.ts";
import { cleanOutcome } from "./clean-outcome.ts";
import { isEmptyTriage, triageComment } from "./markdown/triage-comment.ts";
import type { Outcome, ReviewOutcome } from "./outcome.ts";
import { publishAnswer } from "./publish-answer.ts";
import { publishReview, type PublishContext } from "./publish-review.ts";
import type { Receipt } from "./publisher.ts";
import { upsertComment } from "./upsert-comment.ts";

/** What every publisher does, whatever its CommentApi writes to. `number` is the pull request's or issue's. */
export async function publishOutcome(context: PublishContext, number: number, found: Outcome): Promise<Receipt> {
  const outcome = await cleanOutcome(found, context.personalData);
  switch (outcome.kind) {
    case "review": {
      const receipt = await publishReview(context, number, outcome);
      const { checks, repository } = context;
      return checks ? { ...receipt, check: await publishCheck(checks, repository, number, outcome) } : receipt;
    }
    case "triage": {
      const body = triageComment(context.repository, outcome);
      // Nothing found is nothing to say, unless somebody asked or our comment still says otherwise.
      const worth = outcome.asked || !isEmptyTriage(outcome);
      return commentReceipt(await upsertComment(context, number, { kind: "triage" }, body, worth));
    }
    case "answer": {
      return commentReceipt(await publishAnswer(context, number, outcome));
    }
  }
}

/** After the comments: they tell more, and an installation may not have granted check runs. */
async function publishCheck(
  checks: CheckApi,
  repository: RepositoryId,
  number: number,
  outcome: ReviewOutcome,
): Promise<Receipt["check"]> {
  try {
    return await completeCheckRun(checks, repository, number, outcome);
  } catch (error) {
    if (error instanceof AssistantError && error.code === "not-permitted") return "not-permitted";
    throw error;
  }
}

function commentReceipt(summary: Receipt["summary"]): Receipt {
  return { posted: 0, addressed: 0, standing: 0, summary };
}
