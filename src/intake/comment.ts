import type { Command, Job } from "../jobs/job.ts";
import { parseCommand } from "./command.ts";
import { originOf, type WebhookPayload } from "./origin.ts";
import { findCommand, type Place } from "./registry.ts";

interface CommentPayload extends WebhookPayload {
  sender: { login: string; type?: string | undefined };
  comment: { id: number; body: string };
}

export interface IssueCommentPayload extends CommentPayload {
  /** GitHub sends comments on pull requests as comments on issues; `pull_request` tells them apart. */
  issue: { number: number; pull_request?: unknown };
}

export interface ReviewCommentPayload extends CommentPayload {
  comment: CommentPayload["comment"] & { in_reply_to_id?: number | undefined };
  pull_request: { number: number; head: { sha: string } };
}

/** The job that a new comment on an issue or a pull request asks for. */
export function issueCommentJobs(payload: IssueCommentPayload, host: string): Job[] {
  const { number, pull_request } = payload.issue;
  // The payload does not say what the head is.
  return commentJobs(payload, host, { number, place: pull_request ? "pull" : "issue", head: "", thread: null });
}

/** The job that a new comment on a line of a pull request asks for. */
export function reviewCommentJobs(payload: ReviewCommentPayload, host: string): Job[] {
  const { number, head } = payload.pull_request;
  const thread = payload.comment.in_reply_to_id ?? null;
  return commentJobs(payload, host, { number, place: "pull", head: head.sha, thread });
}

interface Subject {
  number: number;
  place: Place;
  head: string;
  /** First comment of the thread that it answers in. */
  thread: number | null;
}

function commentJobs(payload: CommentPayload, host: string, { number, place, head, thread }: Subject): Job[] {
  const origin = originOf(payload, host);
  // Bots quote and repeat; two of them could keep each other busy for ever. The type cannot be chosen, a name can.
  if (!origin || payload.sender.type !== "User") return [];
  const parsed = parseCommand(payload.comment.body);
  if (!parsed) return [];
  const command: Command = { ...parsed, commentId: payload.comment.id, sender: payload.sender.login };
  const works = findCommand(parsed.verb)?.places.includes(place);
  if (works && parsed.verb === "review") return [{ kind: "review", ...origin, number, head, command }];
  if (works && parsed.verb === "triage") return [{ kind: "triage", ...origin, number, command }];
  if (works && steers(parsed.verb)) return [{ kind: "steer", ...origin, number, thread, command }];
  return [{ kind: "answer", ...origin, number, onPull: place === "pull", command }];
}

function steers(verb: string): boolean {
  return verb === "pause" || verb === "resume" || verb === "ignore";
}
