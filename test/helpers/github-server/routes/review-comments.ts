import type { AskedAnchor } from "../anchors.ts";
import { createReviewComment, editReviewComment, isSubmitted, replyToComment } from "../changes/reviews.ts";
import { notFound, ReviewRefused, validationFailed } from "../errors.ts";
import { presentReviewComment } from "../present/reviews.ts";
import { type Answer, json, noContent, paged, repositoryRoute, type RepositoryRequest, type Route } from "../router.ts";
import { isPull, type Pull, type ReviewComment } from "../state.ts";
import { sortComments } from "./issues.ts";
import { originOf } from "./origin.ts";
import { pullOf } from "./pulls.ts";

const read = ["pull_requests:read"];
const write = ["pull_requests:write"];

export const reviewCommentRoutes: Route[] = [
  repositoryRoute("GET /pulls/comments", read, (request) => list(request, request.repository.reviewComments)),
  repositoryRoute("GET /pulls/comments/{comment_id}", read, (request) => answer(request, reviewCommentOf(request))),
  repositoryRoute("PATCH /pulls/comments/{comment_id}", write, editComment),
  repositoryRoute("DELETE /pulls/comments/{comment_id}", write, deleteComment),
  repositoryRoute("GET /pulls/{pull_number}/comments", read, (request) => {
    const pull = pullOf(request);
    return list(
      request,
      request.repository.reviewComments.filter((comment) => comment.pull === pull.number),
    );
  }),
  repositoryRoute("POST /pulls/{pull_number}/comments", write, createComment),
  repositoryRoute("POST /pulls/{pull_number}/comments/{comment_id}/replies", write, reply),
];

/** Errors: HttpError 404. */
export function reviewCommentOf({ repository, params }: RepositoryRequest): ReviewComment {
  const comment = repository.reviewComments.find((one) => one.id === Number(params["comment_id"]));
  if (!comment) throw notFound();
  return comment;
}

/** Comments of a pending review are in no list until it is submitted. */
function list(request: RepositoryRequest, comments: ReviewComment[]): Answer {
  const { state, repository, query } = request;
  const since = query.get("since") ?? "";
  const seen = comments.filter((comment) => isSubmitted(repository, comment) && comment.updatedAt >= since);
  return paged(request, sortComments(seen, query), (comment) => presentReviewComment(state, repository, comment));
}

async function createComment(request: RepositoryRequest): Promise<Answer> {
  const body = request.body as unknown as AskedAnchor & { body: string; commit_id: string; in_reply_to?: number };
  const pull = pullOf(request);
  if (body.in_reply_to !== undefined) {
    const root = rootOf(request, body.in_reply_to);
    if (!root) throw validationFailed("PullRequestReviewComment", "in_reply_to", "in_reply_to is invalid", "invalid");
    return answer(request, await inFields(() => replyToComment(originOf(request), pull, root, body.body)), 201);
  }
  const asked = { ...body, commitId: body.commit_id };
  return answer(request, await inFields(() => createReviewComment(originOf(request), pull, asked)), 201);
}

/** Only the first comment of a thread can be replied to. */
async function reply(request: RepositoryRequest): Promise<Answer> {
  const root = rootOf(request, Number(request.params["comment_id"]));
  if (!root) throw notFound();
  const body = String(request.body["body"]);
  return answer(request, await inFields(() => replyToComment(originOf(request), pullOf(request), root, body)), 201);
}

function rootOf(request: RepositoryRequest, id: number): ReviewComment | undefined {
  const pull = pullOf(request);
  return request.repository.reviewComments.find(
    (comment) => comment.id === id && comment.pull === pull.number && comment.inReplyTo === null,
  );
}

async function editComment(request: RepositoryRequest): Promise<Answer> {
  const comment = reviewCommentOf(request);
  const body = String(request.body["body"]);
  await inFields(() => editReviewComment(originOf(request), pullOfComment(request, comment), comment, body));
  return answer(request, comment);
}

/** Does it, and words a refusal as the endpoints of single comments do. */
async function inFields<T>(write: () => T | Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw error instanceof ReviewRefused ? error.asFields() : error;
  }
}

function deleteComment(request: RepositoryRequest): Answer {
  const comment = reviewCommentOf(request);
  request.repository.reviewComments = request.repository.reviewComments.filter((one) => one !== comment);
  return noContent();
}

function pullOfComment({ repository }: RepositoryRequest, comment: ReviewComment): Pull {
  const pull = repository.issues.filter(isPull).find((one) => one.number === comment.pull);
  if (!pull) throw notFound();
  return pull;
}

function answer({ state, repository }: RepositoryRequest, comment: ReviewComment, status = 200): Answer {
  return json(presentReviewComment(state, repository, comment), status);
}
