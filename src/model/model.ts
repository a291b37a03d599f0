/** PORT of the model stage: a prompt in, text or typed data out. A model holds no token, no network, no shell, no files. */
import type { z } from "zod";

export type ModelRole = "coding" | "research";

export interface Message {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface GenerateRequest<T = unknown> {
  messages: Message[];
  /**
   * Shape of the answer. The same zod schema is type, validator and grammar: enums, booleans, short strings, arrays and
   * objects; no numbers (write them as enums), no patterns. Without it the answer is plain text.
   */
  schema?: z.ZodType<T>;
  maxTokens: number;
  /** Default 0: the same request gives the same answer. */
  temperature?: number;
  seed?: number;
  stop?: string[];
  signal?: AbortSignal;
}

export interface GenerateResult<T = unknown> {
  /** What the model wrote, verbatim. */
  text: string;
  /** The parsed and validated answer; undefined without a schema. */
  value: T | undefined;
  promptTokens: number;
  generatedTokens: number;
  ms: number;
}

export interface ModelIdentity {
  /** Catalogue name, for example `smollm2-135m-instruct-q4_1`, or the file's name. */
  name: string;
  /** SHA-256 of the weights; null for the scripted back end and remote servers. */
  sha256: string | null;
  backend: "llama" | "http" | "scripted";
}

export interface Model {
  readonly identity: ModelIdentity;
  /**
   * Errors: AssistantError `model-busy` (queue full, transient), `model-timeout`, `prompt-too-long`, `answer-invalid`
   * (cut off or not in the schema), and the signal's reason when cancelled.
   */
  generate<T>(request: GenerateRequest<T>): Promise<GenerateResult<T>>;
  /** Tokens of a text under this model's tokenizer. */
  countTokens(text: string): Promise<number>;
  /** Waits for what runs, refuses what comes. Never ends a computing worker: that aborts the process. */
  close(): Promise<void>;
}

/** Finds the model for a role, or says why there is none. */
export interface ModelProvider {
  /** Null with the reason where no model is installed, configured or loadable: the caller goes on without. */
  modelFor(role: ModelRole): Promise<{ model: Model; reason: null } | { model: null; reason: string }>;
  /** Whether this model may be quoted in public for this ability (qualification by SHA-256). */
  qualified(identity: ModelIdentity, ability: "review" | "triage" | "wording"): { allowed: boolean; reason: string };
  close(): Promise<void>;
}
