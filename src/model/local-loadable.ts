import type { ModelSettings } from "../config/server-config.ts";
import type { GgufHeader } from "./gguf-header.ts";
import { messageOf } from "../shared/errors.ts";
import type { CoreBudget } from "./core-budget.ts";
import { loadLlamaModel } from "./llama-model.ts";
import {
  adaptersOf,
  expectedOf,
  llamaOptionsOf,
  type LocalFile,
  memoryPlanOf,
  pin,
  sizeAndHeader,
} from "./local-file.ts";
import type { MachineFacts } from "./machine.ts";
import { checkMemory, estimateMemory, type MemoryModel, type MemoryPlan } from "./memory.ts";
import { corruptWeights, missingWeights } from "./weights.ts";
import type { Loadable } from "./residents.ts";

export interface LoadableOptions {
  llama: ModelSettings["llama"];
  machine: () => Promise<MachineFacts>;
  budget: () => Promise<CoreBudget>;
}

/** A GGUF file as something that can be loaded and unloaded. */
export function localLoadable(file: LocalFile, { llama, machine, budget }: LoadableOptions): Loadable {
  let known: { model: MemoryModel; plan: MemoryPlan } | null = null;

  async function measure(): Promise<{ model: MemoryModel; plan: MemoryPlan }> {
    const model = await memoryModel(file.path);
    const { lora, bytes } = await adaptersOf(file, llama.lora);
    const options = llamaOptionsOf(llama, lora);
    const slots = options.slots === "auto" ? 1 : options.slots;
    known = { model, plan: { ...memoryPlanOf(options, await machine(), bytes), slots } };
    return known;
  }

  return {
    key: file.path,
    name: file.name,
    async need() {
      const { model, plan } = await measure();
      return estimateMemory(model, plan).total;
    },
    async refuse(freeBytes) {
      const { model, plan } = known ?? (await measure());
      checkMemory(model, plan, freeBytes);
    },
    async load() {
      const { lora } = await adaptersOf(file, llama.lora);
      const { path, name } = file;
      const options = llamaOptionsOf(llama, lora);
      const expected = await expectedOf(file);
      const model = await loadLlamaModel({ path, name, expected, options, budget: await budget() });
      await pin(file, model.weights);
      return model;
    },
    taken: (slots) => (known === null ? 0 : estimateMemory(known.model, { ...known.plan, slots }).total),
  };
}

/** Errors: `model-missing`, `model-corrupt`, as `checkWeights` says them. */
export async function memoryModel(path: string): Promise<{ bytes: number; header: GgufHeader }> {
  try {
    return await sizeAndHeader(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw missingWeights(path, error);
    throw corruptWeights(path, messageOf(error), error);
  }
}
