import type { Job } from "../jobs/job.ts";
import { issueCommentJobs, reviewCommentJobs } from "./comment.ts";
import type { FoundWork, Place } from "./unhandled.ts";

/** A comment as GitHub lists it; its text is untrusted. */
export interface ListedComment {
  id: number;
  body?: string | undefined;
  html_url: string;
  user: { id?: number | undefined; login: string; type?: string | undefined } | null;
  created_at: string;
}

export interface ListedReviewComment extends ListedComment {
  body: string;
  pull_request_url: string;
  path: string;
  commit_id: string;
  original_commit_id: string;
  in_reply_to_id?: number | undefined;
  line?: number | undefined;
  start_line?: number | null | undefined;
  original_line?: number | undefined;
  original_start_line?: number | null | undefined;
  side?: string | undefined;
}

/** What the subject of a command says now; asked for only where there may be a command. */
export type ReadSubject = (number: number) => Promise<{ title: string; body: string | null }>;

interface PolledComments {
  /** Epoch ms. */
  since: number;
  readSubject: ReadSubject;
  /** As of issueCommentJobs. */
  bots?: readonly number[];
}

/**
 * What comments ask for, as if GitHub had sent each when it was written. An edited comment is no new one, and none from before
 * `since` counts.
 */
export async function commentWork(
  comments: readonly ListedComment[],
  place: Place,
  { since, readSubject, bots }: PolledComments,
): Promise<FoundWork[]> {
  const found: FoundWork[] = [];
  for (const comment of comments) {
    const payload = payloadOf(comment, place, since);
    const [, kind, number] = /\/(issues|pull)\/(\d+)(?:#|$)/.exec(comment.html_url) ?? [];
    if (payload === null || number === undefined) continue;
    const text = mayBeCommand(comment.body) ? await readSubject(Number(number)) : {};
    const issue = { number: Number(number), ...text, ...(kind === "pull" && { pull_request: {} }) };
    const jobs = issueCommentJobs({ ...payload, issue }, place.repository.host, bots);
    found.push(...workOf("comment", comment.id, jobs));
  }
  return found;
}

/** The same of comments on lines. */
export async function reviewCommentWork(
  comments: readonly ListedReviewComment[],
  place: Place,
  { since, readSubject, bots }: PolledComments,
): Promise<FoundWork[]> {
  const found: FoundWork[] = [];
  for (const comment of comments) {
    const payload = payloadOf(comment, place, since);
    const number = Number(/\/pulls\/(\d+)$/.exec(comment.pull_request_url)?.[1]);
    if (payload === null || Number.isNaN(number)) continue;
    const text = mayBeCommand(comment.body) ? await readSubject(number) : {};
    const pull_request = { number, ...text, head: { sha: comment.commit_id } };
    const jobs = reviewCommentJobs({ ...payload, comment, pull_request }, place.repository.host, bots);
    found.push(...workOf("review comment", comment.id, jobs));
  }
  return found;
}

function payloadOf(comment: ListedComment, { repository, installationId }: Place, since: number) {
  const { user: sender, body = "", id, created_at } = comment;
  if (sender === null || Date.parse(created_at) < since) return null;
  return {
    repository: { id: repository.id, name: repository.name, owner: { login: repository.owner } },
    installation: { id: installationId },
    sender,
    comment: { id, body, created_at },
  };
}

/** Each word must stand at the start of a line; that is looked at later. */
function mayBeCommand(body: string | undefined): boolean {
  return body?.includes("/assistant") ?? false;
}

function workOf(what: string, id: number, jobs: Job[]): FoundWork[] {
  return jobs.map((job) => ({ id: `polled ${what} ${id}`, job }));
}
