import type { Command, Job, JobThread } from "../jobs/job.ts";
import { limits } from "../shared/limits.ts";
import { parseCommand, textBelowCommand } from "./command.ts";
import { originOf, type WebhookPayload } from "./origin.ts";
import { readQuestion } from "./question.ts";
import { changesCode, findCommand, type Place } from "./registry.ts";

interface CommentPayload extends WebhookPayload {
  sender: { id?: number | undefined; login: string; type?: string | undefined };
  comment: { id: number; body: string; created_at?: string | undefined };
}

export interface IssueCommentPayload extends CommentPayload {
  /** GitHub sends comments on pull requests as comments on issues; `pull_request` tells them apart. */
  issue: FrozenText & { number: number; pull_request?: unknown };
}

export interface ReviewCommentPayload extends CommentPayload {
  comment: CommentPayload["comment"] & ReviewLines & { in_reply_to_id?: number | undefined };
  pull_request: FrozenText & { number: number; head: { sha: string } };
}

/** As it was when somebody commented: what is written there later was not what they meant. */
interface FrozenText {
  title?: string | undefined;
  body?: string | null | undefined;
}

/** Where GitHub says that a comment stands: now, which is null once the lines are gone, and when it was written. */
interface ReviewLines {
  path: string;
  commit_id: string;
  original_commit_id: string;
  line?: number | null | undefined;
  start_line?: number | null | undefined;
  original_line?: number | null | undefined;
  original_start_line?: number | null | undefined;
  side?: string | undefined;
}

/**
 * The job that a new comment on an issue or a pull request asks for.
 * @param bots ids of the bots that are heeded as people are
 */
export function issueCommentJobs(payload: IssueCommentPayload, host: string, bots: readonly number[] = []): Job[] {
  if (!isHeeded(payload, bots)) return [];
  const { number, pull_request } = payload.issue;
  const text = payload.issue;
  // The payload does not say what the head is.
  const place = pull_request ? "pull" : "issue";
  return commentJobs(payload, host, { number, place, head: "", replyTo: null, lines: null, text });
}

/** The job that a new comment on a line of a pull request asks for. */
export function reviewCommentJobs(payload: ReviewCommentPayload, host: string, bots: readonly number[] = []): Job[] {
  if (!isHeeded(payload, bots)) return [];
  const { number, head } = payload.pull_request;
  const { comment, pull_request: text } = payload;
  const replyTo = comment.in_reply_to_id ?? null;
  return commentJobs(payload, host, { number, place: "pull", head: head.sha, replyTo, lines: comment, text });
}

interface Subject {
  number: number;
  place: Place;
  head: string;
  /** First comment of the thread that it answers in. */
  replyTo: number | null;
  /** Null where it is on no lines. */
  lines: ReviewLines | null;
  /** Of the issue or pull request. */
  text: FrozenText;
}

function commentJobs(payload: CommentPayload, host: string, subject: Subject): Job[] {
  const origin = originOf(payload, host);
  if (!origin) return [];
  const { number, place, head, replyTo, text } = subject;
  const { id, body } = payload.comment;
  const parsed = parseCommand(body);
  const entry = parsed && findCommand(parsed.verb);
  const by = { commentId: id, sender: payload.sender.login };
  const asked = { kind: "ask", ...origin, number, onPull: place === "pull", thread: threadOf(id, subject) } as const;
  if (replyTo !== null && !entry) {
    const question = readQuestion(body);
    if (question !== null) {
      const command = { verb: parsed?.verb ?? "ask", argument: question.text, ...by };
      return [{ ...asked, command, plain: { mentions: question.mentions } }];
    }
  }
  if (!parsed) return [];
  const command: Command = { ...parsed, ...by };
  const works = entry?.places.includes(place);
  if (works && parsed.verb === "review") {
    return [{ kind: "review", ...origin, number, head, command, ...(subject.lines !== null && { onLines: true }) }];
  }
  if (works && parsed.verb === "triage") return [{ kind: "triage", ...origin, number, command }];
  if (works && steers(parsed.verb)) return [{ kind: "steer", ...origin, number, thread: replyTo, command }];
  if (works && (changesCode(parsed.verb) || parsed.verb === "stop")) {
    const subjectOf = { ...origin, number, onPull: place === "pull", at: payload.comment.created_at ?? "" };
    if (parsed.verb === "stop") return [{ kind: "stop", ...subjectOf, command, thread: asked.thread?.first ?? null }];
    // What is wanted often takes more than the command's line.
    const argument = [parsed.argument, textBelowCommand(body)].filter((part) => part !== "").join("\n");
    const full = { ...command, argument: argument.slice(0, limits.taskCharacters) };
    return [{ kind: "implement", ...subjectOf, command: full, thread: asked.thread, text: frozen(text) }];
  }
  if (works && asks(parsed.verb)) {
    // Whoever shows code, or has more to say than a line, says it below.
    const argument = parsed.argument || textBelowCommand(body).slice(0, limits.taskCharacters);
    return [{ ...asked, command: { ...command, argument }, plain: null }];
  }
  return [{ kind: "answer", ...origin, number, onPull: place === "pull", command }];
}

/** Bots quote and repeat; two of them could keep each other busy for ever. Type and id cannot be chosen, a name can. */
function isHeeded({ sender: { id, type } }: CommentPayload, bots: readonly number[]): boolean {
  return type === "User" || (type === "Bot" && id !== undefined && bots.includes(id));
}

function frozen({ title, body }: FrozenText): { title: string; body: string } {
  return { title: title ?? "", body: (body ?? "").slice(0, limits.issueCharacters) };
}

function steers(verb: string): boolean {
  return verb === "pause" || verb === "resume" || verb === "ignore";
}

function asks(verb: string): boolean {
  return verb === "ask" || verb === "explain" || verb === "similar";
}

/** The lines as they are now; where a push has taken them away, as they were when the thread began. */
function threadOf(id: number, { replyTo, lines }: Subject): JobThread | null {
  if (lines === null) return null;
  const { path, line, start_line, original_line, original_start_line } = lines;
  const isCurrent = typeof line === "number";
  const end = (isCurrent ? line : original_line) ?? null;
  const start = (isCurrent ? start_line : original_start_line) ?? end;
  return {
    first: replyTo ?? id,
    path,
    lines: end === null || start === null ? null : { start, end },
    side: lines.side === "LEFT" ? "LEFT" : "RIGHT",
    commit: isCurrent ? lines.commit_id : lines.original_commit_id,
  };
}
