import type { RepositoryId } from "../shared/repository.ts";
import type { CommentApi } from "./comment-api.ts";
import { answerComment } from "./markdown/answer-comment.ts";
import type { AnswerOutcome } from "./outcome.ts";
import { type AppIdentity, ownComments } from "./own-comments.ts";
import type { Receipt } from "./publisher.ts";
import { sameText, upsertComment } from "./upsert-comment.ts";

/** One comment for each command, where it was given: in its thread, or on the page of the issue or pull request. */
export async function publishAnswer(
  context: { api: CommentApi; identity: AppIdentity; repository: RepositoryId },
  number: number,
  outcome: AnswerOutcome,
): Promise<Receipt["summary"]> {
  const { api, identity, repository } = context;
  const body = answerComment(repository, outcome);
  const { commentId, thread } = outcome;
  if (thread === undefined) return upsertComment(context, number, { kind: "answer", comment: commentId }, body);
  const own = ownComments(await api.reviewComments(number), identity, "answer");
  const standing = own.find(({ marker }) => marker.comment === commentId)?.comment;
  if (!standing) {
    await api.replyToReviewComment(number, thread, body);
    return "created";
  }
  if (sameText(standing.body, body)) return "unchanged";
  await api.updateReviewComment(standing.id, body);
  return "updated";
}
