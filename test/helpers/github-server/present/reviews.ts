import { type GitHubState, nodeId, type Repository, type Review, type ReviewComment } from "../state.ts";
import { associationOf, presentRollup } from "./issues.ts";
import { repositoryPage, repositoryUrl } from "./repositories.ts";
import { presentAuthor, presentUser } from "./users.ts";

/** `pull-request-review` of the API. */
export function presentReview(state: GitHubState, repository: Repository, review: Review) {
  const page = `${repositoryPage(state, repository)}/pull/${review.pull}#pullrequestreview-${review.id}`;
  const pullUrl = `${repositoryUrl(state, repository)}/pulls/${review.pull}`;
  return {
    id: review.id,
    node_id: nodeId("PRR", review.id),
    user: presentUser(state, review.author),
    body: review.body,
    state: review.state,
    commit_id: review.commitId,
    html_url: page,
    pull_request_url: pullUrl,
    author_association: associationOf(repository, review.author.login),
    ...(review.submittedAt && { submitted_at: review.submittedAt }),
    _links: { html: { href: page }, pull_request: { href: pullUrl } },
  };
}

/** `pull-request-review-comment` of the API. `line` and `position` are null once the comment is outdated. */
export function presentReviewComment(state: GitHubState, repository: Repository, comment: ReviewComment) {
  const { current, original } = comment;
  const url = `${repositoryUrl(state, repository)}/pulls/comments/${comment.id}`;
  const page = `${repositoryPage(state, repository)}/pull/${comment.pull}#discussion_r${comment.id}`;
  const pullUrl = `${repositoryUrl(state, repository)}/pulls/${comment.pull}`;
  return {
    id: comment.id,
    node_id: nodeId("PRRC", comment.id),
    url,
    html_url: page,
    pull_request_url: pullUrl,
    pull_request_review_id: comment.reviewId,
    ...(comment.inReplyTo !== null && { in_reply_to_id: comment.inReplyTo }),
    path: current.path,
    subject_type: original.subject,
    side: original.side,
    line: current.line,
    original_line: original.line,
    start_side: original.startSide,
    start_line: current.startLine,
    original_start_line: original.startLine,
    position: current.position,
    original_position: original.position,
    commit_id: comment.commitId,
    original_commit_id: comment.originalCommitId,
    diff_hunk: comment.diffHunk,
    body: comment.body,
    user: presentAuthor(state, comment.author),
    author_association: associationOf(repository, comment.author.login),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    reactions: presentRollup(`${url}/reactions`, comment.reactions),
    _links: { self: { href: url }, html: { href: page }, pull_request: { href: pullUrl } },
  };
}
