/** PORT of the model stage: a prompt in, text or typed data out. A model holds no token, no network, no shell, no files. */
import type { z } from "zod";

export type ModelRole = "coding" | "research";

export interface Message {
  role: "system" | "user" | "assistant";
  content: string;
}

/** A chat, written in the model's own template; or a plain text that the model goes on with, whatever it was trained for. */
export type Prompt = Message[] | string;

/** Who waits: a person's command goes before a background review. */
export type Priority = "person" | "background";

interface Request {
  messages: Prompt;
  /** Default `background`. */
  priority?: Priority;
  /** Epoch ms; a request that has not begun by then is refused with `model-timeout`. */
  deadline?: number;
  signal?: AbortSignal;
}

export interface GenerateRequest<T = unknown> extends Request {
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
  /**
   * Called with each piece of the answer as it is written; together they are the result's `text`. Not called again after an
   * abort. A piece is whole characters. A caller that retries or falls back may call it anew from the beginning: see
   * `onRestart`.
   */
  onText?: (piece: string) => void;
  /** What was handed to `onText` is void: another attempt begins. */
  onRestart?: () => void;
}

export interface GenerateResult<T = unknown> {
  /** What the model wrote, verbatim. */
  text: string;
  /** The parsed and validated answer; undefined without a schema. */
  value: T | undefined;
  promptTokens: number;
  generatedTokens: number;
  /** From the begin of the work to the answer; waiting for a turn is not counted. */
  ms: number;
  /** Who wrote it: behind one `Model` there may stand several. */
  model: ModelIdentity;
}

export interface ScoreRequest extends Request {
  /** What might come next; each is judged by itself, from the same beginning. */
  continuations: string[];
}

/** How likely a model holds a continuation. */
export interface Score {
  /** Tokens of the continuation. */
  tokens: number;
  /** Natural logarithm of the probability of all its tokens, one after another; never above 0. */
  logProbability: number;
}

export interface ModelIdentity {
  /** Catalogue name, for example `smollm2-135m-instruct-q4_1`, or the file's name. */
  name: string;
  /** SHA-256 of the weights, of a script the file's; null where nothing tells it: remote servers. */
  sha256: string | null;
  backend: "llama" | "http" | "scripted";
}

export interface ModelStatus {
  /** Requests that are worked on at the same time. */
  slots: number;
  running: number;
  waiting: number;
}

export interface Model {
  readonly identity: ModelIdentity;
  /** Tokens that a prompt and its answer may have together. */
  readonly contextTokens: number;
  /**
   * Errors: AssistantError `model-busy` (queue full, transient), `model-timeout`, `prompt-too-long`, `answer-invalid`
   * (cut off or not in the schema), `no-chat-template` (the model only goes on with plain text), `model-unreachable`, and the
   * signal's reason when cancelled.
   */
  generate<T>(request: GenerateRequest<T>): Promise<GenerateResult<T>>;
  /** Likelihoods, where the back end can tell; errors as `generate`. See `decide` for choices read from them. */
  score?(request: ScoreRequest): Promise<Score[]>;
  /** Tokens of a text under this model's tokenizer. */
  countTokens(text: string): Promise<number>;
  status(): ModelStatus;
  /** Waits for what runs, refuses what comes. Never ends a computing worker: that aborts the process. */
  close(): Promise<void>;
}

/**
 * What a model may have qualified for: find defects in a part of a change (and be silent about sound ones); confirm or reject
 * a claim by its evidence; choose a label; say a fact in one faithful sentence; write an edit that parses and passes its test.
 */
export type Ability = "review" | "confirm" | "label" | "wording" | "edit";

/** Whether a model may be quoted in public for an ability, by the record of its SHA-256. */
export interface Qualification {
  allowed: boolean;
  /** One clause that ends a sentence: `it has not been measured`, `it finds 41 % of planted defects, 70 % are asked`. */
  reason: string;
  /** Probability from which on it speaks, as it was measured; null or absent where it gives none. */
  threshold?: number | null;
}

/** Finds the model for a role, or says why there is none. */
export interface ModelProvider {
  /**
   * Null with the reason where no model is installed, configured or loadable: the caller goes on without.
   * @param wanted what the caller would quote it for. Where it is known beforehand that it has qualified for none of these, it
   * is not loaded, which takes seconds; one that is given may still not have qualified.
   * @param named the only one that will do, of those that are configured for the role; absent: any of them, the first one first
   */
  modelFor(
    role: ModelRole,
    wanted?: readonly Ability[],
    named?: string,
  ): Promise<{ model: Model; reason: null } | { model: null; reason: string }>;
  /** Whether this model may be quoted in public for this ability. */
  qualified(identity: ModelIdentity, ability: Ability): Qualification;
  close(): Promise<void>;
}

/** Opens the back ends that the configuration names. */
export interface ModelSource {
  /**
   * Models for a role in order of preference; those of one group hold the same weights and share the work. Loads what is needed
   * for the first group, and a later one on demand. Why a choice is not there stands in `missing`.
   * @param named only those of this name: of the catalogue, of a file without its ending, or a server's own for its model
   */
  candidates(role: ModelRole, named?: string): Promise<{ groups: ModelGroup[]; missing: string[] }>;
  /** Who serves a role, without loading anybody: one model, or peers. Null where only loading tells, or nobody does. */
  identities?(role: ModelRole, named?: string): Promise<ModelIdentity[] | null>;
  close(): Promise<void>;
}

export interface ModelGroup {
  name: string;
  /** Opens them on first use. Errors: AssistantError with the reason why it can't. */
  open(): Promise<Model[]>;
}
