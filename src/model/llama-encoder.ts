import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { CoreBudget } from "./core-budget.ts";
import type { Encoder } from "./encoder.ts";
import type { EmbedLoadReply, EmbedSettings, EmbedTask } from "./llama-embed-messages.ts";
import { machineFacts } from "./machine.ts";
import { checkMemory } from "./memory.ts";
import type { ModelIdentity } from "./model.ts";
import { createRequestQueue } from "./request-queue.ts";
import { checkWeights, corruptWeights, type ExpectedWeights, type Weights } from "./weights.ts";
import { siblingFile } from "./worker-file.ts";

export interface LlamaEncoderOptions {
  /** A GGUF file. */
  path: string;
  /** Name to go by; the file's name without `.gguf` unless given. */
  name?: string;
  expected?: ExpectedWeights;
  /** Shared with all models of the process. */
  budget: CoreBudget;
}

export interface LlamaEncoder extends Encoder {
  readonly weights: Weights;
}

/**
 * Checks the file and loads it in a worker thread of its own. Each text is a request of its own: a person's goes before those
 * of the background, also before the rest of a long list. A cancelled request is answered at once; the text that is being
 * computed then takes some tenths of a second more.
 * Errors: `model-missing`, `model-corrupt`, `not-enough-memory`.
 */
export async function loadLlamaEncoder({ path, name, expected, budget }: LlamaEncoderOptions): Promise<LlamaEncoder> {
  const weights = await checkWeights(path, expected);
  if (!/bert/.test(weights.header.architecture)) throw corruptWeights(path, "it is no sentence encoder");
  const textTokens = Math.min(limits.encodedTokens, weights.header.trainContextTokens ?? limits.encodedTokens);
  checkMemory(weights, { contextTokens: textTokens }, (await machineFacts()).freeBytes);
  const worker = openWorker({ path, textTokens }, budget);
  const reply = await worker.load().catch(async (error: unknown) => {
    await worker.close();
    throw error;
  });
  if (reply.outcome === "failed") {
    await worker.close();
    throw loadError(path, reply);
  }
  const identity: ModelIdentity = { name: name ?? basename(path, ".gguf"), sha256: weights.sha256, backend: "llama" };
  const queue = createRequestQueue(identity.name, 1);
  let closing: Promise<void> | undefined;
  return {
    identity,
    weights,
    dimensions: reply.dimensions,
    async encode(texts, { priority = "background", signal } = {}) {
      const vectors: Float32Array[] = [];
      for (const text of texts) {
        const task = { kind: "embed", text: readable(text), priority } as const;
        const begin = () => ({ reply: worker.embed(task), cancel: () => {} });
        vectors.push(await queue.run({ priority, ...(signal && { signal }) }, begin));
      }
      return vectors;
    },
    close() {
      closing ??= queue.close().then(() => worker.close());
      return closing;
    },
  };
}

/** So many characters hold all tokens that count. Lone surrogates are no text that UTF-8 could hold. */
function readable(text: string): string {
  const cut = text.replace(/\s+/g, " ").slice(0, limits.encodedCharacters);
  return Buffer.from(cut, "utf8").toString("utf8").trim();
}

/** Only ever ended idle: see `llama-pool.ts`. */
function openWorker(settings: Omit<EmbedSettings, "seats">, budget: CoreBudget) {
  const { url, execArgv } = siblingFile(import.meta.url, "llama-embed-worker");
  const seats = budget.take(1);
  const piscina = new Piscina<EmbedTask, unknown>({
    filename: fileURLToPath(url),
    execArgv,
    workerData: { ...settings, seats } satisfies EmbedSettings,
    minThreads: 1,
    maxThreads: 1,
    atomics: "disabled",
  });
  // A worker that fails rejects its requests and is replaced; unheard, the event would end the process.
  piscina.on("error", () => {});
  piscina.on("workerDestroy", () => budget.free(seats));
  let started = false;
  return {
    async load(): Promise<EmbedLoadReply> {
      const reply = (await piscina.run({ kind: "load" })) as EmbedLoadReply;
      started = true;
      return reply;
    },
    embed: (task: EmbedTask) => piscina.run(task) as Promise<Float32Array>,
    async close(): Promise<void> {
      // A worker that could not start takes no task.
      if (started) await Promise.allSettled([piscina.run({ kind: "dispose" })]);
      await piscina.close();
      budget.give(seats);
    },
  };
}

function loadError(path: string, { what, reason }: Extract<EmbedLoadReply, { outcome: "failed" }>): AssistantError {
  if (what === "file") return corruptWeights(path, `llama.cpp refuses it: ${reason}`);
  return new AssistantError(`not enough memory to load ${path}: ${reason}`, {
    code: "not-enough-memory",
    remedy: "Close other programs; similar issues are found without the encoder too.",
  });
}
