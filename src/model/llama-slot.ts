import type { Llama, LlamaContext, LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp";
import { limits } from "../shared/limits.ts";
import { type AdaptiveThreads, adaptiveThreads } from "./adaptive-threads.ts";
import { checkThreads, setThreads } from "./context-threads.ts";
import type { Seat } from "./core-budget.ts";
import type { WorkerSettings } from "./llama-messages.ts";

/** A context of a loaded model: works on one request at a time. Runs inside the worker only. */
export interface Slot {
  llama: Llama;
  model: LlamaModel;
  context: LlamaContext;
  sequence: LlamaContextSequence;
  seat: Seat;
  threads: ThreadRule;
  /** Tokens at the head of the context that were evaluated in whole slices, and may be used again. */
  prefilled: Token[];
  busy: boolean;
  /** Counts up with each use of any slot: who was used last has the highest. */
  lastUsed: number;
}

/** How many threads evaluations use; the same for all slots of a model. */
export interface ThreadRule {
  /** For slices of a prompt. */
  prefill: AdaptiveThreads;
  /** For writing, at most. */
  writingMax: number;
  writing: AdaptiveThreads;
  /** Whether their number changes no bit of what is written: see `usesFlashAttention`. */
  free: boolean;
}

export function threadRule(llama: Llama, model: LlamaModel, cores: number, flash: boolean | "auto"): ThreadRule {
  // What the GPU computes needs one thread to talk to it.
  const onGpu = llama.gpu !== false && model.gpuLayers >= model.fileInsights.totalLayers;
  const most = onGpu ? 1 : cores;
  const writingMax = writingThreads(model.size, most);
  return {
    prefill: adaptiveThreads(most),
    writingMax,
    writing: adaptiveThreads(writingMax),
    free: flash === false,
  };
}

/** Each written token reads all weights; below this size threads wait for each other longer than they read. */
const manyThreadsFromBytes = 700e6;
/** Reading the weights is bound by memory, which few cores keep busy. */
const writingThreadsMax = 4;

/**
 * Measured on two cores: 24M to 500M parameters write faster or as fast with one thread, 1.8G parameters (1 GB) 1.3 times
 * faster with two.
 */
function writingThreads(weightBytes: number, cores: number): number {
  return weightBytes < manyThreadsFromBytes ? 1 : Math.min(cores, writingThreadsMax);
}

export async function openSlot(
  llama: Llama,
  model: LlamaModel,
  seat: Seat,
  threads: ThreadRule,
  flashAttention: boolean | "auto",
  { options, cores }: WorkerSettings,
): Promise<Slot> {
  const kvType = kvTypes[options.kvType];
  const context = await model.createContext({
    contextSize: Math.min(options.contextTokens, model.trainContextSize ?? options.contextTokens),
    threads: cores,
    batchSize: limits.prefillSliceTokens,
    flashAttention,
    experimentalKvCacheKeyType: kvType,
    experimentalKvCacheValueType: kvType,
    lora:
      options.lora.length === 0
        ? undefined
        : { adapters: options.lora.map(({ path, scale }) => ({ filePath: path, scale })) },
    failedCreationRemedy: false,
  });
  const sequence = context.getSequence();
  return { llama, model, context, sequence, seat, threads, prefilled: [], busy: false, lastUsed: 0 };
}

const kvTypes = { f16: "F16", q8_0: "Q8_0", q4_0: "Q4_0" } as const;

/** Evaluates one token: the first evaluation of a model is slow, and shows whether it keeps to its threads. */
export async function warmUp(slot: Slot): Promise<void> {
  const { context, model, sequence, seat } = slot;
  seat.begin("background");
  try {
    await seat.acquire(1, 1, new AbortController().signal);
    setThreads(context, 1);
    await sequence.evaluateWithoutGeneratingNewTokens([model.tokens.bos ?? model.tokens.eos ?? (0 as Token)]);
    checkThreads(context, 1);
    await sequence.clearHistory();
  } finally {
    seat.end();
  }
}

/** Fewer tokens are read at once before several threads have found together. */
const manyThreadsFromTokens = 16;

/** Tokens at the beginning of a prompt that the slot has evaluated already. */
export function sharedTokens({ prefilled }: Slot, tokens: readonly Token[]): number {
  // The last token is always evaluated anew: what it says about the next one is what is asked for.
  const end = Math.min(tokens.length - 1, prefilled.length);
  let same = 0;
  while (same < end && tokens[same] === prefilled[same]) same++;
  return same - (same % limits.prefillSliceTokens);
}

/**
 * Evaluates all tokens but the last. Slices begin at multiples of their length and only whole slices are used again:
 * the same prompt goes through the same batches whatever came before, and so gives the same answer to the last bit.
 * Errors: the signal's reason.
 */
export async function prefill(slot: Slot, tokens: readonly Token[], signal: AbortSignal): Promise<void> {
  const { sequence, seat, context, threads } = slot;
  const slice = limits.prefillSliceTokens;
  const end = tokens.length - 1;
  let start = sharedTokens(slot, tokens);
  await sequence.adaptStateToTokens(tokens.slice(0, start), false);
  if (sequence.nextTokenIndex !== start) {
    // Models with a sliding window or a recurrent state cannot always go back to an earlier token.
    await sequence.clearHistory();
    start = 0;
  }
  slot.prefilled = tokens.slice(0, start);
  for (let at = start; at < end; at += slice) {
    const part = tokens.slice(at, Math.min(at + slice, end));
    const wanted = part.length < manyThreadsFromTokens ? 1 : threads.prefill.next();
    const granted = await seat.acquire(1, wanted, signal);
    const started = performance.now();
    try {
      setThreads(context, granted);
      await sequence.evaluateWithoutGeneratingNewTokens(part);
    } finally {
      seat.release();
    }
    if (part.length >= manyThreadsFromTokens) threads.prefill.record(granted, part.length, performance.now() - started);
    if (part.length === slice) slot.prefilled.push(...part);
  }
  signal.throwIfAborted();
}

/** Cores for single tokens, held over some of them: see `holdCores`. */
export interface HeldCores {
  /** To be awaited before each evaluation. Errors: the signal's reason. */
  ready(): Promise<void>;
  release(): void;
}

/** How long cores are kept from one who waits for them: some tokens of a small model. */
const holdMs = 30;
/** Evaluations after which the number of threads is thought over again. */
const evaluationsPerGrant = 16;

export function holdCores({ seat, context, threads }: Slot, signal: AbortSignal): HeldCores {
  const { writing, writingMax, free } = threads;
  let held = 0;
  let since = 0;
  let evaluations = 0;

  function isOver(): boolean {
    if (held === 0) return true;
    if (evaluations >= evaluationsPerGrant && free && writingMax > 1) return true;
    return seat.contended() && performance.now() - since >= holdMs;
  }

  function release(): void {
    if (held === 0) return;
    if (evaluations > 0) writing.record(held, evaluations, performance.now() - since);
    seat.release();
    held = 0;
  }

  return {
    async ready() {
      signal.throwIfAborted();
      if (isOver()) {
        release();
        held = free
          ? await seat.acquire(1, writing.next(), signal)
          : await seat.acquire(writingMax, writingMax, signal);
        setThreads(context, held);
        since = performance.now();
        evaluations = 0;
      }
      evaluations++;
    },
    release,
  };
}
