import type { JobContext } from "./job-context.ts";
import type { RepositoryId } from "../shared/repository.ts";
import { messageOf } from "../shared/errors.ts";

export interface CommentToReactTo {
  repository: RepositoryId;
  command: { commentId: number };
  /** Whether it stands on lines of a pull request: GitHub counts these comments apart. */
  onLines: boolean;
}

/**
 * Reacts to the comment that asked: 👀 is seen, 😕 is cannot. Doing so twice changes nothing; where it is not permitted, the
 * log says so.
 */
export async function react(
  { repository, command, onLines }: CommentToReactTo,
  content: "eyes" | "confused",
  { octokit, log }: Pick<JobContext, "octokit" | "log">,
): Promise<void> {
  const { owner, name: repo } = repository;
  const to = { owner, repo, comment_id: command.commentId, content };
  const { reactions } = octokit.rest;
  try {
    await (onLines ? reactions.createForPullRequestReviewComment(to) : reactions.createForIssueComment(to));
  } catch (error) {
    log.info({ comment: command.commentId, content, reason: messageOf(error) }, "no reaction");
  }
}
