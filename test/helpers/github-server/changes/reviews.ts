import { type AskedAnchor, followHead, placeComment, type PlacedComment } from "../anchors.ts";
import { commitCount, resolveCommit } from "../commits.ts";
import { pullDiff } from "../diff.ts";
import { ReviewRefused, unprocessable } from "../errors.ts";
import { type Origin, reviewCommentEvent, reviewEvent } from "../events.ts";
import { newId, type Pull, type Repository, type Review, type ReviewComment, timestamp, type User } from "../state.ts";
import { githubLimits } from "../github-limits.ts";
import { isTooLong } from "./issues.ts";

export type ReviewVerdict = "APPROVE" | "REQUEST_CHANGES" | "COMMENT";

export interface NewReview {
  body: string;
  /** Undefined leaves the review pending. */
  event?: ReviewVerdict;
  /** Default: the head of the pull request. */
  commitId?: string;
  comments: (AskedAnchor & { body: string })[];
}

/**
 * Creates a review with all of its comments, or nothing.
 * Errors: HttpError 422 for a second review beside a pending one, a commit or an anchor outside the pull request, an
 * overlong or missing body.
 */
export async function createReview(origin: Origin, pull: Pull, asked: NewReview): Promise<Review> {
  const { state, repository, sender } = origin;
  const commitId = await commitOfPull(repository, pull, asked.commitId ?? pull.pull.headSha);
  checkLength(asked.body);
  for (const comment of asked.comments) checkCommentBody(comment.body);
  const files = await pullDiff(repository, pull.pull.baseSha, commitId);
  const placed = asked.comments.map((comment) => ({ ...placeComment(files, comment), body: comment.body }));
  // From here on nothing awaits: two requests at once must not both find no pending review.
  refusePending(repository, pull, sender);
  if (asked.event) checkVerdict(pull, sender, asked.event, asked.body, placed.length);
  const review: Review = {
    id: newId(state),
    pull: pull.number,
    author: sender,
    body: asked.body,
    state: "PENDING",
    commitId,
    submittedAt: null,
  };
  repository.reviews.push(review);
  for (const comment of placed) addComment(origin, review, comment, comment.body, null);
  if (commitId !== pull.pull.headSha) await followHead(repository, pull);
  if (asked.event) publishReview(origin, pull, review, asked.event);
  return review;
}

/** Submits a pending review. Errors: HttpError 422. */
export function submitReview(origin: Origin, pull: Pull, review: Review, event: ReviewVerdict, body?: string): void {
  if (review.state !== "PENDING") throw unprocessable("Can not submit a review that has already been submitted");
  const text = body ?? review.body;
  checkLength(text);
  checkVerdict(pull, origin.sender, event, text, commentsOf(origin.repository, review).length);
  review.body = text;
  publishReview(origin, pull, review, event);
}

/** Takes a pending review back with its comments. Errors: HttpError 422 for a submitted one. */
export function deletePendingReview({ repository }: Origin, review: Review): void {
  if (review.state !== "PENDING") throw unprocessable("Can not delete a non-pending pull request review");
  repository.reviews = repository.reviews.filter((one) => one !== review);
  repository.reviewComments = repository.reviewComments.filter((comment) => comment.reviewId !== review.id);
}

/**
 * One comment on its own: GitHub wraps it into a submitted review without a body.
 * Errors: HttpError 422.
 */
export async function createReviewComment(
  origin: Origin,
  pull: Pull,
  asked: AskedAnchor & { body: string; commitId: string },
): Promise<ReviewComment> {
  const review = await createReview(origin, pull, {
    body: "",
    event: "COMMENT",
    commitId: asked.commitId,
    comments: [asked],
  });
  return commentsOf(origin.repository, review)[0] as ReviewComment;
}

/** Answers in a thread; `root` is its first comment. Errors: HttpError 422. */
export function replyToComment(origin: Origin, pull: Pull, root: ReviewComment, body: string): ReviewComment {
  const { state, repository, sender } = origin;
  checkCommentBody(body);
  refusePending(repository, pull, sender);
  const review: Review = {
    id: newId(state),
    pull: pull.number,
    author: sender,
    body: "",
    state: "PENDING",
    commitId: root.commitId,
    submittedAt: null,
  };
  repository.reviews.push(review);
  const comment = addComment(origin, review, { anchor: root.original, diffHunk: root.diffHunk }, body, root);
  publishReview(origin, pull, review, "COMMENT");
  return comment;
}

/** Errors: HttpError 422 for a blank or overlong body. */
export function editReviewComment(origin: Origin, pull: Pull, comment: ReviewComment, body: string): void {
  checkCommentBody(body);
  comment.body = body;
  comment.updatedAt = timestamp(origin.state);
  reviewCommentEvent(origin, "edited", pull, comment);
}

export function commentsOf(repository: Repository, review: Review): ReviewComment[] {
  return repository.reviewComments.filter((comment) => comment.reviewId === review.id);
}

/** Whether a review is submitted: a pending one is seen by its author alone. */
export function isSubmitted(repository: Repository, comment: ReviewComment): boolean {
  return repository.reviews.some((review) => review.id === comment.reviewId && review.state !== "PENDING");
}

async function commitOfPull(repository: Repository, pull: Pull, revision: string): Promise<string> {
  const commit = await resolveCommit(repository.gitDir, revision);
  const { baseSha, headSha } = pull.pull;
  const isPart =
    commit !== null &&
    (await commitCount(repository, headSha, commit)) === 0 && // no commit beyond the head
    (await commitCount(repository, baseSha, commit)) > 0; // and not in the base
  if (!isPart) throw new ReviewRefused({ field: "end_commit_oid", message: "is not part of the pull request" });
  return commit;
}

function refusePending(repository: Repository, pull: Pull, author: User): void {
  const pending = repository.reviews.some(
    (review) => review.pull === pull.number && review.author === author && review.state === "PENDING",
  );
  if (!pending) return;
  const message = "can only have one pending review per pull request";
  throw new ReviewRefused({ resource: "PullRequestReview", field: "user_id", message });
}

function checkCommentBody(body: string): void {
  checkLength(body);
  if (body.trim() === "") throw new ReviewRefused({ field: "body", message: "can't be blank", code: "missing_field" });
}

function checkLength(body: string): void {
  const message = `is too long (maximum is ${githubLimits.bodyCharacters} characters)`;
  if (isTooLong(body)) throw new ReviewRefused({ field: "body", message });
}

function checkVerdict(pull: Pull, author: User, event: ReviewVerdict, body: string, comments: number): void {
  if (event !== "COMMENT" && pull.author === author) {
    throw unprocessable(
      `Review Can not ${event === "APPROVE" ? "approve" : "request changes on"} your own pull request`,
    );
  }
  if (event === "REQUEST_CHANGES" && body.trim() === "") {
    throw unprocessable("Review Can not request changes without a body");
  }
  if (event === "COMMENT" && body.trim() === "" && comments === 0) {
    throw unprocessable("Review Can not be blank");
  }
}

const stateOf = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;

function publishReview(origin: Origin, pull: Pull, review: Review, event: ReviewVerdict): void {
  review.state = stateOf[event];
  review.submittedAt = timestamp(origin.state);
  pull.updatedAt = review.submittedAt;
  reviewEvent(origin, "submitted", pull, review);
  for (const comment of commentsOf(origin.repository, review)) reviewCommentEvent(origin, "created", pull, comment);
}

function addComment(
  { state, repository, sender }: Origin,
  review: Review,
  placed: PlacedComment,
  body: string,
  root: ReviewComment | null,
): ReviewComment {
  const at = timestamp(state);
  const comment: ReviewComment = {
    id: newId(state),
    pull: review.pull,
    reviewId: review.id,
    author: sender,
    body,
    original: placed.anchor,
    originalCommitId: root?.originalCommitId ?? review.commitId,
    current: root?.current ?? placed.anchor,
    commitId: review.commitId,
    diffHunk: placed.diffHunk,
    inReplyTo: root?.id ?? null,
    resolved: false,
    resolvedBy: null,
    createdAt: at,
    updatedAt: at,
    reactions: [],
    minimized: null,
  };
  repository.reviewComments.push(comment);
  return comment;
}
