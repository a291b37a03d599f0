/**
 * Runs in a worker thread: an encoder in llama.cpp, one text at a time on one core. As in `llama-worker.ts`, nothing may end
 * this thread while llama.cpp computes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Llama, LlamaContext, LlamaEmbeddingContext } from "node-llama-cpp";
import { getLlama, InsufficientMemoryError, LlamaLogLevel } from "node-llama-cpp";
import { workerData } from "piscina";
import { messageOf } from "../shared/errors.ts";
import { checkThreads, setThreads } from "./context-threads.ts";
import { openSeats, type Seat } from "./core-budget.ts";
import type { EmbedLoadReply, EmbedSettings, EmbedTask } from "./llama-embed-messages.ts";
import type { Priority } from "./model.ts";

interface Loaded {
  context: LlamaEmbeddingContext;
  seat: Seat;
}

const settings = workerData as EmbedSettings;
let llama: Llama | undefined;
let loading: Promise<Loaded> | undefined;
const complaints: string[] = [];
/** What node-llama-cpp starts and does not wait for: see `llama-worker.ts`. */
const settleMs = 100;

// oxlint-disable-next-line import/no-default-export -- piscina calls the default export
export default async function runTask(task: EmbedTask): Promise<EmbedLoadReply | Float32Array | null> {
  switch (task.kind) {
    case "load":
      return load();
    case "embed":
      return embed(task.text, task.priority);
    case "dispose":
      await loading?.catch(() => {});
      await llama?.dispose();
      await sleep(settleMs);
      return null;
  }
}

async function load(): Promise<EmbedLoadReply> {
  const started = performance.now();
  try {
    const { context } = await loaded();
    return { outcome: "loaded", dimensions: context.model.embeddingVectorSize, ms: performance.now() - started };
  } catch (error) {
    await sleep(settleMs);
    const what = error instanceof InsufficientMemoryError ? "memory" : "file";
    return { outcome: "failed", what, reason: complaints[0] ?? messageOf(error) };
  }
}

/** Loads on first use, so that a worker which piscina had to replace loads the model again. */
function loaded(): Promise<Loaded> {
  loading ??= openEncoder();
  return loading;
}

async function openEncoder(): Promise<Loaded> {
  llama = await getLlama({
    gpu: false,
    maxThreads: 0,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
    logger: (_level, message) => {
      if (complaints.length === 0) complaints.push(message.trim());
    },
  });
  const model = await llama.loadModel({ modelPath: settings.path, gpuLayers: 0, checkTensors: true });
  // The whole text is one batch, for every token looks at every other; a full context is refused by the library.
  const size = settings.textTokens + 8;
  const context = await model.createEmbeddingContext({ contextSize: size, batchSize: size, threads: 1 });
  const [seat] = openSeats(settings.seats) as [Seat];
  await withCore(seat, "background", () => context.getEmbeddingFor("warm"));
  const internals = contextOf(context);
  setThreads(internals, 1);
  checkThreads(internals, 1);
  return { context, seat };
}

async function embed(text: string, priority: Priority): Promise<Float32Array> {
  const { context, seat } = await loaded();
  const { model } = context;
  const tokens = model.tokenize(text).slice(0, settings.textTokens - tokensAround);
  const vector = new Float32Array(model.embeddingVectorSize);
  if (tokens.length === 0) return vector;
  const { vector: values } = await withCore(seat, priority, () => context.getEmbeddingFor(tokens));
  const length = Math.hypot(...values);
  if (length > 0) vector.set(values.map((value) => value / length));
  return vector;
}

/** The library puts one token before a text and one behind it. */
const tokensAround = 2;

async function withCore<T>(seat: Seat, priority: Priority, work: () => Promise<T>): Promise<T> {
  seat.begin(priority);
  try {
    await seat.acquire(1, 1, new AbortController().signal);
    return await work();
  } finally {
    seat.end();
  }
}

/** The library does not show the context that it embeds in. */
function contextOf(context: LlamaEmbeddingContext): LlamaContext {
  return (context as unknown as { _llamaContext: LlamaContext })._llamaContext;
}
