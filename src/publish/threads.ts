import { bareLogin } from "./bare-login.ts";
import type { CommentApi, ReviewThread, StoredReviewComment } from "./comment-api.ts";
import type { AppIdentity } from "./own-comments.ts";
import type { FindingComment } from "./plan-review.ts";

/** The threads that our comments begin, and how far we may go with them. */
export interface Threads {
  api: CommentApi;
  identity: AppIdentity;
  /** By `nodeId` of the first comment. */
  byComment: Map<string, ReviewThread>;
  /** Ids of first comments that somebody else replied to. */
  answered: Set<number>;
  /** False once GitHub refused: it would refuse the others as well. */
  permitted: boolean;
}

/** @param comments every comment on the lines, ours and others' */
export async function readThreads(
  { api, identity }: { api: CommentApi; identity: AppIdentity },
  number: number,
  comments: readonly StoredReviewComment[],
): Promise<Threads> {
  const threads = await api.reviewThreads(number);
  return {
    api,
    identity,
    byComment: new Map(threads.map((thread) => [thread.firstComment, thread])),
    answered: answeredComments(comments, identity),
    permitted: true,
  };
}

function answeredComments(comments: readonly StoredReviewComment[], { login }: AppIdentity): Set<number> {
  const byOthers = comments.filter(({ author }) => author.toLowerCase() !== login.toLowerCase());
  return new Set(byOthers.flatMap(({ replyTo }) => replyTo ?? []));
}

/**
 * Folds the thread of a finding that is gone. A thread in which somebody replied is left to whoever replied.
 * @returns whether it is folded now by us
 */
export async function resolveThread(threads: Threads, { comment }: FindingComment): Promise<boolean> {
  const thread = threads.byComment.get(comment.nodeId);
  if (!thread || threads.answered.has(comment.id)) return false;
  if (thread.resolved) return resolvedByUs(thread, threads.identity);
  return setResolved(threads, thread, true);
}

/**
 * Opens a thread that we folded, now that its finding is back. What a person folded stays folded.
 * @returns whether it stands open now
 */
export async function reopenThread(threads: Threads, { comment, marker }: FindingComment): Promise<boolean> {
  const thread = threads.byComment.get(comment.nodeId);
  if (!thread?.resolved) return thread !== undefined;
  if (!marker.resolved && !resolvedByUs(thread, threads.identity)) return false;
  return setResolved(threads, thread, false);
}

function resolvedByUs({ resolvedBy }: ReviewThread, { login }: AppIdentity): boolean {
  return resolvedBy !== null && bareLogin(resolvedBy) === bareLogin(login);
}

async function setResolved(threads: Threads, thread: ReviewThread, resolved: boolean): Promise<boolean> {
  if (!threads.permitted) return false;
  threads.permitted = await threads.api.setThreadResolved(thread.id, resolved);
  return threads.permitted;
}
