import { APIError } from "openai";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { modelTimeout, promptTooLong } from "./request.ts";

/** Who was asked, as errors name it. */
export interface Asked {
  /** Of the model. */
  name: string;
  /** `http://host:port`, which never holds a key. */
  origin: string;
  contextTokens: number;
}

/** Anything that went wrong on the way to a server or back, as an error of the port; what is none of these is given back. */
export function asModelError(error: unknown, asked: Asked): unknown {
  if (error instanceof AssistantError) return error;
  if (error instanceof APIError) {
    if (error.status !== undefined) return statusError(error.status, told(error.error, error), error.headers, asked);
    // Within a stream, or before there was an answer.
    if (error.error !== undefined) return statusError(500, told(error.error, error), error.headers, asked);
    return modelUnreachable(asked, causeOf(error), error);
  }
  if (error instanceof SyntaxError) return modelUnreachable(asked, "what it sends is not JSON", error);
  if (isBrokenConnection(error)) return modelUnreachable(asked, causeOf(error), error);
  return error;
}

/** What a server says about a failure, in the forms that are about. */
interface Told {
  message: string;
  code: string;
  promptTokens: number | null;
  contextTokens: number | null;
}

/** The error of an answer's status and body. */
export function statusError(
  status: number,
  { message, code, promptTokens, contextTokens }: Told,
  headers: Headers | undefined,
  asked: Asked,
): AssistantError {
  const said = message === "" ? `HTTP ${status}` : `HTTP ${status}: ${message}`;
  if (code in ownCodes) return ownError(code, said, headers, asked);
  if (isAboutContext(code, message)) {
    const told = promptTooLong(promptTokens ?? 0, contextTokens ?? asked.contextTokens);
    if (promptTokens !== null) return told;
    return new AssistantError(`the prompt is longer than ${asked.name} can read (${said})`, {
      code: "prompt-too-long",
      remedy: told.remedy,
    });
  }
  if (status === 401 || status === 403) return keyRefused(asked, said);
  if (status === 404) return unknownModel(asked, said);
  if (status === 408 || status === 504) return modelTimeout(asked.name);
  if (status === 429 || status === 503) return serverBusy(asked, said, retryAfterMs(headers));
  if (status >= 500) return modelUnreachable(asked, said);
  return new AssistantError(`${asked.origin} refuses the request (${said})`, {
    code: "request-refused",
    remedy: "See the server's log; it may not know what was asked of it, such as a JSON schema.",
  });
}

/** Codes that our own server sends on from its model. */
const ownCodes: Record<string, { remedy: string; transient: boolean }> = {
  "answer-invalid": { remedy: "Ask again with another seed or with room for a longer answer.", transient: true },
  "model-timeout": { remedy: "Use a smaller model, or try again when the server is less busy.", transient: true },
  "no-chat-template": { remedy: "Use a model that was trained to chat, or give it plain text.", transient: false },
};

function ownError(code: string, said: string, headers: Headers | undefined, asked: Asked): AssistantError {
  return new AssistantError(`${asked.origin} answers for ${asked.name}: ${said}`, {
    code,
    ...ownCodes[code]!,
    retryAfterMs: retryAfterMs(headers) ?? undefined,
  });
}

/** The body of an error: OpenAI's form, llama.cpp's (numbers beside), vLLM's older one, or a text. */
export function told(body: unknown, fallback?: unknown): Told {
  const outer = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const inner = (typeof outer["error"] === "object" && outer["error"] !== null ? outer["error"] : outer) as Record<
    string,
    unknown
  >;
  const text = [inner["message"], outer["error"], outer["detail"], body].find((one) => typeof one === "string");
  const code = [inner["code"], inner["type"]].find((one) => typeof one === "string");
  const number = (value: unknown) => (typeof value === "number" ? value : null);
  return {
    message: clip(text ?? (fallback === undefined ? "" : messageOf(fallback))),
    code: typeof inner["type"] === "string" && /context/.test(inner["type"]) ? inner["type"] : (code ?? ""),
    promptTokens: number(inner["n_prompt_tokens"]),
    contextTokens: number(inner["n_ctx"]),
  };
}

function isAboutContext(code: string, message: string): boolean {
  if (/^(prompt-too-long|context_length_exceeded|exceed_context_size_error)$/.test(code)) return true;
  return /context (length|size|window)|maximum context|(prompt|input) is too long|too many (input )?tokens/i.test(
    message,
  );
}

/** Undici's errors: a connection that failed, or one that ended within an answer. */
function isBrokenConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code?.startsWith("UND_ERR_") || code === "ECONNRESET") return true;
  return error instanceof TypeError && /^(terminated|fetch failed|other side closed)$/.test(error.message);
}

/** The innermost reason: "fetch failed" says nothing. */
function causeOf(error: unknown): string {
  let cause = error;
  for (let depth = 0; depth < 8 && cause instanceof Error && cause.cause !== undefined; depth++) cause = cause.cause;
  // Several addresses of one name, each with a reason of its own.
  if (cause instanceof AggregateError) cause = cause.errors[0];
  return clip(messageOf(cause));
}

export function modelUnreachable(asked: Asked, why: string, cause?: unknown): AssistantError {
  return new AssistantError(`${asked.origin} cannot be asked for ${asked.name}: ${why}`, {
    code: "model-unreachable",
    remedy: "See whether the server runs and its address is right.",
    transient: true,
    cause,
  });
}

/** What answers there is no model server: waiting does not help. */
export function notAModelServer(asked: Asked, why: string): AssistantError {
  return new AssistantError(`${asked.origin} does not answer as an OpenAI-compatible server: ${why}`, {
    code: "model-unreachable",
    remedy: "Correct the server's address; it often ends in /v1.",
  });
}

function keyRefused({ origin }: Asked, said: string): AssistantError {
  return new AssistantError(`${origin} refuses the key (${said})`, {
    code: "key-refused",
    remedy: "Set the variable that models.http.api_key_env names (MODEL_API_KEY) to a key of this server.",
  });
}

export function unknownModel({ origin, name }: Asked, said: string): AssistantError {
  return new AssistantError(`${origin} has no model ${name} (${said})`, {
    code: "model-missing",
    remedy: "Name a model that the server lists: http://host:port/v1#MODEL.",
  });
}

function serverBusy({ origin, name }: Asked, said: string, waitMs: number | null): AssistantError {
  return new AssistantError(`${origin} is busy (${said})`, {
    code: "model-busy",
    remedy: `Try again later, or let more servers share the work of ${name}.`,
    transient: true,
    retryAfterMs: waitMs ?? limits.httpRetryAfterMs,
  });
}

/** Seconds or a date; null where the header is missing or odd. */
function retryAfterMs(headers: Headers | undefined): number | null {
  const text = headers?.get("retry-after");
  if (text === null || text === undefined || text === "") return null;
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), limits.httpRetryAfterMaxMs) : null;
}

function clip(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length > limits.serverMessageCharacters ? `${line.slice(0, limits.serverMessageCharacters)}…` : line;
}
