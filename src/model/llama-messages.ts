/** TYPE file: what the main thread and the worker that holds a llama model say to each other. Plain data only. */
import type { MessagePort } from "node:worker_threads";
import type { SeatRange } from "./core-budget.ts";
import type { GrammarSchema } from "./grammar-schema.ts";
import type { LlamaOptions } from "./llama-options.ts";
import type { Priority, Prompt, Score } from "./model.ts";

/** Given to the worker when it starts. */
export interface WorkerSettings {
  path: string;
  /** `slots` is a wish and never more than the seats; so is `contextTokens`, which the model's training context caps. */
  options: Omit<LlamaOptions, "slots" | "queue"> & { slots: number };
  /** Threads of one evaluation at most: the cores that this process may use. */
  cores: number;
  /** One seat in the core budget for each slot. */
  seats: SeatRange;
}

export interface WorkerRequest {
  messages: Prompt;
  priority: Priority;
  schema: GrammarSchema | null;
  maxTokens: number;
  temperature: number;
  seed: number;
  stop: string[];
  /** Whether the text is told piece by piece over the request's port. */
  stream: boolean;
}

export interface WorkerScoreRequest {
  messages: Prompt;
  priority: Priority;
  continuations: string[];
}

export type WorkerTask =
  | { kind: "load" }
  | { kind: "count"; text: string }
  /** Anything that arrives on `port` cancels the request; strings that come from it are pieces of the answer. */
  | { kind: "generate"; request: WorkerRequest; port: MessagePort }
  | { kind: "score"; request: WorkerScoreRequest; port: MessagePort }
  | { kind: "dispose" };

export type LoadReply = LoadedReply | LoadFailedReply;

export interface LoadedReply {
  outcome: "loaded";
  contextTokens: number;
  slots: number;
  /** Whether the file holds a chat template. */
  chat: boolean;
  gpuLayers: number;
  ms: number;
}

export interface LoadFailedReply {
  outcome: "failed";
  /** What could not be had: memory, the GPU's programs, an adapter, or the file as such. */
  what: "memory" | "gpu" | "adapter" | "file";
  reason: string;
}

export interface AnswerReply {
  outcome: "answer";
  text: string;
  cutOff: boolean;
  promptTokens: number;
  generatedTokens: number;
  ms: number;
}

/** Why a request came to nothing. */
export type RefusalReply =
  | { outcome: "too-long"; promptTokens: number; contextTokens: number }
  | { outcome: "no-chat-template" }
  | { outcome: "cancelled" }
  | { outcome: "timeout" };

export type GenerateReply = AnswerReply | RefusalReply;
export type ScoreReply = { outcome: "scores"; scores: Score[] } | RefusalReply;
