import { AssistantError } from "../shared/errors.ts";
import type { PersonalDataKind } from "../shared/personal-data.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { CheckApi } from "./check-api.ts";
import { completeCheckRun, pushSubject } from "./check-run.ts";
import { cleanOutcome } from "./clean-outcome.ts";
import type { CommitCommentApi } from "./commit-comment-api.ts";
import { pushComment } from "./markdown/push-comment.ts";
import { withoutMarker } from "./marker.ts";
import type { ReviewOutcome } from "./outcome.ts";
import { type AppIdentity, ownComments } from "./own-comments.ts";
import type { Receipt } from "./publisher.ts";

/** What was reviewed: a push to a branch without a pull request. */
export interface PushReview {
  repository: RepositoryId;
  branch: string;
  outcome: ReviewOutcome;
  /** Kinds of personal data that are not written. */
  personalData?: readonly PersonalDataKind[];
}

/** Completes the check run of the push; writing the same outcome again changes nothing. */
export async function publishPushCheck(checks: CheckApi, found: PushReview): Promise<Receipt["check"]> {
  const push = await clean(found);
  const { repository, outcome } = push;
  const summary = withoutMarker(pushComment(push));
  try {
    return await completeCheckRun(checks, repository, pushSubject(outcome.base), outcome, summary);
  } catch (error) {
    if (isNotPermitted(error)) return "not-permitted";
    throw error;
  }
}

/**
 * Writes the one comment on the newest commit of a push, where something was found: it is sent to the commit's author. A
 * comment of ours that stands there is changed, where the installation allows that, and else left as it is.
 */
export async function publishPushComment(
  comments: CommitCommentApi,
  identity: AppIdentity,
  found: PushReview,
): Promise<Receipt["summary"]> {
  const push = await clean(found);
  const { head, findings } = push.outcome;
  const body = pushComment(push);
  const [standing] = ownComments(await comments.commitComments(head), identity, "push");
  if (!standing) {
    if (findings.length === 0) return "none";
    await comments.createCommitComment(head, body);
    return "created";
  }
  if (standing.comment.body.replace(/\r\n/g, "\n").trimEnd() === body) return "unchanged";
  try {
    await comments.updateCommitComment(standing.comment.id, body);
    return "updated";
  } catch (error) {
    if (isNotPermitted(error)) return "unchanged";
    throw error;
  }
}

async function clean(push: PushReview): Promise<PushReview> {
  return { ...push, outcome: await cleanOutcome(push.outcome, push.personalData) };
}

function isNotPermitted(error: unknown): boolean {
  return error instanceof AssistantError && error.code === "not-permitted";
}
