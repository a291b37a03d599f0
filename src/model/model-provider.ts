import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { choiceGroups, type ModelChoice } from "../config/model-choice.ts";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type CatalogueEntry, expectedWeights, findInCatalogue } from "./catalogue.ts";
import { installedModels, installedPath } from "./installed.ts";
import { loadLlamaModel } from "./llama-model.ts";
import { machineFacts } from "./machine.ts";
import type { Model, ModelIdentity, ModelProvider, ModelRole } from "./model.ts";
import { loadScriptedModel } from "./scripted-model.ts";
import { memoryNeed } from "./weights.ts";

export interface ModelProviderOptions {
  /** Where `assistant models pull` installs. */
  modelsDir: string;
  /**
   * Per role: `auto` (the largest installed model that fits in memory), `none`, a catalogue name, the path of a GGUF
   * file, or the path of a script of answers (`.json`).
   */
  choice: Record<ModelRole, ModelChoice>;
  gpu?: "auto" | false;
}

interface Chosen {
  path: string;
  entry: CatalogueEntry | undefined;
}

/**
 * Loads models on first use; roles that choose the same file share one. A model that is installed later is found by the
 * next call, and a failed load is tried again.
 */
export function modelProvider(options: ModelProviderOptions): ModelProvider {
  const loaded = new Map<string, Promise<Model>>();

  async function load({ path, entry }: Chosen): Promise<Model> {
    if (path.endsWith(".json")) return loadScriptedModel(path);
    return loadLlamaModel({ path, name: entry?.name, expected: entry && expectedWeights(entry), gpu: options.gpu });
  }

  return {
    async modelFor(role) {
      const [[first = "none"] = []] = choiceGroups(options.choice[role]);
      const chosen = await choose(first, options.modelsDir, loaded);
      if (typeof chosen === "string") return { model: null, reason: chosen };
      const loading = loaded.get(chosen.path) ?? load(chosen);
      loaded.set(chosen.path, loading);
      try {
        return { model: await loading, reason: null };
      } catch (error) {
        loaded.delete(chosen.path);
        return { model: null, reason: messageOf(error) };
      }
    },
    qualified: (identity: ModelIdentity) => ({
      allowed: false,
      reason: `no qualification record for ${identity.name}`,
    }),
    async close() {
      // What could not be loaded needs no closing.
      await Promise.allSettled([...loaded.values()].map(async (loading) => (await loading).close()));
    },
  };
}

/** The file for a choice, or the reason why there is none. */
async function choose(choice: string, modelsDir: string, loaded: Map<string, unknown>): Promise<Chosen | string> {
  if (choice === "none") return "models are switched off in the configuration";
  if (choice === "auto") return bestInstalled(modelsDir, loaded);
  const entry = findInCatalogue(choice);
  if (entry === undefined) return { path: resolve(choice), entry: undefined };
  const path = installedPath(modelsDir, entry.name);
  if (existsSync(path)) return { path, entry };
  return `${entry.name} is not installed: run \`assistant models pull ${entry.name}\``;
}

async function bestInstalled(modelsDir: string, loaded: Map<string, unknown>): Promise<Chosen | string> {
  const installed = await installedModels(modelsDir);
  if (installed.length === 0) return "no model is installed: run `assistant models pull`";
  // What is loaded already is the answer to the same question a moment ago, and has since taken its memory.
  const { freeBytes } = await machineFacts();
  const best = installed.find(
    ({ path, bytes, entry }) =>
      loaded.has(path) || memoryNeed(bytes, entry?.kvBytesPerToken ?? null, limits.contextTokens) <= freeBytes,
  );
  return best ?? "no installed model fits in the free memory";
}
