import { randomUUID } from "node:crypto";
import type { GenerateRequest, Model, ModelIdentity } from "../model/model.ts";
import { AssistantError } from "../shared/errors.ts";

/** What a model wrote, as far as it came. */
export interface Written {
  text: string;
  finish: "stop" | "length";
  promptTokens: number;
  generatedTokens: number;
}

/**
 * Runs a request. An answer to a schema that was cut off is no error to OpenAI's clients: it ends with `length`, and what is
 * there is theirs. Errors: those of the port otherwise.
 */
export async function write(model: Model, request: GenerateRequest): Promise<Written> {
  let text = "";
  const onText = (piece: string) => {
    text += piece;
    request.onText?.(piece);
  };
  try {
    const result = await model.generate({ ...request, onText });
    return {
      text: result.text,
      finish: result.generatedTokens >= request.maxTokens ? "length" : "stop",
      promptTokens: result.promptTokens,
      generatedTokens: result.generatedTokens,
    };
  } catch (error) {
    if (!isCutOff(error, text)) throw error;
    const prompt = typeof request.messages === "string" ? request.messages : JSON.stringify(request.messages);
    const promptTokens = await model.countTokens(prompt);
    return { text, finish: "length", promptTokens, generatedTokens: request.maxTokens };
  }
}

/** A grammar lets nothing but JSON through: what is not JSON has no end. */
function isCutOff(error: unknown, text: string): boolean {
  if (!(error instanceof AssistantError) || error.code !== "answer-invalid") return false;
  try {
    JSON.parse(text);
    return false;
  } catch {
    return text !== "";
  }
}

/** The pieces of one answer in OpenAI's words. */
export interface Phrasing {
  /** All at once. */
  whole(written: Written): object;
  /** The first piece of a stream says whose turn it is; null where there is no such. */
  opening: object | null;
  piece(text: string): object;
  end(finish: Written["finish"]): object;
  usage(written: Written): object;
}

export function chatPhrasing({ name }: ModelIdentity): Phrasing {
  const head = { id: `chatcmpl-${randomUUID()}`, created: nowSeconds(), model: name };
  const chunk = { ...head, object: "chat.completion.chunk" };
  const choice = (delta: object, finish: string | null) => ({
    ...chunk,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  });
  return {
    whole: (written) => ({
      ...head,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: written.text, refusal: null },
          logprobs: null,
          finish_reason: written.finish,
        },
      ],
      usage: usageOf(written),
    }),
    opening: choice({ role: "assistant", content: "" }, null),
    piece: (text) => choice({ content: text }, null),
    end: (finish) => choice({}, finish),
    usage: (written) => ({ ...chunk, choices: [], usage: usageOf(written) }),
  };
}

export function completionPhrasing({ name }: ModelIdentity): Phrasing {
  const head = { id: `cmpl-${randomUUID()}`, object: "text_completion", created: nowSeconds(), model: name };
  const choice = (text: string, finish: string | null) => ({
    ...head,
    choices: [{ index: 0, text, logprobs: null, finish_reason: finish }],
  });
  return {
    whole: (written) => ({ ...choice(written.text, written.finish), usage: usageOf(written) }),
    opening: null,
    piece: (text) => choice(text, null),
    end: (finish) => choice("", finish),
    usage: (written) => ({ ...head, choices: [], usage: usageOf(written) }),
  };
}

function usageOf({ promptTokens, generatedTokens }: Written): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: generatedTokens,
    total_tokens: promptTokens + generatedTokens,
  };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
