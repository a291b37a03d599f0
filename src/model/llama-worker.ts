/**
 * Runs in a worker thread: the only file (with `llama-slot.ts` and those that it hands slots to) that imports
 * node-llama-cpp, whose import costs half a second. Nothing may end this thread while llama.cpp computes, so nothing here
 * throws out of a request.
 */
import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import type { ChatWrapper, Llama, LlamaModel, Token } from "node-llama-cpp";
import { getLlama, InsufficientMemoryError, LlamaLogLevel, NoBinaryFoundError } from "node-llama-cpp";
import { workerData } from "piscina";
import { messageOf } from "../shared/errors.ts";
import { openSeats } from "./core-budget.ts";
import { usesFlashAttention } from "./flash-attention.ts";
import { answerIn } from "./llama-answer.ts";
import type {
  GenerateReply,
  LoadFailedReply,
  LoadReply,
  RefusalReply,
  ScoreReply,
  WorkerRequest,
  WorkerScoreRequest,
  WorkerSettings,
  WorkerTask,
} from "./llama-messages.ts";
import { chatTemplate, type TokenPrompt, tokenPrompt } from "./llama-prompt.ts";
import { continuationTokens, scoreIn } from "./llama-score.ts";
import { openSlot, sharedTokens, type Slot, threadRule, warmUp } from "./llama-slot.ts";
import type { Priority, Prompt } from "./model.ts";

interface Loaded {
  model: LlamaModel;
  template: ChatWrapper | null;
  slots: Slot[];
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
/** Requests that found no free slot, which only a worker that had to begin anew with less memory lets happen. */
const waitingForSlot: (() => void)[] = [];
let uses = 0;

/** The worker's tasks; as many run at once as there are slots, beside small ones. */
// oxlint-disable-next-line import/no-default-export -- piscina calls the default export
export default async function runTask(
  task: WorkerTask,
): Promise<LoadReply | GenerateReply | ScoreReply | number | null> {
  switch (task.kind) {
    case "load":
      return load();
    case "count": {
      const { model } = await loaded();
      return model.tokenize(task.text).length;
    }
    case "generate":
      return generate(task.request, task.port);
    case "score":
      return score(task.request, task.port);
    case "dispose":
      await dispose();
      return null;
  }
}

async function load(): Promise<LoadReply> {
  const started = performance.now();
  try {
    const { model, slots, template } = await loaded();
    const [slot] = slots as [Slot];
    return {
      outcome: "loaded",
      contextTokens: slot.sequence.contextSize,
      slots: slots.length,
      chat: template !== null,
      gpuLayers: model.gpuLayers,
      ms: performance.now() - started,
    };
  } catch (error) {
    await sleep(settleMs);
    return { outcome: "failed", what: whatFailed(error), reason: complaints[0] ?? messageOf(error) };
  }
}

let adaptersLaid = true;

function whatFailed(error: unknown): LoadFailedReply["what"] {
  if (error instanceof InsufficientMemoryError) return "memory";
  if (error instanceof NoBinaryFoundError) return "gpu";
  return adaptersLaid ? "file" : "adapter";
}

/** Loads on first use, so that a worker which piscina had to replace loads the model again. */
function loaded(): Promise<Loaded> {
  loading ??= openModel();
  return loading;
}

async function openModel(): Promise<Loaded> {
  const { options, path, cores } = settings;
  llama = await getLlama({
    gpu: options.gpu,
    // The threads of each evaluation are set by the slot; the library's own default, at least 4, is ruinous on 2 cores.
    maxThreads: 0,
    numa: options.numa,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
    logger: (_level, message) => {
      if (complaints.length === 0) complaints.push(message.trim());
    },
  });
  // Where `auto` found no GPU it means the processor.
  const flashAttention = usesFlashAttention({ ...options, gpu: llama.gpu }, statSync(path).size);
  const model = await llama.loadModel({
    modelPath: path,
    // The contexts need room beside the layers.
    gpuLayers:
      options.gpuLayers === "auto"
        ? { fitContext: { contextSize: options.contextTokens * options.slots } }
        : options.gpuLayers,
    useMmap: options.mmap,
    useMlock: options.mlock,
    // Numbers that are none are refused; nothing of that can be measured in a load's time.
    checkTensors: true,
    defaultContextFlashAttention: flashAttention,
  });
  adaptersLaid = options.lora.length === 0;
  const threads = threadRule(llama, model, cores, flashAttention);
  const slots: Slot[] = [];
  for (const seat of openSeats(settings.seats).slice(0, options.slots)) {
    try {
      slots.push(await openSlot(llama, model, seat, threads, flashAttention, settings));
      adaptersLaid = true;
    } catch (error) {
      // Memory for fewer requests at once is enough.
      if (slots.length === 0) throw error;
      break;
    }
  }
  await warmUp(slots[0] as Slot);
  return { model, template: chatTemplate(model), slots };
}

function generate(request: WorkerRequest, port: MessagePort): Promise<GenerateReply> {
  const onText = (piece: string) => {
    if (request.stream) port.postMessage(piece);
  };
  return inSlot(request, request.maxTokens, port, (slot, prompt, signal) =>
    answerIn(slot, prompt, request, onText, signal),
  );
}

async function score(request: WorkerScoreRequest, port: MessagePort): Promise<ScoreReply> {
  const { model } = await loaded();
  const continuations = request.continuations.map((text) => continuationTokens(model, text));
  const longest = Math.max(...continuations.map((tokens) => tokens.length));
  return inSlot(request, longest, port, async (slot, { tokens }, signal) => {
    return { outcome: "scores", scores: await scoreIn(slot, tokens, continuations, signal) };
  });
}

interface SlotRequest {
  messages: Prompt;
  priority: Priority;
}

/** Finds a slot for a prompt and the tokens that follow it, and gives up where it may not or cannot go on. */
async function inSlot<T>(
  { messages, priority }: SlotRequest,
  moreTokens: number,
  port: MessagePort,
  work: (slot: Slot, prompt: TokenPrompt, signal: AbortSignal) => Promise<T>,
): Promise<T | RefusalReply> {
  const cancel = new AbortController();
  port.once("message", () => cancel.abort("cancelled"));
  const timer = setTimeout(() => cancel.abort("timeout"), settings.options.requestMs);
  let slot: Slot | undefined;
  try {
    const { model, template } = await loaded();
    // One turn of the event loop: a request that was cancelled while it waited has its message by now.
    await new Promise((resolve) => setImmediate(resolve));
    cancel.signal.throwIfAborted();
    const prompt = tokenPrompt(model, template, messages);
    if (prompt === null) return { outcome: "no-chat-template" };
    slot = await takeSlot(prompt.tokens);
    const contextTokens = slot.sequence.contextSize;
    // The library would drop the beginning of an overlong prompt without a word.
    if (prompt.tokens.length + moreTokens > contextTokens) {
      return { outcome: "too-long", promptTokens: prompt.tokens.length, contextTokens };
    }
    slot.seat.begin(priority);
    return await work(slot, prompt, cancel.signal);
  } catch (error) {
    if (cancel.signal.aborted) return { outcome: cancel.signal.reason as "cancelled" | "timeout" };
    throw error;
  } finally {
    if (slot) giveBack(slot);
    clearTimeout(timer);
    port.close();
  }
}

/** The free slot that has evaluated most of the prompt already; of equals the one that was not used for longest. */
async function takeSlot(tokens: readonly Token[]): Promise<Slot> {
  const { slots } = await loaded();
  for (;;) {
    const [best] = slots
      .filter(({ busy }) => !busy)
      .map((slot) => ({ slot, shared: sharedTokens(slot, tokens) }))
      .sort((a, b) => b.shared - a.shared || a.slot.lastUsed - b.slot.lastUsed);
    if (best !== undefined) {
      best.slot.busy = true;
      best.slot.lastUsed = ++uses;
      return best.slot;
    }
    await new Promise<void>((resolve) => waitingForSlot.push(resolve));
  }
}

function giveBack(slot: Slot): void {
  slot.seat.end();
  slot.busy = false;
  waitingForSlot.shift()?.();
}

/** Also after a failed load: the thread must not end before llama.cpp has cleaned up behind it. */
async function dispose(): Promise<void> {
  await loading?.catch(() => {});
  await llama?.dispose();
  await sleep(settleMs);
}
