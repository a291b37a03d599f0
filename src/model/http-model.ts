import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { grammarSchema } from "./grammar-schema.ts";
import { type Endpoint, type EndpointOptions, openEndpoint } from "./http-endpoint.ts";
import { type Asked, asModelError } from "./http-failures.ts";
import { type Streamed, streamAnswer } from "./http-stream.ts";
import { jsonSchemaOf } from "./json-schema.ts";
import type {
  GenerateRequest,
  GenerateResult,
  Model,
  ModelIdentity,
  ModelStatus,
  Prompt,
  Score,
  ScoreRequest,
} from "./model.ts";
import { modelClosed, modelTimeout, parseAnswer, promptTooLong } from "./request.ts";
import { type Begun, createRequestQueue, type RequestQueue } from "./request-queue.ts";
import { leastTokens, mostTokens } from "./token-estimate.ts";

export interface HttpModelOptions extends EndpointOptions {
  /** Tokens of a prompt with its answer, where the server does not say; the smaller one counts where it does. */
  contextTokens?: number;
  /** A request that takes longer is cancelled. */
  requestMs?: number;
  /** Between two pieces of an answer; its first piece may take all of `requestMs`. */
  stallMs?: number;
  /** Requests that wait here; beyond it the caller is told "busy". */
  queue?: number;
  /** Requests that the server is sent at once. */
  slots?: number;
}

/**
 * A model behind an OpenAI-compatible server.
 * Errors: AssistantError `model-unreachable` (transient where waiting may help), `key-refused`, `model-missing`.
 */
export async function openHttpModel(options: HttpModelOptions): Promise<HttpModel> {
  return new HttpModel(await openEndpoint(options), options);
}

/** Made by `openHttpModel`. */
export class HttpModel implements Model {
  readonly identity: ModelIdentity;
  /** Only our own server can: others tell probabilities of what they wrote, not of what they were given. */
  readonly score?: (request: ScoreRequest) => Promise<Score[]>;
  readonly #endpoint: Endpoint;
  readonly #requestMs: number;
  readonly #stallMs: number;
  /** Requests wait here and not at the server, whose queue may have no end and no order. */
  readonly #queue: RequestQueue;
  #contextTokens: number;
  #closing: Promise<void> | undefined;

  constructor(endpoint: Endpoint, options: HttpModelOptions) {
    this.#endpoint = endpoint;
    this.identity = { name: endpoint.name, sha256: endpoint.sha256, backend: "http" };
    this.#requestMs = options.requestMs ?? limits.modelRequestMs;
    this.#stallMs = options.stallMs ?? limits.httpStallMs;
    this.#queue = createRequestQueue(endpoint.name, options.slots ?? limits.httpSlots, options.queue);
    this.#contextTokens = contextOf(endpoint, options.contextTokens);
    if (endpoint.canScore) this.score = (request) => this.#score(request);
  }

  /** As stated or configured; less, once the server said so in refusing a prompt. */
  get contextTokens(): number {
    return this.#contextTokens;
  }

  async generate<T>(request: GenerateRequest<T>): Promise<GenerateResult<T>> {
    checkRequest(request);
    const schema = request.schema === undefined ? null : jsonSchemaOf(grammarSchema(request.schema));
    const answer = await this.#queue.run(request, () => this.#answer(request, schema));
    const { text, cutOff } = answer.streamed;
    const value = request.schema === undefined ? undefined : parseAnswer(text, cutOff, request.schema);
    const { usage, pieces } = answer.streamed;
    return {
      text,
      value,
      promptTokens: usage?.prompt_tokens ?? answer.promptTokens ?? mostTokens(textOf(request.messages)),
      generatedTokens: usage?.completion_tokens ?? pieces,
      ms: answer.ms,
      model: this.identity,
    };
  }

  /** The server's own count where it has one; else an estimate that is hardly ever too low. */
  async countTokens(text: string): Promise<number> {
    if (this.#closing !== undefined) throw modelClosed(this.identity.name);
    return this.#endpoint.canTokenize ? this.#endpoint.countTokens(text) : mostTokens(text);
  }

  status(): ModelStatus {
    return this.#queue.status();
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.close().then(() => this.#endpoint.close());
    return this.#closing;
  }

  #answer(request: GenerateRequest, schema: Record<string, unknown> | null): Begun<Answer> {
    const started = performance.now();
    const asked = this.#asked();
    return this.#begin(async (signal, heard) => {
      const promptTokens = await this.#checkLength(request, signal);
      const headers = this.#headers(request);
      const { client, model } = this.#endpoint;
      const streamed = await streamAnswer(client, model, request, { signal, headers, heard, schema, asked });
      checkWhole(request.messages, streamed, promptTokens, asked);
      return { streamed, promptTokens, ms: performance.now() - started };
    });
  }

  /** Counts only where the text may be too long: counting is a question of its own. Errors: `prompt-too-long`. */
  async #checkLength({ messages, maxTokens }: GenerateRequest, signal: AbortSignal): Promise<number | null> {
    const text = textOf(messages);
    if (mostTokens(text) + maxTokens <= this.#contextTokens) return null;
    const counts = this.#endpoint.canTokenize;
    const tokens = counts ? await this.#endpoint.countTokens(text, signal) : leastTokens(text);
    if (tokens + maxTokens > this.#contextTokens) throw promptTooLong(tokens, this.#contextTokens);
    return counts ? tokens : null;
  }

  async #score(request: ScoreRequest): Promise<Score[]> {
    const { messages, continuations } = request;
    const prompt = typeof messages === "string" ? { prompt: messages } : { messages };
    const body = { model: this.#endpoint.model, ...prompt, continuations };
    return this.#queue.run(request, () =>
      this.#begin(async (signal) => {
        const answer = await this.#endpoint.post("/score", body, signal, this.#headers(request));
        return readScores(answer, continuations.length);
      }),
    );
  }

  /** Our own server orders its queue by them; other servers leave them. */
  #headers({ priority, deadline }: Pick<GenerateRequest, "priority" | "deadline">): Record<string, string> {
    if (!this.#endpoint.ours) return {};
    return {
      ...(priority !== undefined && { "x-engram-priority": priority }),
      ...(deadline !== undefined && { "x-engram-wait-ms": String(Math.max(0, Math.round(deadline - Date.now()))) }),
    };
  }

  #asked(): Asked {
    const { name, origin } = this.#endpoint;
    return { name, origin, contextTokens: this.#contextTokens };
  }

  /** Ends work that takes too long, that stalls once it has begun to answer, or that nobody waits for. */
  #begin<T>(work: (signal: AbortSignal, heard: () => void) => Promise<T>): Begun<T> {
    const control = new AbortController();
    const late = () => control.abort(modelTimeout(this.identity.name));
    const total = setTimeout(late, this.#requestMs);
    let stall: NodeJS.Timeout | undefined;
    const heard = () => {
      clearTimeout(stall);
      stall = setTimeout(late, this.#stallMs);
    };
    const reply = work(control.signal, heard)
      .catch((error: unknown) => {
        control.signal.throwIfAborted();
        this.#learnContext(error);
        throw asModelError(error, this.#asked());
      })
      .finally(() => {
        clearTimeout(total);
        clearTimeout(stall);
      });
    return { reply, cancel: () => control.abort() };
  }

  /** A server that refuses a prompt may say what it really has (llama.cpp does). */
  #learnContext(error: unknown): void {
    const body = (error as { error?: { n_ctx?: unknown } } | null)?.error;
    if (typeof body?.n_ctx === "number" && body.n_ctx > 0) {
      this.#contextTokens = Math.min(this.#contextTokens, body.n_ctx);
    }
  }
}

interface Answer {
  streamed: Streamed;
  /** Null where nobody counted before sending. */
  promptTokens: number | null;
  ms: number;
}

function contextOf({ contextTokens, trainedTokens }: Endpoint, configured: number | undefined): number {
  if (contextTokens !== null) return Math.min(contextTokens, configured ?? Infinity);
  return Math.min(configured ?? limits.contextTokens, trainedTokens ?? Infinity);
}

function checkRequest({ messages, maxTokens }: GenerateRequest): void {
  if (messages.length === 0) throw new TypeError("a request to a model needs a message");
  if (!Number.isInteger(maxTokens) || maxTokens < 1) throw new TypeError(`maxTokens is ${maxTokens}`);
}

function textOf(messages: Prompt): string {
  return typeof messages === "string" ? messages : messages.map(({ content }) => content).join("\n");
}

/**
 * Some servers cut a prompt that is too long without a word, and then answer half a question. That is seen where the server
 * tells how many tokens it read, and these are clearly fewer than the prompt must have. Errors: `prompt-too-long`.
 */
function checkWhole(messages: Prompt, { usage }: Streamed, counted: number | null, asked: Asked): void {
  const read = usage?.prompt_tokens ?? 0;
  const least = counted ?? leastTokens(textOf(messages));
  if (read === 0 || read >= least * 0.9 - 8) return;
  throw new AssistantError(`${asked.name} was given a prompt of ${least} tokens or more and read ${read} of them`, {
    code: "prompt-too-long",
    remedy: "Give the server a larger context (Ollama: OLLAMA_CONTEXT_LENGTH), or the model less text.",
  });
}

function readScores(answer: unknown, expected: number): Score[] {
  const { data } = answer as { data?: { tokens: number; log_probability: number }[] };
  if (!Array.isArray(data) || data.length !== expected) throw new SyntaxError("scores are missing");
  return data.map((one) => ({ tokens: one.tokens, logProbability: one.log_probability }));
}
