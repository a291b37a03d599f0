import type { Env, Hono } from "hono";
import { AssistantError, messageOf } from "../shared/errors.ts";

/** An error as JSON, in the shape that OpenAI's clients read. */
export interface HttpErrorBody {
  error: {
    message: string;
    /** `invalid_request_error` where the caller must change something, `server_error` where waiting may help. */
    type: string;
    /** Our stable name, for example `prompt-too-long`. */
    code: string | null;
    param: string | null;
    /** What the reader can do about it. */
    remedy?: string;
  };
}

/** A refusal that belongs to HTTP alone: a wrong method, a missing body. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Makes an app answer every error, and every path that it has not, as JSON. */
export function answerErrorsAsJson<E extends Env>(app: Hono<E>, report?: (error: unknown) => void): Hono<E> {
  app.onError((error) => errorResponse(error, report));
  app.notFound((context) =>
    errorResponse(new HttpError(404, "not-found", `there is no ${context.req.method} ${context.req.path}`)),
  );
  return app;
}

/**
 * The answer to a request that failed. What is not meant for the caller is told to `report` and answered as "internal error":
 * messages of bugs hold paths and texts of other requests.
 */
export function errorResponse(error: unknown, report: (error: unknown) => void = () => {}): Response {
  const status = statusOf(error);
  if (status === 500) report(error);
  const headers: Record<string, string> = { "content-type": "application/json" };
  const retryAfterMs = error instanceof AssistantError ? error.retryAfterMs : null;
  // Whole seconds: the header knows no others.
  if (retryAfterMs !== null) headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  return new Response(`${JSON.stringify(errorBody(error))}\n`, { status, headers });
}

export function errorBody(error: unknown): HttpErrorBody {
  const status = statusOf(error);
  const type = status < 500 ? "invalid_request_error" : "server_error";
  if (error instanceof AssistantError)
    return { error: { message: error.message, type, code: error.code, param: null, remedy: error.remedy } };
  if (error instanceof HttpError) return { error: { message: messageOf(error), type, code: error.code, param: null } };
  return { error: { message: "internal error", type, code: "internal", param: null } };
}

const statuses: Record<string, number> = {
  "model-busy": 503,
  "model-closed": 503,
  "model-unreachable": 502,
  "model-timeout": 504,
  "answer-invalid": 502,
};

function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status;
  if (!(error instanceof AssistantError)) return 500;
  return statuses[error.code] ?? (error.transient ? 503 : 400);
}
