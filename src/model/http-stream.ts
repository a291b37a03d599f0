import type { OpenAI } from "openai";
import type { CompletionUsage } from "openai/resources/completions";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type Asked, modelUnreachable, notAModelServer } from "./http-failures.ts";
import type { GenerateRequest } from "./model.ts";

export interface Streamed {
  text: string;
  /** Whether it ended because there was no room for more. */
  cutOff: boolean;
  usage: CompletionUsage | null;
  /** Pieces that came: about as many as tokens. */
  pieces: number;
}

export interface StreamOptions {
  signal: AbortSignal;
  headers: Record<string, string>;
  /** Called with each sign of life. */
  heard: () => void;
  schema: Record<string, unknown> | null;
  asked: Asked;
}

/**
 * One answer, always as a stream: a server that writes an answer in one piece notices late that nobody waits for it any more.
 * Errors: those of the port, and of the library (see asModelError).
 */
export async function streamAnswer(
  client: OpenAI,
  model: string,
  request: GenerateRequest,
  { signal, headers, heard, schema, asked }: StreamOptions,
): Promise<Streamed> {
  const { messages, maxTokens, temperature, seed, stop, onText } = request;
  const common = {
    model,
    max_tokens: maxTokens,
    temperature: temperature ?? 0,
    seed: seed ?? 0,
    ...(stop !== undefined && stop.length > 0 && { stop }),
    ...(schema !== null && {
      response_format: { type: "json_schema" as const, json_schema: { name: "answer", strict: true, schema } },
    }),
    stream: true as const,
    stream_options: { include_usage: true },
  };
  const options = { signal, headers };
  const { data: stream, response } = await (typeof messages === "string"
    ? client.completions.create({ ...common, prompt: messages }, options).withResponse()
    : client.chat.completions.create({ ...common, messages }, options).withResponse());
  heard();
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("text/event-stream")) {
    stream.controller.abort();
    throw notAModelServer(asked, `a stream was asked for, and ${type || "something"} came`);
  }
  return collect(stream as AsyncIterable<Chunk>, { signal, heard, asked, onText });
}

/** Of a chat or of a completion. */
interface Chunk {
  choices?: { delta?: { content?: string | null }; text?: string; finish_reason?: string | null }[];
  usage?: CompletionUsage | null;
}

async function collect(
  stream: AsyncIterable<Chunk>,
  { signal, heard, asked, onText }: Pick<StreamOptions, "signal" | "heard" | "asked"> & Pick<GenerateRequest, "onText">,
): Promise<Streamed> {
  const answer: Streamed = { text: "", cutOff: false, usage: null, pieces: 0 };
  const hand = wholeCharacters((piece) => onText?.(piece));
  let finished: string | null = null;
  for await (const chunk of stream) {
    heard();
    signal.throwIfAborted();
    answer.usage = chunk.usage ?? answer.usage;
    const choice = chunk.choices?.[0];
    const piece = choice?.delta?.content ?? choice?.text ?? "";
    finished = choice?.finish_reason ?? finished;
    if (piece === "") continue;
    answer.text += piece;
    answer.pieces++;
    if (answer.text.length > limits.httpAnswerCharacters) throw endless(asked);
    hand(piece);
  }
  // The library ends a stream quietly when it is aborted.
  signal.throwIfAborted();
  if (finished === null) throw modelUnreachable(asked, "its answer broke off");
  hand(null);
  answer.cutOff = finished === "length";
  return answer;
}

/** Hands on what is complete: half of a character beyond the basic plane waits for its other half. */
function wholeCharacters(give: (piece: string) => void): (piece: string | null) => void {
  let half = "";
  return (piece) => {
    let text = half + (piece ?? "");
    half = "";
    if (piece !== null && /[\uD800-\uDBFF]$/.test(text)) {
      half = text.slice(-1);
      text = text.slice(0, -1);
    }
    if (text !== "") give(text);
  };
}

function endless({ name }: Asked): AssistantError {
  return new AssistantError(`${name} wrote ${limits.httpAnswerCharacters} characters and did not end`, {
    code: "answer-invalid",
    remedy: "See whether the server keeps max_tokens.",
    transient: true,
  });
}
