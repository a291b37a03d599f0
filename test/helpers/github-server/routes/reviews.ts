import type { AskedAnchor } from "../anchors.ts";
import { commentsOf, createReview, deletePendingReview, type ReviewVerdict, submitReview } from "../changes/reviews.ts";
import { HttpError, notFound } from "../errors.ts";
import { presentReview, presentReviewComment } from "../present/reviews.ts";
import { type Answer, json, paged, repositoryRoute, type RepositoryRequest, type Route } from "../router.ts";
import type { Review } from "../state.ts";
import { originOf } from "./origin.ts";
import { pullOf } from "./pulls.ts";

const read = ["pull_requests:read"];
const write = ["pull_requests:write"];

export const reviewRoutes: Route[] = [
  repositoryRoute("GET /pulls/{pull_number}/reviews", read, listReviews),
  repositoryRoute("POST /pulls/{pull_number}/reviews", write, postReview),
  repositoryRoute("GET /pulls/{pull_number}/reviews/{review_id}", read, (request) =>
    answer(request, reviewOf(request)),
  ),
  repositoryRoute("PUT /pulls/{pull_number}/reviews/{review_id}", write, (request) => {
    const review = reviewOf(request);
    review.body = String(request.body["body"]);
    return answer(request, review);
  }),
  repositoryRoute("DELETE /pulls/{pull_number}/reviews/{review_id}", write, (request) => {
    const review = reviewOf(request);
    deletePendingReview(originOf(request), review);
    return answer(request, review);
  }),
  repositoryRoute("GET /pulls/{pull_number}/reviews/{review_id}/comments", read, (request) =>
    paged(request, commentsOf(request.repository, reviewOf(request)), (comment) =>
      presentReviewComment(request.state, request.repository, comment),
    ),
  ),
  repositoryRoute("POST /pulls/{pull_number}/reviews/{review_id}/events", write, (request) => {
    const { event, body } = request.body as { event: ReviewVerdict; body?: string };
    const review = reviewOf(request);
    submitReview(originOf(request), pullOf(request), review, event, body);
    return answer(request, review);
  }),
];

function listReviews(request: RepositoryRequest): Answer {
  const { state, repository, actor } = request;
  const pull = pullOf(request);
  const seen = repository.reviews.filter(
    (review) => review.pull === pull.number && (review.state !== "PENDING" || review.author === actor),
  );
  return paged(request, seen, (review) => presentReview(state, repository, review));
}

async function postReview(request: RepositoryRequest): Promise<Answer> {
  const body = request.body as {
    body?: string;
    event?: ReviewVerdict;
    commit_id?: string;
    comments?: (AskedAnchor & { body: string })[];
  };
  // Comments on whole files exist on their own endpoint alone.
  if (body.comments?.some((comment) => comment.subject_type !== undefined)) {
    throw new HttpError(422, 'Invalid request.\n\n"subject_type" is not a permitted key.');
  }
  const review = await createReview(originOf(request), pullOf(request), {
    body: body.body ?? "",
    event: body.event,
    commitId: body.commit_id,
    comments: body.comments ?? [],
  });
  return answer(request, review);
}

/** A pending review of somebody else does not exist for the one who asks. */
function reviewOf(request: RepositoryRequest): Review {
  const pull = pullOf(request);
  const id = Number(request.params["review_id"]);
  const review = request.repository.reviews.find((one) => one.pull === pull.number && one.id === id);
  if (!review || (review.state === "PENDING" && review.author !== request.actor)) throw notFound();
  return review;
}

function answer({ state, repository }: RepositoryRequest, review: Review): Answer {
  return json(presentReview(state, repository, review));
}
