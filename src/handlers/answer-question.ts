import { readConversation } from "./conversation.ts";
import { hasRole } from "../intake/permission.ts";
import { answerText, findCommand, refusalText, tooManyText } from "../intake/registry.ts";
import { sanitize } from "../shared/sanitize.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { answer, keep, publisherFor } from "./job-steps.ts";
import { openQuestion, type OpenQuestion } from "./open-question.ts";
import type { AnswerOutcome, AnswerPart } from "../publish/outcome.ts";
import { react } from "./react.ts";
import { AssistantError } from "../shared/errors.ts";
import { askedModels } from "../model/asked-models.ts";
import { limits } from "../shared/limits.ts";
import { sourceOf } from "../api/open-sources.ts";
import { contentStems } from "../tasks/ask/content-words.ts";
import { answerFromRepository } from "../tasks/ask/answer-from-repository.ts";
import type { Answer, Place } from "../tasks/ask/ask-input.ts";
import { explain } from "../tasks/ask/explain.ts";
import { findPlace, namesPlace } from "../tasks/ask/find-place.ts";
import { findSimilar, type SimilarTo } from "../tasks/ask/find-similar.ts";
import { code } from "../tasks/ask/inline.ts";
import { keepCited } from "../tasks/ask/keep-cited.ts";
import { likelyPlace } from "../tasks/ask/likely-place.ts";
import { wordAnswer } from "../tasks/ask/word-answer.ts";
import type { Turn } from "../tasks/ask/turn.ts";

/**
 * Answers a question that a person put on an issue, a pull request or in a review thread: one comment where it was asked.
 * Whoever may not, or asks too often, is told so once; a conversation that is locked is answered by a reaction.
 */
export async function answerQuestion(job: JobOf<"ask">, context: JobContext): Promise<void> {
  try {
    if (!(await isForUs(job, context))) return;
    const subject = await readSubject(job, context);
    if (subject === null || !(await mayAsk(job, context))) return;
    await publishAnswer(job, subject, context);
  } catch (error) {
    if (!(error instanceof AssistantError) || error.code !== "not-permitted") throw error;
    context.log.warn({ err: error, number: job.number }, "a question could not be answered: locked, or not permitted");
    await react({ ...job, onLines: job.thread !== null }, "confused", context);
  }
}

/** A plain question counts in a thread that we began: `/assistant why?`, or with our name in it. */
async function isForUs(job: JobOf<"ask">, context: JobContext): Promise<boolean> {
  const { plain, thread, command } = job;
  if (plain === null || thread === null) return true;
  const { login } = await context.services.identity();
  const isNamed = plain.mentions.includes(login.replace(/\[bot\]$/, "").toLowerCase());
  if (plain.mentions.length > 0 && !isNamed) return false;
  const { owner, name: repo } = job.repository;
  const { data } = await context.octokit.rest.pulls.getReviewComment({ owner, repo, comment_id: thread.first });
  if (data.user?.login.toLowerCase() === login.toLowerCase()) return true;
  // In other people's threads a word behind `/assistant` is a command, and this one does not exist.
  if (plain.mentions.length === 0) await answer(job, command, answerText(command.verb, "pull"), context);
  return false;
}

async function mayAsk(job: JobOf<"ask">, context: JobContext): Promise<boolean> {
  const { octokit, services, key, log } = context;
  const { sender, commentId, verb } = job.command;
  const entry = findCommand(job.plain === null ? verb : "ask");
  if (entry === null) return false;
  const ask = { repository: key, sender, comment: commentId };
  const isAllowed = await hasRole(octokit, job.repository, sender, entry.leastRole);
  if (isAllowed && services.asks.take(ask)) return true;
  log.info({ sender, comment: commentId, reason: isAllowed ? "too many questions" : "role" }, "a question is refused");
  if (services.asks.mayRefuse(ask))
    await answer(job, job.command, isAllowed ? tooManyText() : refusalText(entry), context);
  return false;
}

interface Subject {
  title: string;
  body: string;
}

/**
 * The newest text of what is asked on; null where it was moved away meanwhile. A redirect is not followed: it leads to a page
 * of another repository, and a comment that is sent there is lost without an error.
 */
async function readSubject(job: JobOf<"ask">, { octokit, log, signal }: JobContext): Promise<Subject | null> {
  const { owner, name: repo } = job.repository;
  const request = { owner, repo, issue_number: job.number, request: { signal, redirect: "manual" as const } };
  const { data, ...answered } = await octokit.rest.issues.get(request);
  // The endpoint's type knows of no redirect.
  const status: number = answered.status;
  if (status !== 200) {
    log.warn({ number: job.number, status }, "a question is not answered: its issue was transferred");
    return null;
  }
  return { title: sanitize(data.title), body: sanitize(data.body ?? "").slice(0, limits.issueCharacters) };
}

async function publishAnswer(job: JobOf<"ask">, subject: Subject, context: JobContext): Promise<void> {
  const { services, signal } = context;
  const opened = await openQuestion(job, context);
  try {
    // Of a command it was known at once that it is for us; in preview nothing is written.
    const isNew = job.plain !== null && opened.config.mode !== "preview";
    if (isNew) await react({ ...job, onLines: job.thread !== null }, "eyes", context);
    const turns = await readConversation(job, context);
    const models = askedModels(services.models, opened.config.models);
    const found = await findAnswer(job, subject, opened, turns);
    const parts = await keepCited(found.parts, opened.input);
    const { lines, report } = await wordAnswer(found.question, found.material, turns, models, signal);
    const worded: AnswerPart[] = lines.length === 0 ? [] : [{ title: "", lines }];
    const isAnswered = found.repeats === true && lines.length === 0;
    const { command, thread, number, onPull } = job;
    const outcome: AnswerOutcome = {
      kind: "answer",
      subject: { kind: onPull ? "pull" : "issue", number },
      commentId: command.commentId,
      ...(thread && { thread: thread.first }),
      body: isAnswered ? answeredAbove : found.body,
      ...(parts.length > 0 &&
        !isAnswered && {
          found: {
            parts: [...(await keepCited(worded, opened.input)), ...parts],
            engramCommit: opened.input.engramCommit,
            model: report,
          },
        }),
    };
    const publisher = await publisherFor(job, opened.config, context);
    await keep(context, opened.config, outcome, await publisher.publish(outcome, signal));
  } finally {
    opened.close();
  }
}

const answeredAbove =
  "Nothing is asked here that is not answered above. Why lines are as they are is told by `/assistant explain PLACE`.";

interface FoundAnswer extends Answer {
  /** What a model is asked. */
  question: string;
  /** Whether code finds nothing else than for the question before. */
  repeats?: boolean;
}

/** What code finds for each command. A text that names no place is a question, whatever the command. */
async function findAnswer(
  job: JobOf<"ask">,
  subject: Subject,
  opened: OpenQuestion,
  turns: readonly Turn[],
): Promise<FoundAnswer> {
  const { verb, argument } = job.command;
  if (job.plain === null && verb === "similar") return similarAnswer(argument, subject, opened);
  if (job.plain === null && verb === "explain") {
    const named = argument === "" ? null : await explainNamed(argument, opened);
    if (named !== null) return named;
    if (argument === "") return explainHere(subject, opened);
  }
  if (argument === "")
    return opened.place === null ? nothing("Ask something: `/assistant ask QUESTION`.") : explainHere(subject, opened);
  return questionAnswer(argument, opened, turns);
}

/** Null where the text names no place, nor was meant to. */
async function explainNamed(argument: string, { input }: OpenQuestion): Promise<FoundAnswer | null> {
  if (!namesPlace(argument)) return null;
  const found = await findPlace(argument, input);
  if (found.place !== null) return explained(found.place, found.others, input);
  const meant = found.meant === null ? "" : ` Did you mean ${code(found.meant)}?`;
  return nothing(`Nothing is called ${code(argument)} here: no path, and nothing that a file defines.${meant}`);
}

async function explainHere(subject: Subject, { place, input, change }: OpenQuestion): Promise<FoundAnswer> {
  if (place !== null) return explained(place, [], input);
  const likely = await likelyPlace(subject, change, input);
  if (likely !== null) {
    const found = await explained(likely, [], input);
    const why = change === null ? "this is where the issue most likely lives" : "most of the change is here";
    return { ...found, body: `No place was named; ${why}.\n\n${found.body}` };
  }
  return nothing(
    "No place is named, and nothing here is plainly about one: `/assistant explain PATH:LINES`, or a name.",
  );
}

async function explained(place: Place, others: readonly Place[], input: OpenQuestion["input"]): Promise<FoundAnswer> {
  const answered = await explain(place, others, input);
  return { ...answered, question: `What does ${place.name ?? place.path} do, and why is it the way it is?` };
}

async function similarAnswer(argument: string, subject: Subject, { input, place }: OpenQuestion): Promise<FoundAnswer> {
  const answered = await findSimilar(await similarTo(argument, subject, { input, place }), input);
  return { ...answered, question: "What is alike in these places, and where do they differ?" };
}

async function similarTo(
  argument: string,
  { title, body }: Subject,
  { input, place }: Pick<OpenQuestion, "input" | "place">,
): Promise<SimilarTo> {
  if (argument === "") return place === null ? { kind: "words", title, body } : { kind: "place", place };
  const [, fenced] = /^\s*(?:`{3,}|~{3,})[^\n]*\n([\s\S]*?)\n?(?:`{3,}|~{3,})\s*$/.exec(argument) ?? [];
  if (fenced !== undefined) return { kind: "code", text: fenced };
  const named = namesPlace(argument) ? (await findPlace(argument, input)).place : null;
  return named === null ? { kind: "words", title: argument, body: "" } : { kind: "place", place: named };
}

/** In a thread its lines come first: a question there is about them. */
async function questionAnswer(
  text: string,
  { input, place }: OpenQuestion,
  turns: readonly Turn[],
): Promise<FoundAnswer> {
  const passages = sourceOf(["repository"], new Map([["repository", input.view]]));
  const search = () => answerFromRepository({ text, turns, passages }, input);
  // "And why?" has no words that anything could be found by.
  const repeats = turns.length > 0 && contentStems(text).size === 0;
  if (place === null) return { ...(await search()), question: text, repeats };
  const lines = await explain(place, [], input);
  // "Why is this needed?" says nothing that could be looked for elsewhere.
  if (contentStems(text).size < limits.threadQuestionWords) return { ...lines, question: text };
  const found = await search();
  const bodies = found.parts.length === 0 ? [lines.body] : [lines.body, found.body];
  return {
    body: bodies.join("\n\n"),
    parts: [...lines.parts.filter(({ folded }) => !folded), ...found.parts],
    material: [...lines.material, ...found.material],
    question: text,
  };
}

function nothing(body: string): FoundAnswer {
  return { body, parts: [], material: [], question: "" };
}
