import type { RepositoryId } from "../shared/repository.ts";
import { limits } from "../shared/limits.ts";
import type { CommentApi, ReviewThread } from "./comment-api.ts";
import { isFailedRequest, publishError } from "./github-errors.ts";
import { threadMutation, threadsQuery } from "./thread-queries.ts";
import type { GitHubClient } from "./octokit-comment-api.ts";

interface ThreadPage {
  nodes: {
    id: string;
    isResolved: boolean;
    resolvedBy: { login: string } | null;
    comments: { nodes: { id: string }[] };
  }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

interface ThreadsAnswer {
  repository: { pullRequest: { reviewThreads: ThreadPage } };
}

/**
 * Threads exist in GraphQL alone. An app needs `contents: write` to resolve one, which this one does not ask for: where
 * GitHub refuses, everything else is published all the same.
 */
export function createOctokitThreads(
  octokit: GitHubClient,
  { owner, name }: RepositoryId,
  signal: AbortSignal | undefined,
): Pick<CommentApi, "reviewThreads" | "setThreadResolved"> {
  const request = { signal };
  return {
    async reviewThreads(number) {
      const threads: ReviewThread[] = [];
      let after: string | null = null;
      for (let page = 0; page < limits.threadPages; page += 1) {
        const variables: Record<string, unknown> = { owner, name, number, after, request };
        const answer: ThreadsAnswer | null = await answered(octokit.graphql<ThreadsAnswer>(threadsQuery, variables));
        if (answer === null) break;
        const { nodes, pageInfo }: ThreadPage = answer.repository.pullRequest.reviewThreads;
        for (const { id, isResolved: resolved, resolvedBy, comments } of nodes) {
          const firstComment = comments.nodes[0]?.id ?? "";
          threads.push({ id, firstComment, resolved, resolvedBy: resolvedBy?.login ?? null });
        }
        if (!pageInfo.hasNextPage) break;
        after = pageInfo.endCursor;
      }
      return threads;
    },

    async setThreadResolved(id, resolved) {
      return (await answered(octokit.graphql(threadMutation(resolved), { id, request }))) !== null;
    },
  };
}

/** GraphQL refuses with status 200 and a list of errors. */
interface GraphqlRefusal extends Error {
  errors: { type?: string }[];
}

/** Null where GitHub refuses for good: no permission, no such thread, no GraphQL. */
async function answered<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (isRefusal(error)) {
      if (error.errors.every(({ type }) => type === "FORBIDDEN" || type === "NOT_FOUND")) return null;
      if (error.errors.some(({ type }) => type === "RATE_LIMITED")) throw limited(error);
      throw error;
    }
    const known = publishError(error, "contents: write");
    if (isFailedRequest(error) && [403, 404].includes(error.status) && !isTransient(known)) return null;
    throw known;
  }
}

function isRefusal(error: unknown): error is GraphqlRefusal {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** The same as REST's answer once the hour's points are used up; its headers say until when. */
function limited(refusal: GraphqlRefusal): unknown {
  const headers = { "x-ratelimit-remaining": "0", ...("headers" in refusal ? (refusal.headers as object) : {}) };
  return publishError(Object.assign(new Error(refusal.message), { status: 429, response: { headers } }), "");
}

function isTransient(error: unknown): boolean {
  return error instanceof Error && "transient" in error && error.transient === true;
}
