import type { RepositoryId } from "../shared/repository.ts";
import type { HunkRange } from "./anchors.ts";
import {
  reviewRequest,
  type CommentApi,
  type ReviewThread,
  type StoredComment,
  type StoredReviewComment,
} from "./comment-api.ts";
import type { AppIdentity } from "./own-comments.ts";
import { threadMutation } from "./thread-queries.ts";

/** One request that would be sent to GitHub: to its REST API, or to `/graphql`. */
export interface Payload {
  method: "POST" | "PATCH";
  /** Below the API's root, for example `/repos/acme/shop/pulls/7/reviews`. */
  path: string;
  body: Record<string, unknown>;
}

/** What comments on lines are checked against. */
export interface PullState {
  /** Full object id. */
  head: string;
  /** By path. */
  hunks: Map<string, HunkRange[]>;
}

export interface MemoryCommentApiOptions {
  repository: RepositoryId;
  identity: AppIdentity;
  /** The pull request as it is now. */
  pull: () => PullState;
  /** Receives each request that GitHub would have got. */
  send: (payload: Payload) => void;
}

interface Placed<C extends StoredComment> {
  number: number;
  comment: C;
}

/** Conversations that exist only here. */
export function createMemoryCommentApi({ repository, identity, pull, send }: MemoryCommentApiOptions): CommentApi {
  const root = `/repos/${repository.owner}/${repository.name}`;
  const reviewComments: Placed<StoredReviewComment>[] = [];
  const issueComments: Placed<StoredComment>[] = [];
  const threads: (ReviewThread & { number: number })[] = [];
  let lastId = 0;

  function newComment(body: string, anchor: string): StoredComment {
    lastId += 1;
    return { id: lastId, author: identity.login, body, url: `#${anchor}${lastId}` };
  }

  function update(placed: Placed<StoredComment>[], folder: string, id: number, body: string): void {
    const found = placed.find(({ comment }) => comment.id === id);
    if (!found) throw new Error(`there is no comment ${id}`);
    send({ method: "PATCH", path: `${root}/${folder}/comments/${id}`, body: { body } });
    found.comment.body = body;
  }

  return {
    pullHead: async () => pull().head,
    changedHunks: async () => pull().hunks,
    clearPendingReview: async () => {},
    reviewComments: async (number) => copies(reviewComments, number),
    issueComments: async (number) => copies(issueComments, number),

    async createReview(number, head, comments) {
      send({ method: "POST", path: `${root}/pulls/${number}/reviews`, body: reviewRequest(head, comments) });
      for (const { body, path } of comments) {
        const stored = newComment(body, "discussion_r");
        const nodeId = `comment-${stored.id}`;
        reviewComments.push({ number, comment: { ...stored, path, nodeId, replyTo: null } });
        threads.push({ number, id: `thread-${stored.id}`, firstComment: nodeId, resolved: false, resolvedBy: null });
      }
      return true;
    },

    async replyToReviewComment(number, first, body) {
      const path = reviewComments.find(({ comment }) => comment.id === first)?.comment.path ?? "";
      send({ method: "POST", path: `${root}/pulls/${number}/comments/${first}/replies`, body: { body } });
      const stored = newComment(body, "discussion_r");
      const comment = { ...stored, path, nodeId: `comment-${stored.id}`, replyTo: first };
      reviewComments.push({ number, comment });
    },

    async createIssueComment(number, body) {
      send({ method: "POST", path: `${root}/issues/${number}/comments`, body: { body } });
      issueComments.push({ number, comment: newComment(body, "issuecomment-") });
    },

    reviewThreads: async (number) => threads.filter((one) => one.number === number).map((one) => ({ ...one })),
    async setThreadResolved(id, resolved) {
      const thread = threads.find((one) => one.id === id);
      if (!thread) return false;
      send({ method: "POST", path: "/graphql", body: { query: threadMutation(resolved), variables: { id } } });
      Object.assign(thread, { resolved, resolvedBy: resolved ? identity.login : null });
      return true;
    },

    updateReviewComment: async (id, body) => update(reviewComments, "pulls", id, body),
    updateIssueComment: async (id, body) => update(issueComments, "issues", id, body),
  };
}

function copies<C extends StoredComment>(placed: readonly Placed<C>[], number: number): C[] {
  return placed.filter((one) => one.number === number).map(({ comment }) => ({ ...comment }));
}
