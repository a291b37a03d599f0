import type { Octokit } from "@octokit/rest";
import type { RepositoryId } from "../shared/repository.ts";
import { isRateLimit } from "../shared/rate-limit.ts";
import { parsePatch } from "./anchors.ts";
import { reviewRequest, type CommentApi } from "./comment-api.ts";
import { isFailedRequest, permitted, publishError } from "./github-errors.ts";
import { createOctokitThreads } from "./octokit-threads.ts";

/** `@octokit/rest`, or an Octokit with the same two plugins, such as Probot's. */
export type GitHubClient = Pick<Octokit, "rest" | "paginate" | "graphql">;

const pullsWrite = "pull_requests: write";
const issuesWrite = "issues: write";

export function createOctokitCommentApi(
  octokit: GitHubClient,
  { host, owner, name: repo }: RepositoryId,
  signal?: AbortSignal,
): CommentApi {
  const { pulls, issues } = octokit.rest;
  const aborted = signal && plainAbort(signal);
  const read = { owner, repo, request: { signal: aborted } };
  // Never repeated by Octokit: an answer that got lost may hide a comment that was written. The next run looks first.
  const create = { owner, repo, request: { signal: aborted, retries: 0 } };
  const update = read;

  return {
    ...createOctokitThreads(octokit, { host, owner, name: repo }, aborted),

    async pullHead(number) {
      const { data } = await permitted("pull_requests: read", pulls.get({ ...read, pull_number: number }));
      return data.head.sha;
    },

    async changedHunks(number) {
      const query = { ...read, pull_number: number, per_page: 100 };
      const files = await permitted("pull_requests: read", octokit.paginate(pulls.listFiles, query));
      return new Map(files.map((file) => [file.filename, parsePatch(file.patch ?? "")]));
    },

    async reviewComments(number) {
      const query = { ...read, pull_number: number, per_page: 100 };
      const comments = await permitted("pull_requests: read", octokit.paginate(pulls.listReviewComments, query));
      return comments.map((comment) => ({
        ...storedComment(comment),
        path: comment.path,
        nodeId: comment.node_id,
        replyTo: comment.in_reply_to_id ?? null,
        outdated: (comment.position ?? comment.line ?? null) === null,
      }));
    },

    async clearPendingReview(number, login) {
      const query = { ...read, pull_number: number, per_page: 100 };
      for (const review of await permitted("pull_requests: read", octokit.paginate(pulls.listReviews, query))) {
        if (review.state !== "PENDING" || review.user?.login.toLowerCase() !== login.toLowerCase()) continue;
        const one = { ...update, pull_number: number, review_id: review.id };
        await permitted(pullsWrite, pulls.deletePendingReview(one));
      }
    },

    async createReview(number, head, comments) {
      try {
        await pulls.createReview({ ...create, pull_number: number, ...reviewRequest(head, comments) });
        return true;
      } catch (error) {
        if (isFailedRequest(error) && error.status === 422 && !isRateLimit(error)) return false;
        throw publishError(error, pullsWrite);
      }
    },

    async updateReviewComment(id, body) {
      await permitted(pullsWrite, pulls.updateReviewComment({ ...update, comment_id: id, body }));
    },

    async replyToReviewComment(number, first, body) {
      const reply = { ...create, pull_number: number, comment_id: first, body };
      await permitted(pullsWrite, pulls.createReplyForReviewComment(reply));
    },

    async issueComments(number) {
      const query = { ...read, issue_number: number, per_page: 100 };
      const comments = await permitted("issues: read", octokit.paginate(issues.listComments, query));
      return comments.map(storedComment);
    },

    async createIssueComment(number, body) {
      await permitted(issuesWrite, issues.createComment({ ...create, issue_number: number, body }));
    },

    async updateIssueComment(id, body) {
      await permitted(issuesWrite, issues.updateComment({ ...update, comment_id: id, body }));
    },
  };
}

/** Octokit knows an abort by the name of its reason alone; any other one it takes for a failure, and tries again for 14 s. */
export function plainAbort(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return controller.signal;
}

interface GitHubComment {
  id: number;
  user: { login: string } | null;
  body?: string | undefined;
  html_url: string;
}

function storedComment({ id, user, body, html_url: url }: GitHubComment) {
  return { id, author: user?.login ?? "", body: body ?? "", url };
}
