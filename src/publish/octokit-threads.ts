import type { RepositoryId } from "../shared/repository.ts";
import { limits } from "../shared/limits.ts";
import type { CommentApi, ReviewThread } from "./comment-api.ts";
import { answered } from "./octokit-graphql.ts";
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
