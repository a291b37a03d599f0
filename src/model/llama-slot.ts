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
  /** Tokens of the latest prompt that the context holds; whole slices of them may be used again. */
  prefilled: Token[];
  busy: boolean;
  /** Counts up with each use of any slot: who was used last has the highest. */
  lastUsed: number;
}

/** How many threads evaluations use; the same for all slots of a model. */
export interface ThreadRule {
  /** For slices of a prompt. */
  prefill: AdaptiveThreads;
  writing: AdaptiveThreads;
  /** One where more would change the last bits of a likelihood: see `usesFlashAttention`. */
  scoring: AdaptiveThreads;
  /** Tokens of a prompt that are evaluated at once. */
  sliceTokens: number;
}

export function threadRule(llama: Llama, model: LlamaModel, cores: number, flash: boolean | "auto"): ThreadRule {
  // What the GPU computes needs one thread to talk to it.
  const onGpu = llama.gpu !== false && model.gpuLayers >= model.fileInsights.totalLayers;
  const most = onGpu ? 1 : cores;
  const writing = adaptiveThreads(most);
  return {
    prefill: adaptiveThreads(most),
    writing,
    scoring: flash === false ? writing : adaptiveThreads(1),
    sliceTokens: onGpu ? limits.prefillSliceTokens : sliceTokens(model.size, most),
  };
}

/** A slice takes some quarter of a second with it (measured: 98 MB, 128 tokens, two cores, 0.4 s). */
const bytesPerCore = 50e6;
/** Shorter ones would pay for their threads finding together. */
const sliceTokensMin = 16;

/**
 * Large models read in shorter slices, so that cancelling does not wait for half a minute; 16 tokens at once cost no more
 * than 128. By size and not by time: the same prompt goes through the same slices on each run.
 */
function sliceTokens(weightBytes: number, cores: number): number {
  const wanted = (limits.prefillSliceTokens * bytesPerCore * cores) / weightBytes;
  const power = 2 ** Math.floor(Math.log2(wanted));
  return Math.max(sliceTokensMin, Math.min(limits.prefillSliceTokens, power));
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
    batchSize: threads.sliceTokens,
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

/**
 * The first evaluation of a model is slow and shows whether it keeps to its threads; the next ones tell how fast one thread
 * is, beside which the first request with several is judged.
 */
export async function warmUp(slot: Slot): Promise<void> {
  const { context, model, sequence, seat, threads } = slot;
  const token = model.tokens.bos ?? model.tokens.eos ?? (0 as Token);
  const timed = async (tokens: number): Promise<number> => {
    const started = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(Array.from({ length: tokens }, () => token));
    return performance.now() - started;
  };
  seat.begin("background");
  try {
    await seat.acquire(1, 1, new AbortController().signal);
    setThreads(context, 1);
    await timed(1);
    checkThreads(context, 1);
    const ms = await timed(1);
    threads.writing.record(1, 1, ms);
    // Where it would take long, the time of a single token has to do: reading is never slower.
    const tokens = ms < warmUpMsPerToken ? manyThreadsFromTokens : 1;
    threads.prefill.record(1, tokens, tokens === 1 ? ms : await timed(tokens));
    await sequence.clearHistory();
  } finally {
    seat.end();
  }
}

const warmUpMsPerToken = 40;

/** Fewer tokens are read at once before several threads have found together. */
const manyThreadsFromTokens = 16;

/** Tokens at the beginning of a prompt that the slot has evaluated already, in whole slices. */
export function sharedTokens({ prefilled, threads }: Slot, tokens: readonly Token[]): number {
  // The last token is always evaluated anew: what it says about the next one is what is asked for.
  const end = Math.min(tokens.length - 1, prefilled.length);
  let same = 0;
  while (same < end && tokens[same] === prefilled[same]) same++;
  return same - (same % threads.sliceTokens);
}

/**
 * Evaluates all tokens but the last. Slices begin at multiples of their length and only whole slices are used again:
 * the same prompt goes through the same batches whatever came before, and so gives the same answer to the last bit.
 * Errors: the signal's reason.
 */
export async function prefill(slot: Slot, tokens: readonly Token[], signal: AbortSignal): Promise<void> {
  const { sequence, seat, context, threads } = slot;
  const slice = threads.sliceTokens;
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
    slot.prefilled.push(...part);
  }
  signal.throwIfAborted();
}

/** Cores for single tokens, held over some of them: see `holdCores`. */
export interface HeldCores {
  /** To be awaited before each evaluation. Errors: the signal's reason. */
  ready(): Promise<void>;
  release(): void;
}

/** How long cores are kept from one who waits for them: some tokens of a small model. Handing them on costs a millisecond. */
const holdMs = 60;
/** Evaluations after which one who got fewer threads than it asked for asks again. */
const evaluationsPerGrant = 16;

export function holdCores(slot: Slot, work: "writing" | "scoring", signal: AbortSignal): HeldCores {
  const { seat, context } = slot;
  const rule = slot.threads[work];
  let held = 0;
  let asked = 0;
  let since = 0;
  let evaluations = 0;
  let lastBegan = 0;

  function isOver(now: number): boolean {
    if (held === 0 || rule.next() !== asked) return true;
    if (held < asked && evaluations >= evaluationsPerGrant) return true;
    return seat.contended() && now - since >= holdMs;
  }

  async function grant(): Promise<void> {
    asked = rule.next();
    held = await seat.acquire(1, asked, signal);
    setThreads(context, held);
    since = performance.now();
    lastBegan = since;
    evaluations = 0;
  }

  function release(): void {
    if (held > 0) seat.release();
    held = 0;
  }

  return {
    async ready() {
      signal.throwIfAborted();
      const now = performance.now();
      // Written tokens take about the same time each, and so tell how fast this number of threads is; scored ones do not.
      if (work === "writing" && held > 0) rule.record(held, 1, now - lastBegan);
      lastBegan = now;
      if (isOver(now)) {
        release();
        await grant();
      }
      evaluations++;
    },
    release,
  };
}
