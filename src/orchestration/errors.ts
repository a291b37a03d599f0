import { AssistantError, messageOf } from "../shared/errors.ts";

/** Errors that only something in front of several models can know, and what an error says about who raised it. */

export function modelBusy(name: string, waiting: number, retryAfterMs: number | undefined): AssistantError {
  const when = retryAfterMs === undefined ? "" : `; ask again in ${seconds(retryAfterMs)}`;
  return new AssistantError(`${waiting} requests wait for ${name} already${when}`, {
    code: "model-busy",
    remedy: "Try again later, or add a machine to the configuration.",
    transient: true,
    retryAfterMs,
  });
}

export function deadlinePassed(name: string): AssistantError {
  return new AssistantError(`${name} had no turn for the request before its deadline`, {
    code: "model-timeout",
    remedy: "Allow more time, or try again when fewer requests wait.",
    transient: true,
  });
}

export function modelClosed(name: string): AssistantError {
  return new AssistantError(`${name} is closed`, {
    code: "model-closed",
    remedy: "The program is shutting down; try again when it is up.",
    transient: true,
  });
}

/** After failures a back end is left alone for a while. */
export function circuitOpen(name: string, lastFailure: string, retryAfterMs: number): AssistantError {
  return new AssistantError(`${name} is left alone for ${seconds(retryAfterMs)} after it failed: ${lastFailure}`, {
    code: "model-unreachable",
    remedy: "Mend what is named here; it is tried again by itself.",
    transient: true,
    retryAfterMs,
  });
}

export function cannotScore(name: string): AssistantError {
  return new AssistantError(`${name} cannot weigh continuations`, {
    code: "score-unsupported",
    remedy: "Ask it to write the choice instead, or use a local model.",
  });
}

/** Why a back end gave no answer. */
export interface Failure {
  name: string;
  error: unknown;
}

/** The end of a chain: the caller goes on with its evidence alone. */
export function noModelAnswered(failures: Failure[]): AssistantError {
  const errors = failures.map(({ error }) => error);
  const known = errors.filter((error) => error instanceof AssistantError);
  const waits = known.map(({ retryAfterMs }) => retryAfterMs).filter((wait) => wait !== null);
  const why = failures.map(({ name, error }) => `${name}: ${messageOf(error)}`).join("; ");
  return new AssistantError(`no model answered (${why})`, {
    code: "no-model-answered",
    remedy: "Go on without a model, or mend what is named here.",
    transient: known.some(({ transient }) => transient),
    retryAfterMs: waits.length > 0 ? Math.min(...waits) : undefined,
    cause: new AggregateError(errors),
  });
}

export function codeOf(error: unknown): string | null {
  return error instanceof AssistantError ? error.code : null;
}

/** The request asks for what this model cannot do: nothing is wrong with the back end, and waiting would not help. */
export function isRequestsFault(error: unknown): boolean {
  return error instanceof AssistantError && !error.transient && requestsFaults.has(error.code);
}

const requestsFaults = new Set(["prompt-too-long", "no-chat-template", "request-refused", "score-unsupported"]);

/** Whether it speaks against the back end: one that is full, or that wrote nonsense, is alive. */
export function isBackendsFault(error: unknown): boolean {
  return !isRequestsFault(error) && !["model-busy", "model-closed", "answer-invalid"].includes(codeOf(error) ?? "");
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.ceil(ms / 1_000))} s`;
}
