import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { GenerateRequest, GenerateResult, Model, ModelIdentity, ModelStatus } from "./model.ts";
import { modelBusy, modelClosed, modelTimeout, parseAnswer, promptTooLong, untilAborted } from "./request.ts";

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
  slots?: number;
  requestMs?: number;
  queue?: number;
  contextTokens?: number;
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
    return new ScriptedModel(JSON.parse(text) as Script, options);
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
 * matches the prompt and is not used up answers; one request runs at a time, as in a real model. Without a matching step
 * the answer is empty, which no schema accepts.
 */
export class ScriptedModel implements Model {
  readonly identity: ModelIdentity;
  readonly contextTokens: number;
  readonly #steps: { step: Step; used: number }[];
  readonly #options: { requestMs: number; queue: number };
  /** Settles when the last request that was admitted is done. */
  #last: Promise<unknown> = Promise.resolve();
  #admitted = 0;
  #closed = false;

  constructor(script: Script, options: ScriptedModelOptions = {}) {
    const { name, steps } = scriptSchema.parse(script);
    this.identity = { name, sha256: null, backend: "scripted" };
    this.#steps = steps.map((step) => ({ step, used: 0 }));
    this.contextTokens = options.contextTokens ?? limits.contextTokens;
    this.#options = {
      requestMs: options.requestMs ?? limits.modelRequestMs,
      queue: options.queue ?? limits.modelQueue,
    };
  }

  async generate<T>(request: GenerateRequest<T>): Promise<GenerateResult<T>> {
    const { name } = this.identity;
    if (this.#closed) throw modelClosed(name);
    // One runs, the others wait.
    if (this.#admitted > this.#options.queue) throw modelBusy(name, this.#options.queue);
    request.signal?.throwIfAborted();
    const cancel = new AbortController();
    this.#admitted++;
    const reply = this.#last.then(() => this.#answer(request, cancel.signal)).finally(() => this.#admitted--);
    this.#last = reply.catch(() => {});
    return untilAborted(reply, () => cancel.abort(), request.signal);
  }

  /** A token is taken to be four characters. */
  async countTokens(text: string): Promise<number> {
    if (this.#closed) throw modelClosed(this.identity.name);
    return tokensOf(text);
  }

  status(): ModelStatus {
    const running = Math.min(this.#admitted, 1);
    return { slots: 1, running, waiting: this.#admitted - running };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  async #answer<T>(request: GenerateRequest<T>, cancelled: AbortSignal): Promise<GenerateResult<T>> {
    cancelled.throwIfAborted();
    const started = performance.now();
    const { messages, deadline = Infinity } = request;
    if (Date.now() > deadline) throw modelTimeout(this.identity.name);
    const prompt = typeof messages === "string" ? messages : messages.map((message) => message.content).join("\n");
    const promptTokens = tokensOf(prompt);
    const { requestMs } = this.#options;
    if (promptTokens + request.maxTokens > this.contextTokens) throw promptTooLong(promptTokens, this.contextTokens);
    const step = this.#take(prompt);
    if (step.delayMs > requestMs) {
      await sleep(requestMs, undefined, { signal: cancelled });
      throw modelTimeout(this.identity.name);
    }
    await sleep(step.delayMs, undefined, { signal: cancelled });
    if (step.error !== undefined) throw new Error(step.error);
    const whole =
      typeof step.answer === "string" ? step.answer : step.answer === undefined ? "" : JSON.stringify(step.answer);
    const text = whole.slice(0, request.maxTokens * charactersPerToken);
    if (text !== "") request.onText?.(text);
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

const charactersPerToken = 4;

function tokensOf(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}
