import { type Context, Hono } from "hono";
import type { Model } from "../model/model.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { answerErrorsAsJson, errorBody, HttpError } from "./http-errors.ts";
import type { LocalBindings } from "./local-http.ts";
import { chatPhrasing, completionPhrasing, type Phrasing, write, type Written } from "./openai-answers.ts";
import {
  type AnswerRequest,
  maxTokensFor,
  readChat,
  readCompletion,
  readHaste,
  readScore,
  readTokenize,
} from "./openai-requests.ts";

export interface OpenAiServerOptions {
  /** What is served, by the names of their identities; null while they load. */
  models: () => readonly Model[] | null;
  /** Told of errors that are bugs. */
  report?: (error: unknown) => void;
}

type Env = { Bindings: Partial<LocalBindings> };

/** The paths that need no token. */
export const publicPaths = ["/health"] as const;

/**
 * The part of OpenAI's interface that one machine with the weights needs to serve several: chats, completions, models; beside
 * them llama.cpp's /health and /tokenize, and /v1/score, which is ours. Queue, priorities and time limits are the models'.
 */
export function openAiServer({ models, report }: OpenAiServerOptions): Hono<Env> {
  const app = answerErrorsAsJson(new Hono<Env>(), report);
  const created = Math.floor(Date.now() / 1_000);
  const loaded = (): readonly Model[] => models() ?? stillLoading();
  app.get("/health", (context) => context.json({ status: "ok", models: loaded().map(health) }));
  app.get("/v1/models", (context) =>
    context.json({ object: "list", data: loaded().map((model) => describe(model, created)) }),
  );
  app.get("/v1/models/:id{.+}", (context) =>
    context.json(describe(modelNamed(loaded(), context.req.param("id")), created)),
  );
  app.post("/v1/chat/completions", async (context) =>
    answer(context, loaded(), readChat(await readJson(context)), chatPhrasing),
  );
  app.post("/v1/completions", async (context) =>
    answer(context, loaded(), readCompletion(await readJson(context)), completionPhrasing),
  );
  app.post("/tokenize", async (context) => {
    const { model, text } = readTokenize(await readJson(context));
    return context.json({ count: await modelNamed(loaded(), model).countTokens(text) });
  });
  app.post("/v1/score", async (context) => score(context, loaded(), await readJson(context)));
  return app;
}

function stillLoading(): never {
  throw new AssistantError("the models are still being loaded", {
    code: "models-loading",
    remedy: "Try again in some seconds.",
    transient: true,
    retryAfterMs: limits.httpRetryAfterMs,
  });
}

function health(model: Model): object {
  return { id: model.identity.name, ...model.status() };
}

/** With what vLLM and llama.cpp tell about the context, each in its own words, and what only our clients read. */
function describe(model: Model, created: number): object {
  const { name, sha256 } = model.identity;
  const { contextTokens } = model;
  return {
    id: name,
    object: "model",
    created,
    owned_by: "engram-assistant",
    max_model_len: contextTokens,
    meta: { n_ctx: contextTokens },
    "x-engram": { sha256, context_tokens: contextTokens, score: model.score !== undefined },
  };
}

function modelNamed(models: readonly Model[], name: string | undefined): Model {
  const found = name === undefined ? models : models.filter(({ identity }) => identity.name === name);
  const [model] = found;
  const names = models.map(({ identity }) => identity.name).join(", ");
  if (name !== undefined && model === undefined)
    throw new HttpError(404, "model_not_found", `there is no model ${name} here; there is: ${names}`);
  if (model === undefined || found.length > 1) throw new HttpError(400, "bad-request", `model: name one of ${names}`);
  return model;
}

async function readJson(context: Context<Env>): Promise<unknown> {
  try {
    return await context.req.json();
  } catch {
    throw new HttpError(400, "not-json", "the body is not JSON");
  }
}

async function answer(
  context: Context<Env>,
  models: readonly Model[],
  { model: name, request, maxTokens: asked, stream, includeUsage }: AnswerRequest,
  phrase: (identity: Model["identity"]) => Phrasing,
): Promise<Response> {
  const model = modelNamed(models, name);
  const whole = {
    ...request,
    ...readHaste((header) => context.req.header(header)),
    maxTokens: maxTokensFor(model, asked),
    signal: endOf(context),
  };
  const phrasing = phrase(model.identity);
  if (!stream) return context.json(phrasing.whole(await write(model, whole)));
  const work = (onText: (piece: string) => void) => write(model, { ...whole, onText });
  return streamed(work, phrasing, includeUsage);
}

/** Nobody waits any more: the client went away, or the time of what runs at a shutdown is over. */
function endOf(context: Context<Env>): AbortSignal {
  // An app that is called without a server has no environment.
  const cut = context.env?.cut;
  return cut === undefined ? context.req.raw.signal : AbortSignal.any([context.req.raw.signal, cut]);
}

/**
 * Server-sent events. Until the first piece is there, nothing is answered: what fails before has a status that says so
 * (busy, too long), and what fails after is told within the stream, which then ends without [DONE].
 */
async function streamed(
  work: (onText: (piece: string) => void) => Promise<Written>,
  phrasing: Phrasing,
  includeUsage: boolean,
): Promise<Response> {
  let send!: ReadableStreamDefaultController<Uint8Array>;
  let gone = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void (send = controller),
    cancel: () => void (gone = true),
  });
  const encoder = new TextEncoder();
  const event = (data: object | string) => {
    if (gone) return;
    const text = typeof data === "string" ? data : JSON.stringify(data);
    send.enqueue(encoder.encode(`data: ${text}\n\n`));
  };
  let opened = false;
  let begun = () => {};
  const first = new Promise<void>((resolve) => (begun = resolve));
  const open = () => {
    if (opened) return;
    opened = true;
    if (phrasing.opening !== null) event(phrasing.opening);
    begun();
  };
  const end = ({ finish, ...written }: Written) => {
    open();
    event(phrasing.end(finish));
    if (includeUsage) event(phrasing.usage({ finish, ...written }));
    event("[DONE]");
  };
  const ended = work((piece) => {
    open();
    event(phrasing.piece(piece));
  }).then(end);
  ended
    .catch((error: unknown) => {
      if (opened) event(errorBody(error));
    })
    .finally(() => {
      if (!gone) send.close();
    });
  await Promise.race([first, ended]);
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}

async function score(context: Context<Env>, models: readonly Model[], body: unknown): Promise<Response> {
  const { model: name, messages, continuations } = readScore(body);
  const model = modelNamed(models, name);
  if (model.score === undefined) throw new HttpError(501, "no-score", `${model.identity.name} cannot tell likelihoods`);
  const haste = readHaste((header) => context.req.header(header));
  const scores = await model.score({ messages, continuations, ...haste, signal: endOf(context) });
  const data = scores.map(({ tokens, logProbability }, index) => ({ index, tokens, log_probability: logProbability }));
  return context.json({ object: "list", model: model.identity.name, data });
}
