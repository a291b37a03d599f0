import { basename } from "node:path";
import type { z } from "zod";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { grammarSchema } from "./grammar-schema.ts";
import type { GenerateReply, LoadReply, WorkerRequest } from "./llama-messages.ts";
import { type LlamaPool, openPool } from "./llama-pool.ts";
import { machineFacts } from "./machine.ts";
import type { GenerateRequest, GenerateResult, Model, ModelIdentity } from "./model.ts";
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
  const reply = await pool.load();
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
    const answer = answerOf(await untilAborted(reply, cancel, request.signal));
    const { text, promptTokens, generatedTokens, ms } = answer;
    if (request.schema === undefined) return { text, value: undefined, promptTokens, generatedTokens, ms };
    return { text, value: parseAnswer(answer, request.schema), promptTokens, generatedTokens, ms };
  }

  async countTokens(text: string): Promise<number> {
    this.#admit();
    return this.#pool.count(text);
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.close();
    return this.#closing;
  }

  #admit(): void {
    if (this.#closing !== undefined) {
      throw new AssistantError(`the model ${this.identity.name} is closed`, {
        code: "model-closed",
        remedy: "The program is shutting down; try again when it is up.",
        transient: true,
      });
    }
    if (this.#pool.waiting() >= this.#queue) {
      throw new AssistantError(`${this.#queue} requests wait for the model ${this.identity.name} already`, {
        code: "model-busy",
        remedy: "Try again later, or use a smaller model.",
        transient: true,
      });
    }
  }
}

function toWorkerRequest(request: GenerateRequest): WorkerRequest {
  const { messages, maxTokens, schema } = request;
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

/** The reply, or the signal's reason at once; the worker then stops at its next look and its reply is dropped. */
async function untilAborted<T>(reply: Promise<T>, cancel: () => void, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return reply;
  let onAbort: (() => void) | undefined;
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
    signal.removeEventListener("abort", onAbort as () => void);
  }
}

type AnswerReply = Extract<GenerateReply, { outcome: "answer" }>;

function answerOf(reply: GenerateReply): AnswerReply {
  switch (reply.outcome) {
    case "answer":
      return reply;
    case "too-long":
      throw new AssistantError(
        `the prompt has ${reply.promptTokens} tokens; with its answer it must fit in ${reply.contextTokens}`,
        { code: "prompt-too-long", remedy: "Give the model less text, or ask for a shorter answer." },
      );
    case "timeout":
      throw new AssistantError("the model did not answer in time", {
        code: "model-timeout",
        remedy: "Use a smaller model (see `assistant models recommend`), or try again when the machine is less busy.",
        transient: true,
      });
    case "cancelled":
      // The caller's signal was aborted and has been answered already; nobody reads this.
      throw new DOMException("The request was cancelled", "AbortError");
  }
}

function parseAnswer<T>(answer: AnswerReply, schema: z.ZodType<T>): T {
  const invalid = (why: string, cause?: unknown) =>
    new AssistantError(`the model's answer is not usable: ${why}`, {
      code: "answer-invalid",
      remedy: "Ask again with another seed or with room for a longer answer.",
      transient: true,
      cause,
    });
  if (answer.cutOff) throw invalid(`it was cut off after ${answer.generatedTokens} tokens`);
  try {
    return schema.parse(JSON.parse(answer.text));
  } catch (error) {
    throw invalid(messageOf(error), error);
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
