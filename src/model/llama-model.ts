import { statSync } from "node:fs";
import { basename } from "node:path";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type CoreBudget, createCoreBudget } from "./core-budget.ts";
import { grammarSchema } from "./grammar-schema.ts";
import type { LoadedReply, LoadFailedReply, RefusalReply, WorkerRequest } from "./llama-messages.ts";
import type { LlamaOptions } from "./llama-options.ts";
import { type LlamaPool, openPool } from "./llama-pool.ts";
import { usesFlashAttention } from "./flash-attention.ts";
import { memoryPlanOf } from "./local-file.ts";
import { machineFacts } from "./machine.ts";
import { checkMemory, slotsThatFit } from "./memory.ts";
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
import { modelClosed, modelTimeout, noChatTemplate, parseAnswer, promptTooLong } from "./request.ts";
import { createRequestQueue, type RequestQueue } from "./request-queue.ts";
import { checkWeights, type ExpectedWeights, type Weights } from "./weights.ts";

export interface LlamaModelOptions {
  /** A GGUF file. */
  path: string;
  /** Name to go by; the file's name without `.gguf` unless given. */
  name?: string;
  expected?: ExpectedWeights;
  /** Default: what `defaultLlamaOptions` says. */
  options?: Partial<LlamaOptions>;
  /** Shared by all models of the process; one of its own, of all cores, unless given. */
  budget?: CoreBudget;
}

/** The processor alone, and as many requests at once as there are cores and memory for. */
const defaultLlamaOptions: LlamaOptions = {
  contextTokens: limits.contextTokens,
  slots: "auto",
  gpu: false,
  gpuLayers: "auto",
  mmap: "auto",
  mlock: false,
  numa: false,
  kvType: "f16",
  flashAttention: "auto",
  lora: [],
  requestMs: limits.modelRequestMs,
  queue: limits.modelQueue,
};

/**
 * Checks the file, loads it in a worker thread of its own and says what came of it.
 * Errors: `model-missing`, `model-corrupt`, `not-enough-memory`, `adapter-missing`, `adapter-refused`, `gpu-missing`,
 * `options-conflict`.
 */
export async function loadLlamaModel({
  path,
  name,
  expected,
  budget,
  ...wishes
}: LlamaModelOptions): Promise<LlamaModel> {
  const options = { ...defaultLlamaOptions, ...wishes.options };
  const adapterBytes = checkOptions(options);
  const weights = await checkWeights(path, expected);
  const machine = await machineFacts();
  const cores = budget?.cores ?? machine.cores;
  const flashAttention = usesFlashAttention(options, weights.bytes);
  const plan = { ...memoryPlanOf(options, machine, adapterBytes), flashAttention };
  checkMemory(weights, { ...plan, slots: options.slots === "auto" ? 1 : options.slots }, machine.freeBytes);
  const { queue, ...forWorker } = options;
  const { freeBytes } = machine;
  const wanted = options.slots === "auto" ? slotsThatFit(weights, plan, { cores, freeBytes }) : options.slots;
  const slots = Math.min(wanted, limits.computingRequests);
  const pool = openPool({ path, options: { ...forWorker, slots }, cores }, budget ?? createCoreBudget(cores));
  const reply = await pool.load().catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  if (reply.outcome === "failed") {
    await pool.close();
    throw loadError(path, reply);
  }
  // With an adapter it is another model: what the file was measured to be able to say does not hold.
  const sha256 = options.lora.length === 0 ? weights.sha256 : null;
  const identity: ModelIdentity = { name: name ?? basename(path, ".gguf"), sha256, backend: "llama" };
  return new LlamaModel(pool, identity, weights, reply, queue);
}

/** Bytes of the adapters' files. Errors: `options-conflict`, `adapter-missing`. */
function checkOptions(options: LlamaOptions): number {
  if (options.kvType !== "f16" && options.flashAttention === false) {
    throw new AssistantError(`a key-value cache of type ${options.kvType} cannot be had without flash attention`, {
      code: "options-conflict",
      remedy: "Leave flash attention on `auto`, or set the type of the key-value cache to f16.",
    });
  }
  return options.lora.reduce((sum, { path }) => sum + adapterBytes(path), 0);
}

function adapterBytes(path: string): number {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isFile()) return file.size;
  throw new AssistantError(`there is no adapter at ${path}`, {
    code: "adapter-missing",
    remedy: "Correct the path in the configuration.",
  });
}

/** A GGUF model in llama.cpp. Made by `loadLlamaModel`. */
export class LlamaModel implements Model {
  readonly identity: ModelIdentity;
  readonly weights: Weights;
  /** Tokens that a prompt and its answer may have together. */
  readonly contextTokens: number;
  /** Whether it answers chats, or only goes on with plain text. */
  readonly chat: boolean;
  /** Layers on a GPU; 0 without one. */
  readonly gpuLayers: number;
  readonly loadMs: number;
  readonly #pool: LlamaPool;
  readonly #queue: RequestQueue;
  #closing: Promise<void> | undefined;

  constructor(pool: LlamaPool, identity: ModelIdentity, weights: Weights, loaded: LoadedReply, queue: number) {
    this.#pool = pool;
    this.identity = identity;
    this.weights = weights;
    this.contextTokens = loaded.contextTokens;
    this.chat = loaded.chat;
    this.gpuLayers = loaded.gpuLayers;
    this.loadMs = loaded.ms;
    this.#queue = createRequestQueue(identity.name, loaded.slots, queue);
  }

  async generate<T>(request: GenerateRequest<T>): Promise<GenerateResult<T>> {
    const forWorker = toWorkerRequest(request);
    this.#checkPrompt(request.messages);
    const { onText, signal } = request;
    let told = 0;
    const tell = (piece: string) => {
      if (signal?.aborted) return;
      told += piece.length;
      onText?.(piece);
    };
    const reply = await this.#queue.run(request, () => this.#pool.generate(forWorker, onText && tell));
    if (reply.outcome !== "answer") throw this.#refused(reply);
    const { text, cutOff, promptTokens, generatedTokens, ms } = reply;
    // The reply and the pieces come by different ways, and the reply may be faster.
    if (told < text.length) tell(text.slice(told));
    const value = request.schema === undefined ? undefined : parseAnswer(text, cutOff, request.schema);
    return { text, value, promptTokens, generatedTokens, ms, model: this.identity };
  }

  async score(request: ScoreRequest): Promise<Score[]> {
    const { messages, priority = "background", continuations } = request;
    if (continuations.length === 0 || continuations.includes(""))
      throw new TypeError("a continuation to score is empty");
    this.#checkPrompt(messages);
    const forWorker = { messages: plainPrompt(messages), priority, continuations };
    const reply = await this.#queue.run(request, () => this.#pool.score(forWorker));
    if (reply.outcome !== "scores") throw this.#refused(reply);
    return reply.scores;
  }

  async countTokens(text: string): Promise<number> {
    if (this.#closing !== undefined) throw modelClosed(this.identity.name);
    return this.#pool.count(text);
  }

  status(): ModelStatus {
    return this.#queue.status();
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.close().then(() => this.#pool.close());
    return this.#closing;
  }

  #checkPrompt(messages: Prompt): void {
    if (messages.length === 0) throw new TypeError("a request to a model needs a message");
    if (typeof messages !== "string" && !this.chat) throw noChatTemplate(this.identity.name);
  }

  #refused(reply: RefusalReply): Error {
    const { name } = this.identity;
    switch (reply.outcome) {
      case "too-long":
        return promptTooLong(reply.promptTokens, reply.contextTokens);
      case "no-chat-template":
        return noChatTemplate(name);
      case "timeout":
        return modelTimeout(name);
      case "cancelled":
        // The caller's signal was aborted and has been answered already; nobody reads this.
        return new DOMException("The request was cancelled", "AbortError");
    }
  }
}

function toWorkerRequest(request: GenerateRequest): WorkerRequest {
  const { messages, maxTokens, schema } = request;
  if (!Number.isInteger(maxTokens) || maxTokens < 1) throw new TypeError(`maxTokens is ${maxTokens}`);
  return {
    messages: plainPrompt(messages),
    priority: request.priority ?? "background",
    maxTokens,
    schema: schema === undefined ? null : grammarSchema(schema),
    temperature: request.temperature ?? 0,
    seed: request.seed ?? 0,
    stop: (request.stop ?? []).filter((text) => text !== ""),
    stream: request.onText !== undefined,
  };
}

/** Nothing but what crosses to the worker. */
function plainPrompt(messages: Prompt): Prompt {
  return typeof messages === "string" ? messages : messages.map(({ role, content }) => ({ role, content }));
}

function loadError(path: string, { what, reason }: LoadFailedReply): AssistantError {
  switch (what) {
    case "memory":
      return new AssistantError(`not enough memory to load ${path}: ${reason}`, {
        code: "not-enough-memory",
        remedy: "Close other programs or choose a smaller model: `assistant models recommend`.",
      });
    case "gpu":
      return new AssistantError(`llama.cpp has no program for this GPU here: ${reason}`, {
        code: "gpu-missing",
        remedy: "Install it as `assistant doctor` says, or set the GPU to `auto` or to none.",
      });
    case "adapter":
      return new AssistantError(`llama.cpp refuses an adapter of ${path}: ${reason}`, {
        code: "adapter-refused",
        remedy: "Use adapters (GGUF) that were trained for this very model, or leave them out of the configuration.",
      });
    case "file":
      return new AssistantError(`llama.cpp refuses ${path}: ${reason}`, {
        code: "model-corrupt",
        remedy: "Delete the file and install the model again: `assistant models pull`.",
      });
  }
}
