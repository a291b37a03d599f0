import { type Context, Hono } from "hono";
import type { z } from "zod";
import { AssistantError } from "../shared/errors.ts";
import { eventStream } from "../shared/event-stream.ts";
import { limits } from "../shared/limits.ts";
import { answerResearch, type AssistantServices, type RunOptions } from "./assistant.ts";
import { answerAsk } from "./assistant-ask.ts";
import { answerCode } from "./assistant-code.ts";
import { assistantOpenApi } from "./assistant-openapi.ts";
import { askBody, askQuestion, codeBody, codeQuestion, researchBody, researchQuestion } from "./assistant-requests.ts";
import { answerErrorsAsJson, errorBody, HttpError } from "./http-errors.ts";
import type { LocalBindings } from "./local-http.ts";
import { openSessions } from "./sessions.ts";

export interface AssistantApiOptions {
  services: AssistantServices;
  /** Folders below which engrams and files must lie. */
  roots: readonly string[];
  /** Of this program, for the document of the interface. */
  version: string;
  /** Told of errors that are bugs. */
  report?: (error: unknown) => void;
}

type Env = { Bindings: Partial<LocalBindings> };
type Run = (options: RunOptions) => Promise<object>;

/** Research, code and ask over HTTP: one JSON document, or events while the answer is made. */
export function assistantApi({ services, roots, version, report }: AssistantApiOptions): Hono<Env> {
  const app = answerErrorsAsJson(new Hono<Env>(), report);
  const sessions = openSessions(services.home);
  let running = 0;

  /** Takes a request in, or says when to come again. */
  async function admit(context: Context<Env>, run: Run): Promise<Response> {
    if (running >= limits.assistantRequests) throw busy();
    running++;
    const signal = endOf(context);
    const work = (onEvent?: RunOptions["onEvent"]): Promise<object> =>
      run({ signal, roots, onEvent, whenBusy: "refuse" }).finally(() => running--);
    if (!/\btext\/event-stream\b/.test(context.req.header("accept") ?? "")) return context.json(await work());
    return eventStream(work, (error) => {
      const told = errorBody(error);
      if (told.error.code === "internal") report?.(error);
      return told;
    });
  }

  app.get("/health", (context) => context.json({ status: "ok", running }));
  app.get("/openapi.json", (context) => context.json(assistantOpenApi(version)));
  app.post("/v1/research", async (context) => {
    const question = researchQuestion(await readBody(context, researchBody));
    return admit(context, (options) => answerResearch(services, question, options));
  });
  app.post("/v1/code", async (context) => {
    const question = codeQuestion(await readBody(context, codeBody));
    return admit(context, (options) => answerCode(services, question, options));
  });
  app.post("/v1/ask", async (context) => {
    const question = askQuestion(await readBody(context, askBody));
    return admit(context, (options) => answerAsk(services, question, options));
  });
  app.get("/v1/sessions/:name", (context) => {
    const name = context.req.param("name");
    return context.json({ name, turns: sessions.read(name) });
  });
  app.delete("/v1/sessions/:name", async (context) => {
    const name = context.req.param("name");
    return context.json({ name, forgotten: await sessions.forget(name) });
  });
  return app;
}

function busy(): AssistantError {
  return new AssistantError(`${limits.assistantRequests} questions are being answered`, {
    code: "assistant-busy",
    remedy: "Try again in some seconds.",
    transient: true,
    retryAfterMs: limits.assistantRetryAfterMs,
  });
}

/** Nobody waits any more: the client went away, or the time of what runs at a shutdown is over. */
function endOf(context: Context<Env>): AbortSignal {
  // An app that is called without a server has no environment.
  const cut = context.env?.cut;
  return cut === undefined ? context.req.raw.signal : AbortSignal.any([context.req.raw.signal, cut]);
}

/** Errors: HttpError 400. */
async function readBody<T>(context: Context<Env>, schema: z.ZodType<T>): Promise<T> {
  let body: unknown;
  try {
    body = await context.req.json();
  } catch {
    throw new HttpError(400, "not-json", "the body is not JSON");
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "the body" : issue.path.join(".");
  throw new HttpError(400, "bad-request", `${place}: ${issue?.message ?? "it is wrong"}`);
}
