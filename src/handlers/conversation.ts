import { parseCommand, textBelowCommand } from "../intake/command.ts";
import { hasRole } from "../intake/permission.ts";
import { readQuestion } from "../intake/question.ts";
import { findCommand } from "../intake/registry.ts";
import { sanitize } from "../shared/sanitize.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { parseMarker, withoutMarker } from "../publish/marker.ts";
import { limits } from "../shared/limits.ts";
import type { Turn } from "../tasks/ask/turn.ts";

interface Said {
  id: number;
  author: string;
  body: string;
  at: string;
}

/**
 * What was asked and answered before in the same thread, or on the same page, oldest first: our own answers that rest on
 * something, with the questions of people who may ask today. In a thread that we began, our finding comes first.
 */
export async function readConversation(job: JobOf<"ask">, context: JobContext): Promise<Turn[]> {
  const said = (await commentsBefore(job, context)).filter(({ id }) => id < job.command.commentId);
  const { login } = await context.services.identity();
  const own = said.filter(({ author }) => author.toLowerCase() === login.toLowerCase());
  const turns: Turn[] = [];
  const roles = new Map<string, boolean>();
  for (const answer of own.toReversed()) {
    if (turns.length === limits.conversationTurns) break;
    const marker = parseMarker(answer.body);
    if (marker?.kind === "finding" && job.thread?.first === answer.id) turns.unshift(turnOf("", answer));
    if (marker?.kind !== "answer" || !restsOnSomething.test(answer.body)) continue;
    const question = said.find(({ id }) => id === marker.comment);
    const text = question ? questionIn(question.body) : null;
    if (question && text && (await mayAsk(question.author, roles, job, context))) turns.unshift(turnOf(text, answer));
  }
  return turns;
}

/** Refusals and help have no footer. */
const restsOnSomething = /^<sub>Engram: /m;

async function commentsBefore(job: JobOf<"ask">, { octokit, signal }: JobContext): Promise<Said[]> {
  const { owner, name: repo } = job.repository;
  const query = { owner, repo, per_page: 100, request: { signal } };
  if (job.thread === null) {
    const list = { ...query, issue_number: job.number };
    const comments = await octokit.paginate(octokit.rest.issues.listComments, list);
    return comments.map(({ id, user, body, created_at: at }) => ({
      id,
      author: user?.login ?? "",
      body: body ?? "",
      at,
    }));
  }
  const { first } = job.thread;
  const list = { ...query, pull_number: job.number };
  const comments = await octokit.paginate(octokit.rest.pulls.listReviewComments, list);
  const inThread = comments.filter(({ id, in_reply_to_id: root }) => id === first || root === first);
  return inThread.map(({ id, user, body, created_at: at }) => ({ id, author: user?.login ?? "", body, at }));
}

function questionIn(body: string): string | null {
  const parsed = parseCommand(body);
  if (parsed !== null && findCommand(parsed.verb) !== null) {
    const text = parsed.argument || textBelowCommand(body);
    return text === "" ? parsed.verb : text.slice(0, limits.commandCharacters);
  }
  return readQuestion(body)?.text ?? null;
}

async function mayAsk(
  login: string,
  known: Map<string, boolean>,
  { repository }: JobOf<"ask">,
  { octokit }: JobContext,
): Promise<boolean> {
  if (login === "") return false;
  const may = known.get(login) ?? (await hasRole(octokit, repository, login, findCommand("ask")?.leastRole ?? null));
  known.set(login, may);
  return may;
}

/** The words that were said, without links, quoted code and what stands folded away. */
function turnOf(question: string, { body, at }: Said): Turn {
  const answer = sanitize(withoutMarker(body))
    .replace(/<details>[\s\S]*?<\/details>/g, "")
    .replace(/^<sub>.*<\/sub>$/gm, "")
    .replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, "")
    .replace(/\[((?:[^\]\\]|\\.)*)\]\([^)]*\)/g, "$1")
    .replace(/\u200b/g, "")
    .replace(/\n{2,}/g, "\n")
    .trim();
  return { at, kind: "research", question, answer: answer.slice(0, limits.conversationCharacters), passages: [] };
}
