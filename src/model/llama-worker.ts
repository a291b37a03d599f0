/**
 * Runs in a worker thread: the only file (with `llama-slot.ts`) that imports node-llama-cpp, whose import costs half a
 * second. Nothing may end this thread while llama.cpp computes, so nothing here throws out of a request.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import { getLlama, InsufficientMemoryError, type Llama, LlamaLogLevel, type LlamaModel } from "node-llama-cpp";
import { workerData } from "piscina";
import { messageOf } from "../shared/errors.ts";
import type { GenerateReply, LoadReply, WorkerRequest, WorkerSettings, WorkerTask } from "./llama-messages.ts";
import { generateIn, openSlot, type Slot } from "./llama-slot.ts";

interface Loaded {
  model: LlamaModel;
  slot: Slot;
}

const settings = workerData as WorkerSettings;
let llama: Llama | undefined;
let loading: Promise<Loaded> | undefined;
/**
 * node-llama-cpp does not wait for all that it starts: log lines come after the error that they explain, and the simulated
 * models of its memory estimate are freed in the background. A thread that ended then aborted the process.
 */
const settleMs = 100;
/** Why llama.cpp refused: its log says it (the first line best), its errors do not. */
const complaints: string[] = [];

/** The worker's tasks; one runs at a time. */
// oxlint-disable-next-line import/no-default-export -- piscina calls the default export
export default async function runTask(task: WorkerTask): Promise<LoadReply | GenerateReply | number | null> {
  switch (task.kind) {
    case "load":
      return load();
    case "count": {
      const { model } = await loaded();
      return model.tokenize(task.text).length;
    }
    case "generate":
      return generate(task.request, task.port);
    case "dispose":
      await dispose();
      return null;
  }
}

async function load(): Promise<LoadReply> {
  const started = performance.now();
  try {
    const { slot } = await loaded();
    const { generationThreads } = slot;
    const contextTokens = slot.sequence.contextSize;
    return { outcome: "loaded", contextTokens, generationThreads, ms: performance.now() - started };
  } catch (error) {
    await sleep(settleMs);
    const reason = complaints[0] ?? messageOf(error);
    return { outcome: "failed", reason, memory: error instanceof InsufficientMemoryError };
  }
}

/** Loads on first use, so that a worker which piscina had to replace loads the model again. */
function loaded(): Promise<Loaded> {
  loading ??= openModel();
  return loading;
}

async function openModel(): Promise<Loaded> {
  llama = await getLlama({
    gpu: settings.gpu,
    // The threads of each evaluation are set by the slot; the library's own default, at least 4, is ruinous on 2 cores.
    maxThreads: 0,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
    logger: (_level, message) => {
      if (complaints.length === 0) complaints.push(message.trim());
    },
  });
  const model = await llama.loadModel({ modelPath: settings.path });
  const slot = await openSlot(llama, model, settings.contextTokens, settings.cores);
  return { model, slot };
}

async function generate(request: WorkerRequest, port: MessagePort): Promise<GenerateReply> {
  const cancel = new AbortController();
  port.once("message", () => cancel.abort("cancelled"));
  const timer = setTimeout(() => cancel.abort("timeout"), settings.requestMs);
  try {
    const { slot } = await loaded();
    // One turn of the event loop: a request that was cancelled while it waited has its message by now.
    await new Promise((resolve) => setImmediate(resolve));
    cancel.signal.throwIfAborted();
    return await generateIn(slot, request, cancel.signal);
  } catch (error) {
    if (cancel.signal.aborted) return { outcome: cancel.signal.reason as "cancelled" | "timeout" };
    throw error;
  } finally {
    clearTimeout(timer);
    port.close();
  }
}

/** Also after a failed load: the thread must not end before llama.cpp has cleaned up behind it. */
async function dispose(): Promise<void> {
  await loading?.catch(() => {});
  await llama?.dispose();
  await sleep(settleMs);
}
