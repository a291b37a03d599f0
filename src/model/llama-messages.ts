/** TYPE file: what the main thread and the worker that holds a llama model say to each other. Plain data only. */
import type { MessagePort } from "node:worker_threads";
import type { GrammarSchema } from "./grammar-schema.ts";
import type { Message } from "./model.ts";

/** Given to the worker when it starts. */
export interface WorkerSettings {
  path: string;
  /** Wish; the model's own training context caps it. */
  contextTokens: number;
  /** Threads a prefill may use: the cores that this process may use. */
  cores: number;
  gpu: "auto" | false;
  requestMs: number;
}

export interface WorkerRequest {
  messages: Message[];
  schema: GrammarSchema | null;
  maxTokens: number;
  temperature: number;
  seed: number;
  stop: string[];
}

export type WorkerTask =
  | { kind: "load" }
  | { kind: "count"; text: string }
  /** Anything that arrives on `port` cancels the request. */
  | { kind: "generate"; request: WorkerRequest; port: MessagePort }
  | { kind: "dispose" };

export type LoadReply =
  | { outcome: "loaded"; contextTokens: number; generationThreads: number; ms: number }
  | { outcome: "failed"; reason: string; memory: boolean };

export type GenerateReply =
  | { outcome: "answer"; text: string; cutOff: boolean; promptTokens: number; generatedTokens: number; ms: number }
  | { outcome: "too-long"; promptTokens: number; contextTokens: number }
  | { outcome: "cancelled" }
  | { outcome: "timeout" };
