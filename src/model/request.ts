import type { z } from "zod";
import { AssistantError, messageOf } from "../shared/errors.ts";

/** What every back end does with a request, and the errors that the port promises. */

/** The reply, or the signal's reason at once; `cancel` asks the back end to stop, and what it still says is dropped. */
export async function untilAborted<T>(reply: Promise<T>, cancel: () => void, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return reply;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      cancel();
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([reply, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Errors: `answer-invalid`, where the answer was cut off, is not JSON or not in the schema. */
export function parseAnswer<T>(text: string, cutOff: boolean, schema: z.ZodType<T>): T {
  if (cutOff) throw answerInvalid("it was cut off");
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw answerInvalid(messageOf(error), error);
  }
}

function answerInvalid(why: string, cause?: unknown): AssistantError {
  return new AssistantError(`the model's answer is not usable: ${why}`, {
    code: "answer-invalid",
    remedy: "Ask again with another seed or with room for a longer answer.",
    transient: true,
    cause,
  });
}

export function modelClosed(name: string): AssistantError {
  return new AssistantError(`the model ${name} is closed`, {
    code: "model-closed",
    remedy: "The program is shutting down; try again when it is up.",
    transient: true,
  });
}

/** `retryAfterMs`: when there will be a place again, as far as one can tell. */
export function modelBusy(name: string, waiting: number, retryAfterMs?: number): AssistantError {
  return new AssistantError(`${waiting} requests wait for the model ${name} already`, {
    code: "model-busy",
    remedy: "Try again later, or use a smaller model.",
    transient: true,
    retryAfterMs,
  });
}

export function modelTimeout(name: string): AssistantError {
  return new AssistantError(`the model ${name} did not answer in time`, {
    code: "model-timeout",
    remedy: "Use a smaller model (see `assistant models recommend`), or try again when the machine is less busy.",
    transient: true,
  });
}

export function promptTooLong(promptTokens: number, contextTokens: number): AssistantError {
  return new AssistantError(`the prompt has ${promptTokens} tokens; with its answer it must fit in ${contextTokens}`, {
    code: "prompt-too-long",
    remedy: "Give the model less text, or ask for a shorter answer.",
  });
}

export function noChatTemplate(name: string): AssistantError {
  return new AssistantError(`the model ${name} has no chat template: it only goes on with a plain text`, {
    code: "no-chat-template",
    remedy: "Use a model that was trained for chats (its name usually says `instruct` or `it`).",
  });
}
