import { z } from "zod";
import { grammarSchema } from "../model/grammar-schema.ts";
import type { GenerateRequest, Message, Model, Prompt, Priority } from "../model/model.ts";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { HttpError } from "./http-errors.ts";

/** The part of OpenAI's requests that is answered. What would be ignored to somebody's surprise is refused. */

const content = z.union([
  z.string(),
  z
    .array(z.object({ type: z.literal("text"), text: z.string() }))
    .transform((parts) => parts.map(({ text }) => text).join("")),
]);

const message = z.object({
  role: z
    .enum(["system", "developer", "user", "assistant"])
    .transform((role) => (role === "developer" ? "system" : role)),
  content,
});

const never = (why: string) =>
  z.union([z.null(), z.undefined(), z.literal(false), z.tuple([])], { error: why }).optional();

const answered = {
  model: z.string().optional(),
  max_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string().transform((one) => [one]), z.array(z.string().min(1)).max(limits.apiStops)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  response_format: z
    .union(
      [
        z.object({ type: z.literal("text") }),
        z.object({
          type: z.literal("json_schema"),
          json_schema: z.object({ schema: z.record(z.string(), z.unknown()) }),
        }),
      ],
      { error: "must be text or json_schema with a schema" },
    )
    .nullish(),
  n: z.literal(1, { error: "one answer a request" }).nullish(),
  logprobs: never("likelihoods are at /v1/score"),
  tools: never("tools are not called here"),
};

const chatSchema = z.object({
  ...answered,
  max_completion_tokens: z.int().min(1).nullish(),
  messages: z.array(message).min(1),
});
const completionSchema = z.object({
  ...answered,
  prompt: z.union([z.string().min(1), z.tuple([z.string().min(1)]).transform(([one]) => one)]),
  echo: never("the prompt is not repeated"),
  suffix: never("nothing is filled in between"),
});
const scoreSchema = z
  .object({
    model: answered.model,
    messages: z.array(message).min(1).optional(),
    prompt: z.string().min(1).optional(),
    continuations: z.array(z.string().min(1)).min(1).max(limits.apiContinuations),
  })
  .refine(({ messages, prompt }) => (messages === undefined) !== (prompt === undefined), {
    error: "give messages or a prompt",
  });
const tokenizeSchema = z
  .object({ model: answered.model, content: z.string().optional(), prompt: z.string().optional() })
  .refine((body) => body.content !== undefined || body.prompt !== undefined, { error: "give content" });

export interface AnswerRequest {
  /** As named by the caller. */
  model: string | undefined;
  request: Omit<GenerateRequest, "maxTokens">;
  /** Undefined where the caller leaves it to the server. */
  maxTokens: number | undefined;
  stream: boolean;
  /** A last piece of the stream with the numbers of tokens. */
  includeUsage: boolean;
}

export function readChat(body: unknown): AnswerRequest {
  const parsed = parse(chatSchema, body);
  return answerRequest(parsed, parsed.messages, parsed.max_completion_tokens ?? parsed.max_tokens);
}

export function readCompletion(body: unknown): AnswerRequest {
  const parsed = parse(completionSchema, body);
  return answerRequest(parsed, parsed.prompt, parsed.max_tokens);
}

export function readScore(body: unknown): { model: string | undefined; messages: Prompt; continuations: string[] } {
  const { model, messages, prompt, continuations } = parse(scoreSchema, body);
  return { model, messages: messages ?? (prompt as string), continuations };
}

export function readTokenize(body: unknown): { model: string | undefined; text: string } {
  const { model, content: text, prompt } = parse(tokenizeSchema, body);
  return { model, text: text ?? (prompt as string) };
}

/** What our own clients say about their haste, in headers: other servers would refuse unknown fields. */
export function readHaste(header: (name: string) => string | undefined): { priority?: Priority; deadline?: number } {
  const priority = header("x-engram-priority");
  const waitMs = Number(header("x-engram-wait-ms") ?? Number.NaN);
  return {
    ...((priority === "person" || priority === "background") && { priority }),
    ...(Number.isFinite(waitMs) && { deadline: Date.now() + waitMs }),
  };
}

/** Tokens of an answer whose length the caller leaves open. */
export function maxTokensFor({ contextTokens }: Model, asked: number | undefined): number {
  return asked ?? Math.max(1, Math.min(limits.apiAnswerTokens, Math.floor(contextTokens / 4)));
}

type Answered = z.output<z.ZodObject<typeof answered>>;

function answerRequest(
  body: Answered,
  messages: Message[] | string,
  maxTokens: number | null | undefined,
): AnswerRequest {
  const { temperature, seed, stop, response_format: format } = body;
  return {
    model: body.model,
    request: {
      messages,
      ...(typeof temperature === "number" && { temperature }),
      ...(typeof seed === "number" && { seed }),
      ...(stop && { stop }),
      ...(format?.type === "json_schema" && { schema: readSchema(format.json_schema.schema) }),
    },
    maxTokens: maxTokens ?? undefined,
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
  };
}

/** Errors: HttpError 400 that names what the grammar cannot hold. */
function readSchema(json: Record<string, unknown>): z.ZodType {
  try {
    // Its size is that of the grammar, too.
    if (JSON.stringify(json).length > limits.apiSchemaCharacters) throw new TypeError("it is too large");
    const schema = z.fromJSONSchema(json);
    grammarSchema(schema);
    return schema;
  } catch (error) {
    throw new HttpError(400, "schema-refused", `response_format: ${messageOf(error)}`);
  }
}

function parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join(".") || "the body";
  throw new HttpError(400, "bad-request", `${place}: ${issue?.message ?? "not understood"}`);
}
