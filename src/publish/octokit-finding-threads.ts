import type { RepositoryId } from "../shared/repository.ts";
import { limits } from "../shared/limits.ts";
import type { FindingThread, FindingThreads } from "./finding-threads.ts";
import { parseMarker } from "./marker.ts";
import { bareLogin } from "./bare-login.ts";
import { answered } from "./octokit-graphql.ts";
import type { GitHubClient } from "./octokit-comment-api.ts";
import type { AppIdentity } from "./own-comments.ts";
import { findingThreadsQuery } from "./thread-queries.ts";

interface CommentNode {
  id: string;
  body: string;
  author: { __typename: string; login: string } | null;
  isMinimized: boolean;
  minimizedReason: string | null;
  /** `user` is null for bots and for accounts that are gone. */
  reactions: { nodes: { content: string; user: { login: string } | null }[] };
}

interface ThreadNode {
  isResolved: boolean;
  isOutdated: boolean;
  resolvedBy: { login: string } | null;
  comments: { nodes: CommentNode[] };
}

interface Answer {
  repository: {
    pullRequest: {
      headRefOid: string;
      reviewThreads: { nodes: ThreadNode[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
    };
  };
}

/**
 * What people did under our comments on a pull request: thumbs, resolved threads, hidden comments. One request for 100
 * threads. Null where GitHub does not let us see it. Errors: as Publisher.publish.
 */
export async function readFindingThreads(
  octokit: Pick<GitHubClient, "graphql">,
  { owner, name }: RepositoryId,
  identity: AppIdentity,
  number: number,
  signal?: AbortSignal,
): Promise<FindingThreads | null> {
  const threads: FindingThread[] = [];
  let [head, after, complete] = ["", null as string | null, false];
  for (let page = 0; page < limits.threadPages && !complete; page += 1) {
    const variables: Record<string, unknown> = { owner, name, number, after, request: { signal } };
    const answer: Answer | null = await answered(octokit.graphql<Answer>(findingThreadsQuery, variables));
    if (answer === null) return null;
    const { headRefOid, reviewThreads } = answer.repository.pullRequest;
    head = headRefOid;
    threads.push(...reviewThreads.nodes.flatMap((node) => findingThread(node, identity)));
    complete = !reviewThreads.pageInfo.hasNextPage;
    after = reviewThreads.pageInfo.endCursor;
  }
  return { head, threads, complete };
}

/** Only our own comments are findings, whatever others copy. GraphQL names a bot without its `[bot]`, but says that it is one. */
function findingThread(
  { comments, resolvedBy, isResolved, isOutdated }: ThreadNode,
  identity: AppIdentity,
): FindingThread[] {
  const [comment] = comments.nodes;
  const ours = comment?.author?.__typename === "Bot" && bareLogin(comment.author.login) === bareLogin(identity.login);
  const marker = comment && ours ? parseMarker(comment.body) : null;
  if (!comment || marker?.kind !== "finding") return [];
  const person = isResolved && resolvedBy && bareLogin(resolvedBy.login) !== bareLogin(identity.login);
  return [
    {
      finding: marker.id,
      comment: comment.id,
      addressed: marker.addressed,
      thumbs: comment.reactions.nodes.flatMap(({ content, user }) => {
        const up = content === "THUMBS_UP";
        return user && (up || content === "THUMBS_DOWN") ? [{ login: user.login, up }] : [];
      }),
      minimized: comment.isMinimized ? (comment.minimizedReason ?? "").toLowerCase() : null,
      resolvedBy: person ? resolvedBy.login : null,
      outdated: isOutdated,
    },
  ];
}
