import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { GenerateRequest, GenerateResult, Model, ModelIdentity, ModelStatus } from "./model.ts";
import { modelClosed, modelTimeout, parseAnswer, promptTooLong } from "./request.ts";
import { createRequestQueue, type RequestQueue } from "./request-queue.ts";

const stepSchema = z.strictObject({
  /** The step answers only prompts that contain this text. Default: any. */
  when: z.string().optional(),
  /** What the model writes: text, or a value that is written as JSON. */
  answer: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]).optional(),
  /** Fails with this message instead. */
  error: z.string().optional(),
  /** Takes this long. */
  delayMs: z.number().int().nonnegative().default(0),
  /** How often the step may be used; 0 for ever. */
  times: z.number().int().nonnegative().default(1),
});

type Step = z.output<typeof stepSchema>;

const scriptSchema = z.strictObject({
  name: z.string().default("scripted"),
  steps: z.array(stepSchema),
});

export type Script = z.input<typeof scriptSchema>;

export interface ScriptedModelOptions {
  /** Requests at once; 1 unless given. */
  slots?: number;
  requestMs?: number;
  queue?: number;
  contextTokens?: number;
  /** Of the file that it was read from, which is all that it knows; null unless given. */
  sha256?: string;
}

/** Reads a script. Errors: `model-missing`, `script-invalid`. */
export async function loadScriptedModel(path: string, options?: ScriptedModelOptions): Promise<ScriptedModel> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new AssistantError(`there is no script of model answers at ${path}`, {
      code: "model-missing",
      remedy: "Correct the path in the configuration.",
      cause: error,
    });
  });
  try {
    const sha256 = createHash("sha256").update(text).digest("hex");
    return new ScriptedModel(JSON.parse(text) as Script, { ...options, sha256 });
  } catch (error) {
    throw new AssistantError(`the script of model answers ${path} is not valid: ${messageOf(error)}`, {
      code: "script-invalid",
      remedy: 'Write {"steps": [{"when": "text of the prompt", "answer": "…"}]}.',
      cause: error,
    });
  }
}

/**
 * Replays answers from a script: for tests, and to show what the program does when a model fails. The first step that
 * matches the prompt and is not used up answers. Without a matching step the answer is empty, which no schema accepts.
 */
export class ScriptedModel implements Model {
  readonly identity: ModelIdentity;
  readonly contextTokens: number;
  readonly #steps: { step: Step; used: number }[];
  readonly #requestMs: number;
  readonly #queue: RequestQueue;
  #closing: Promise<void> | undefined;

  constructor(script: Script, options: ScriptedModelOptions = {}) {
    const { name, steps } = scriptSchema.parse(script);
    this.identity = { name, sha256: options.sha256 ?? null, backend: "scripted" };
    this.#steps = steps.map((step) => ({ step, used: 0 }));
    this.contextTokens = options.contextTokens ?? limits.contextTokens;
    this.#requestMs = options.requestMs ?? limits.modelRequestMs;
    this.#queue = createRequestQueue(name, options.slots ?? 1, options.queue);
  }

  async generate<T>(request: GenerateRequest<T>): Promise<GenerateResult<T>> {
    return this.#queue.run(request, () => {
      const cancel = new AbortController();
      return { reply: this.#answer(request, cancel.signal), cancel: () => cancel.abort() };
    });
  }

  /** A token is taken to be four characters. */
  async countTokens(text: string): Promise<number> {
    if (this.#closing !== undefined) throw modelClosed(this.identity.name);
    return tokensOf(text);
  }

  status(): ModelStatus {
    return this.#queue.status();
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.close();
    return this.#closing;
  }

  async #answer<T>(request: GenerateRequest<T>, cancelled: AbortSignal): Promise<GenerateResult<T>> {
    const started = performance.now();
    const { messages } = request;
    const prompt = typeof messages === "string" ? messages : messages.map((message) => message.content).join("\n");
    const promptTokens = tokensOf(prompt);
    if (promptTokens + request.maxTokens > this.contextTokens) throw promptTooLong(promptTokens, this.contextTokens);
    const step = this.#take(prompt);
    if (step.delayMs > this.#requestMs) {
      await sleep(this.#requestMs, undefined, { signal: cancelled });
      throw modelTimeout(this.identity.name);
    }
    await sleep(step.delayMs, undefined, { signal: cancelled });
    if (step.error !== undefined) throw new Error(step.error);
    const { answer = "" } = step;
    const whole = beforeStops(typeof answer === "string" ? answer : JSON.stringify(answer), request.stop ?? []);
    const text = whole.slice(0, request.maxTokens * charactersPerToken);
    for (const piece of text.match(/\S+\s*|\s+/gu) ?? []) {
      cancelled.throwIfAborted();
      request.onText?.(piece);
    }
    const value = request.schema === undefined ? undefined : parseAnswer(text, text !== whole, request.schema);
    const ms = performance.now() - started;
    return { text, value, promptTokens, generatedTokens: tokensOf(text), ms, model: this.identity };
  }

  #take(prompt: string): Step {
    const found = this.#steps.find(
      ({ step, used }) =>
        (step.times === 0 || used < step.times) && (step.when === undefined || prompt.includes(step.when)),
    );
    if (found === undefined) return { answer: "", delayMs: 0, times: 1 };
    found.used++;
    return found.step;
  }
}

function beforeStops(text: string, stops: readonly string[]): string {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return text.slice(0, Math.min(text.length, ...found));
}

const charactersPerToken = 4;

function tokensOf(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}
