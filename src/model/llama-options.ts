/** TYPE FILE: how llama.cpp runs a model on this machine. What is `auto` the machine decides. */

export interface LlamaOptions {
  /** Tokens of a prompt with its answer, for each slot; the model's own training context caps it. */
  contextTokens: number;
  /** Requests at once, each in a context of its own; `auto`: the cores, as far as the memory goes. */
  slots: number | "auto";
  /** `false`: the processor alone. `auto` takes a GPU where node-llama-cpp finds one and its binaries are installed. */
  gpu: "auto" | "cuda" | "vulkan" | "metal" | false;
  /** Layers on the GPU; several GPUs share them in the proportion of their free memory. `auto`: as many as fit. */
  gpuLayers: "auto" | "max" | number;
  /** Map the file instead of reading it. */
  mmap: "auto" | boolean;
  /** Keep the weights from being swapped out. */
  mlock: boolean;
  numa: false | "distribute" | "isolate" | "numactl" | "mirror";
  /** Of the key-value cache. Anything but f16 needs flash attention; on a processor it saves memory and costs speed. */
  kvType: "f16" | "q8_0" | "q4_0";
  flashAttention: "auto" | boolean;
  /** Adapters (GGUF) laid over the weights. A scale of 1 is as trained. */
  lora: { path: string; scale: number }[];
  /** A request that takes longer is cancelled. */
  requestMs: number;
  /** Requests that wait; beyond it the caller is told "busy". */
  queue: number;
}
