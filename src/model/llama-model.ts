import { basename } from "node:path";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { grammarSchema } from "./grammar-schema.ts";
import type { GenerateReply, LoadReply, WorkerRequest } from "./llama-messages.ts";
import { type LlamaPool, openPool } from "./llama-pool.ts";
import { machineFacts } from "./machine.ts";
import type { GenerateRequest, GenerateResult, Model, ModelIdentity, ModelStatus } from "./model.ts";
import { modelBusy, modelClosed, modelTimeout, parseAnswer, promptTooLong, untilAborted } from "./request.ts";
import { checkMemory, checkWeights, type ExpectedWeights, type Weights } from "./weights.ts";

export interface LlamaModelOptions {
  /** A GGUF file. */
  path: string;
  /** Name to go by; the file's name without `.gguf` unless given. */
  name?: string;
  expected?: ExpectedWeights;
  contextTokens?: number;
  requestMs?: number;
  queue?: number;
  /** `"auto"` takes a GPU where node-llama-cpp finds one and its binaries are installed. Default: processor only. */
  gpu?: "auto" | false;
}

/**
 * Checks the file, loads it in a worker thread of its own and says what came of it.
 * Errors: `model-missing`, `model-corrupt`, `not-enough-memory`.
 */
export async function loadLlamaModel(options: LlamaModelOptions): Promise<LlamaModel> {
  const weights = await checkWeights(options.path, options.expected);
  const contextTokens = options.contextTokens ?? limits.contextTokens;
  const machine = await machineFacts();
  checkMemory(weights, contextTokens, machine.freeBytes);
  const pool = openPool({
    path: options.path,
    contextTokens,
    cores: machine.cores,
    gpu: options.gpu ?? false,
    requestMs: options.requestMs ?? limits.modelRequestMs,
  });
  const reply = await pool.load().catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  if (reply.outcome === "failed") {
    await pool.close();
    throw loadError(options.path, reply);
  }
  const name = options.name ?? basename(options.path, ".gguf");
  return new LlamaModel(pool, { name, sha256: weights.sha256, backend: "llama" }, weights, reply, options.queue);
}

/** A GGUF model in llama.cpp. Made by `loadLlamaModel`. */
export class LlamaModel implements Model {
  readonly identity: ModelIdentity;
  readonly weights: Weights;
  /** Tokens that a prompt and its answer may have together. */
  readonly contextTokens: number;
  readonly loadMs: number;
  readonly #pool: LlamaPool;
  readonly #queue: number;
  #closing: Promise<void> | undefined;

  constructor(
    pool: LlamaPool,
    identity: ModelIdentity,
    weights: Weights,
    loaded: Extract<LoadReply, { outcome: "loaded" }>,
    queue: number = limits.modelQueue,
  ) {
    this.#pool = pool;
    this.identity = identity;
    this.weights = weights;
    this.contextTokens = loaded.contextTokens;
    this.loadMs = loaded.ms;
    this.#queue = queue;
  }

  async generate<T>(request: GenerateRequest<T>): Promise<GenerateResult<T>> {
    this.#admit();
    request.signal?.throwIfAborted();
    const { reply, cancel } = this.#pool.generate(toWorkerRequest(request));
    const answer = answerOf(await untilAborted(reply, cancel, request.signal), this.identity.name);
    const { text, cutOff, promptTokens, generatedTokens, ms } = answer;
    const value = request.schema === undefined ? undefined : parseAnswer(text, cutOff, request.schema);
    return { text, value, promptTokens, generatedTokens, ms, model: this.identity };
  }

  async countTokens(text: string): Promise<number> {
    this.#admit();
    return this.#pool.count(text);
  }

  status(): ModelStatus {
    return { slots: 1, running: 0, waiting: this.#pool.waiting() };
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.close();
    return this.#closing;
  }

  #admit(): void {
    const { name } = this.identity;
    if (this.#closing !== undefined) throw modelClosed(name);
    if (this.#pool.waiting() >= this.#queue) throw modelBusy(name, this.#queue);
  }
}

function toWorkerRequest(request: GenerateRequest): WorkerRequest {
  const { messages, maxTokens, schema } = request;
  if (typeof messages === "string") throw new TypeError("plain text is not completed yet");
  if (messages.length === 0) throw new TypeError("a request to a model needs a message");
  if (!Number.isInteger(maxTokens) || maxTokens < 1) throw new TypeError(`maxTokens is ${maxTokens}`);
  return {
    messages: messages.map(({ role, content }) => ({ role, content })),
    maxTokens,
    schema: schema === undefined ? null : grammarSchema(schema),
    temperature: request.temperature ?? 0,
    seed: request.seed ?? 0,
    stop: request.stop ?? [],
  };
}

type AnswerReply = Extract<GenerateReply, { outcome: "answer" }>;

function answerOf(reply: GenerateReply, name: string): AnswerReply {
  switch (reply.outcome) {
    case "answer":
      return reply;
    case "too-long":
      throw promptTooLong(reply.promptTokens, reply.contextTokens);
    case "timeout":
      throw modelTimeout(name);
    case "cancelled":
      // The caller's signal was aborted and has been answered already; nobody reads this.
      throw new DOMException("The request was cancelled", "AbortError");
  }
}

function loadError(path: string, reply: Extract<LoadReply, { outcome: "failed" }>): AssistantError {
  if (reply.memory) {
    return new AssistantError(`not enough memory to load ${path}: ${reply.reason}`, {
      code: "not-enough-memory",
      remedy: "Close other programs or choose a smaller model: `assistant models recommend`.",
    });
  }
  return new AssistantError(`llama.cpp refuses ${path}: ${reply.reason}`, {
    code: "model-corrupt",
    remedy: "Delete the file and install the model again: `assistant models pull`.",
  });
}
