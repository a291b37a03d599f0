import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { eventStream } from "../shared/event-stream.ts";
import { limits } from "../shared/limits.ts";
import type { AskEvent } from "../tasks/ask/events.ts";
import type { ResearchAnswer } from "../tasks/research/answer.ts";
import type { Access } from "./access.ts";
import { freshTurn, inShort, passageItem, statementItem } from "./answer-view.ts";
import { renderAsk } from "./ask-page.ts";
import type { Site } from "./cite.ts";
import { type Desk, type DeskQuestion, isConversation } from "./desk.ts";
import { problemOf, problemText, type Told } from "./desk-parts.ts";
import type { PageOptions } from "./frame.ts";
import { render } from "./html.ts";
import { renderSearch } from "./search-page.ts";
import { answerHeaders, leave, readForm, send } from "./send.ts";

export interface DeskServer {
  desk: Desk;
  access: Access;
  protocol: Site["protocol"];
  /** Told of errors that are bugs. */
  report: (error: unknown) => void;
}

interface Exchange extends DeskServer {
  request: IncomingMessage;
  response: ServerResponse;
  query: URLSearchParams;
  /** Aborts when the reader has gone: nothing more is worked for them. */
  signal: AbortSignal;
  page: (nonce: string) => PageOptions;
}

/** Answers the pages of searching and asking to whoever may see the dashboard. @returns whether it was one of them */
export async function serveDesk(
  server: DeskServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [path = "", search = ""] = (request.url ?? "").split("?");
  const route = routes[path];
  if (route === undefined) return false;
  const gone = new AbortController();
  response.once("close", () => gone.abort(new Error("nobody waits for the answer any more")));
  const signedIn = server.access.hasLogin && request.headers.authorization === undefined;
  const query = new URLSearchParams(search);
  const page = (nonce: string): PageOptions => ({ nonce, signedIn });
  await route({ ...server, request, response, query, signal: gone.signal, page });
  return true;
}

const routes: Record<string, (exchange: Exchange) => Promise<void>> = {
  "/dashboard/search": searched,
  "/dashboard/ask": (exchange) => (exchange.request.method === "POST" ? asked(exchange) : askForm(exchange)),
  "/dashboard/ask/forget": forgotten,
};

async function searched({ desk, request, response, query, signal, protocol, page, report }: Exchange): Promise<void> {
  if (!isRead(request)) return leave(response, 405, { allow: "GET, HEAD" });
  const sources = await desk.sources();
  const source = query.get("in") ?? sources[0]?.name ?? "";
  const text = (query.get("q") ?? "").slice(0, limits.dashboardSearchCharacters);
  const found = text.trim() === "" ? null : await told(() => desk.search(source, text, signal), report);
  const status = found !== null && "problem" in found ? found.problem.status : 200;
  if (signal.aborted) return;
  send(response, status, (nonce) => renderSearch({ sources, source, text, found, protocol }, page(nonce)));
}

async function askForm(exchange: Exchange): Promise<void> {
  const { request, response, query } = exchange;
  if (!isRead(request)) return leave(response, 405, { allow: "GET, HEAD, POST" });
  const named = query.get("conversation") ?? "";
  const conversation = isConversation(named) ? named : newConversation();
  const text = (query.get("q") ?? "").slice(0, limits.taskCharacters);
  await sendAskPage(exchange, { source: query.get("in") ?? "", text, conversation }, null);
}

/** With a script the answer comes as events, as it does from `assistant api`; without one as the whole page. */
async function asked(exchange: Exchange): Promise<void> {
  const { request, response, access, desk, signal, report } = exchange;
  const form = await readForm(request, limits.dashboardQuestionBytes);
  if (form === null) return leave(response, 413, { connection: "close" });
  if (!access.isOurs(request, form.get("form") ?? "")) return sendOutdated(exchange);
  const named = form.get("conversation") ?? "";
  const question: DeskQuestion = {
    source: form.get("in") ?? "",
    text: form.get("q") ?? "",
    conversation: isConversation(named) ? named : newConversation(),
  };
  if (/\btext\/event-stream\b/.test(request.headers.accept ?? ""))
    return streamed(exchange, question, Number(form.get("turn")) || 1);
  const fresh = await told(() => desk.ask(question, { signal }), report);
  if (signal.aborted) return;
  const isAnswered = "told" in fresh;
  await sendAskPage(exchange, isAnswered ? { ...question, text: "" } : question, fresh);
}

async function streamed(exchange: Exchange, question: DeskQuestion, turn: number): Promise<void> {
  const { response, desk, signal, protocol, report } = exchange;
  const place = { turn, protocol };
  const markup = (event: AskEvent): { type: string; html?: string; text?: string } => {
    if (event.type === "passage") return { type: event.type, html: render(passageItem(event.passage, place)) };
    if (event.type === "sentence") return { type: event.type, html: render(statementItem(event, false, place)) };
    return event;
  };
  const failed = (error: unknown) => ({ html: render(problemText(problemFor(error, signal, report))) });
  try {
    const answer = await eventStream(async (tell) => {
      const made = await desk.ask(question, { signal, onEvent: (event) => tell(markup(event)) });
      return { html: render(freshTurn(made, place)), text: inShort(made) };
    }, failed);
    // Proxies that gather an answer before they send it on are told not to.
    const type = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
    response.writeHead(200, { ...answerHeaders, ...type });
    if (answer.body !== null) await pipeline(Readable.fromWeb(answer.body), response).catch(() => {});
  } catch (error) {
    const problem = problemFor(error, signal, report);
    if (!signal.aborted) send(response, problem.status, () => problemText(problem));
  }
}

async function forgotten(exchange: Exchange): Promise<void> {
  const { request, response, access, desk } = exchange;
  if (request.method !== "POST") return leave(response, 405, { allow: "POST" });
  const form = await readForm(request, limits.dashboardQuestionBytes);
  if (form === null) return leave(response, 413, { connection: "close" });
  if (!access.isOurs(request, form.get("form") ?? "")) return sendOutdated(exchange);
  await desk.forget(form.get("conversation") ?? "");
  leave(response, 303, { location: "/dashboard/ask" });
}

async function sendAskPage(
  { desk, access, request, response, signal, protocol, page }: Exchange,
  { source, text, conversation }: DeskQuestion,
  fresh: Told<ResearchAnswer> | null,
): Promise<void> {
  const sources = await desk.sources();
  const kept = await desk.turns(conversation, signal);
  // What was just answered is kept by now, unless nothing was found.
  const isKept = fresh !== null && "told" in fresh && fresh.told.how !== "nothing";
  const status = fresh !== null && "problem" in fresh ? fresh.problem.status : 200;
  const view = {
    sources,
    source: source === "" ? (sources[0]?.name ?? "") : source,
    text,
    conversation,
    conversations: desk.conversations(),
    turns: isKept ? kept.slice(0, -1) : kept,
    fresh,
    formToken: access.formToken(request),
    protocol,
    now: Date.now(),
  };
  if (!signal.aborted) send(response, status, (nonce) => renderAsk(view, page(nonce)));
}

/** The service began anew, or another reader signed in, since the page was shown; or it is no page of ours. */
function sendOutdated({ response }: Exchange): void {
  const problem = { status: 403, cause: "This page is out of date.", remedy: "Reload it, and send it again." };
  send(response, problem.status, () => problemText(problem));
}

async function told<Value>(work: () => Promise<Value>, report: DeskServer["report"]): Promise<Told<Value>> {
  try {
    return { told: await work() };
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status === 500) report(error);
    return { problem };
  }
}

function problemFor(error: unknown, signal: AbortSignal, report: DeskServer["report"]): ReturnType<typeof problemOf> {
  const problem = problemOf(error);
  if (problem.status === 500 && !signal.aborted) report(error);
  return problem;
}

function isRead({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

function newConversation(): string {
  const time = new Date().toISOString().slice(0, 19).replace(/\D/g, "");
  return `dashboard-${time}-${randomBytes(4).toString("hex")}`;
}
