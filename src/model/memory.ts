import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { GgufHeader } from "./gguf-header.ts";
import type { LlamaOptions } from "./llama-options.ts";

/** What is known of a model file before it is loaded. */
export interface MemoryModel {
  bytes: number;
  header: Pick<GgufHeader, "kvBytesPerToken" | "trainContextTokens"> & Partial<GgufHeader>;
}

/** How it will run, as far as memory goes. */
export interface MemoryPlan {
  contextTokens: number;
  slots: number;
  kvType: LlamaOptions["kvType"];
  flashAttention: LlamaOptions["flashAttention"];
  gpuLayers: LlamaOptions["gpuLayers"];
  /** Free memory of the GPUs that may be used; 0: the processor alone. */
  gpuBytes: number;
  /** Bytes of the adapters' files. */
  adapterBytes: number;
}

/** Bytes of memory that a loaded model takes. */
export interface MemoryEstimate {
  weights: number;
  adapters: number;
  /** Key-value caches of all slots. */
  cache: number;
  /** What all slots compute in. */
  compute: number;
  /** Its thread with a heap of its own. */
  overhead: number;
  /** What of all this lies on GPUs. */
  gpu: number;
  /** The rest: memory of the machine. */
  total: number;
}

/** Key-value cache of a model whose file does not say: that of a 7B model with grouped queries. */
const usualKvBytesPerToken = 64 * 1024;
/** Bytes of a value in blocks of 32 (ggml's formats), over the 2 of f16. */
const kvShare = { f16: 1, q8_0: 34 / 64, q4_0: 18 / 64 } as const;
/** Graphics memory that drivers and buffers take besides: what node-llama-cpp leaves free as well. */
const gpuPadding = 0.9;

const defaults: MemoryPlan = {
  contextTokens: limits.contextTokens,
  slots: 1,
  kvType: "f16",
  flashAttention: "auto",
  gpuLayers: "auto",
  gpuBytes: 0,
  adapterBytes: 0,
};

/**
 * What a model will take. Weights count as a whole, mapped or not: mapped ones could be dropped, and would be read from the
 * disk again for every token; quantised ones are repacked into memory of our own. Caches are those of full attention, an
 * upper bound for models with sliding windows.
 */
export function estimateMemory(model: MemoryModel, plan: Partial<MemoryPlan> = {}): MemoryEstimate {
  const { slots, adapterBytes, kvType, ...how } = { ...defaults, ...plan };
  const { header } = model;
  const context = Math.min(how.contextTokens, header.trainContextTokens ?? how.contextTokens);
  const weights = model.bytes;
  const cache = slots * context * (header.kvBytesPerToken ?? usualKvBytesPerToken) * kvShare[kvType];
  const compute = slots * computeBytes(header, how.flashAttention === false ? context : 0);
  const overhead = limits.modelOverheadBytes;
  const gpu = onGpu(header, weights + adapterBytes + cache, how.gpuLayers, how.gpuBytes * gpuPadding);
  const total = weights + adapterBytes + cache + compute + overhead - gpu;
  return { weights, adapters: adapterBytes, cache, compute, overhead, gpu, total };
}

/** As `estimateMemory`, for a model of which only these figures are known. Bytes. */
export function memoryNeed(weightBytes: number, kvBytesPerToken: number | null, contextTokens: number): number {
  const header = { kvBytesPerToken, trainContextTokens: null };
  return estimateMemory({ bytes: weightBytes, header }, { contextTokens }).total;
}

/** As many slots as fit in the free memory, at least one and at most one a core. */
export function slotsThatFit(
  model: MemoryModel,
  plan: Partial<MemoryPlan>,
  machine: { cores: number; freeBytes: number },
): number {
  let slots = machine.cores;
  while (slots > 1 && estimateMemory(model, { ...plan, slots }).total > machine.freeBytes) slots--;
  return slots;
}

/** Errors: `not-enough-memory` with what it needs, what is free and what would fit. */
export function checkMemory(model: MemoryModel, plan: Partial<MemoryPlan> | number, freeBytes: number): void {
  const wanted = typeof plan === "number" ? { contextTokens: plan } : plan;
  const need = estimateMemory(model, wanted).total;
  if (need <= freeBytes) return;
  throw new AssistantError(
    `the model needs about ${megabytes(need)} MB of memory, ${megabytes(freeBytes)} MB are free`,
    { code: "not-enough-memory", remedy: whatFits(model, { ...defaults, ...wanted }, freeBytes) },
  );
}

const smallestContext = 1_024;
const contextStep = 256;

function whatFits(model: MemoryModel, plan: MemoryPlan, freeBytes: number): string {
  const fits = (changed: Partial<MemoryPlan>) => estimateMemory(model, { ...plan, ...changed }).total <= freeBytes;
  for (let slots = plan.slots - 1; slots > 0; slots--) {
    if (fits({ slots })) return `Set models.llama.slots to ${slots}, close other programs, or choose a smaller model.`;
  }
  const train = model.header.trainContextTokens ?? Infinity;
  const most = Math.floor(Math.min(plan.contextTokens, train) / contextStep) * contextStep;
  for (let contextTokens = most - contextStep; contextTokens >= smallestContext; contextTokens -= contextStep) {
    if (!fits({ slots: 1, contextTokens })) continue;
    const slots = plan.slots > 1 ? "models.llama.slots to 1 and " : "";
    return `Set ${slots}models.llama.context_tokens to ${contextTokens}, close other programs, or choose a smaller model.`;
  }
  const room = freeBytes - estimateMemory({ ...model, bytes: 0 }, { ...plan, slots: 1 }).total;
  const largest = room > 0 ? ` (a file of about ${megabytes(room)} MB would fit)` : "";
  return `Close other programs, or choose a smaller model${largest}: \`assistant models recommend\`.`;
}

/**
 * Buffers of one slot: vectors and feed-forward values of one slice of a prompt (measured: 5 MB with 135M parameters), and
 * one row of the vocabulary for the sampler. Without flash attention the scores of all heads over the context come on top.
 */
function computeBytes(header: Partial<GgufHeader>, scoredContext: number): number {
  const { embeddingLength: width, feedForwardLength, heads, vocabularyTokens } = header;
  // Where nothing is known the overhead has room for it.
  if (!width) return 0;
  const values = 8 * width + 4 * (feedForwardLength ?? 4 * width) + (heads ?? 32) * scoredContext;
  return limits.prefillSliceTokens * 4 * values + 24 * (vocabularyTokens ?? 150_000);
}

/** Bytes that go to the GPUs, whole layers of weights and cache; the layer of the output counts as one. */
function onGpu(
  header: Partial<GgufHeader>,
  bytes: number,
  gpuLayers: LlamaOptions["gpuLayers"],
  gpuBytes: number,
): number {
  if (gpuBytes === 0) return 0;
  const layers = (header.layers ?? 32) + 1;
  const fitting = Math.floor(gpuBytes / (bytes / layers));
  const wanted = typeof gpuLayers === "number" ? gpuLayers : layers;
  return (bytes * Math.min(wanted, layers, fitting)) / layers;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
