import { openHttpModel } from "../../src/model/http-model.ts";
import { loadLlamaModel } from "../../src/model/llama-model.ts";
import type { Model } from "../../src/model/model.ts";
import { loadScriptedModel } from "../../src/model/scripted-model.ts";
import { limits } from "../../src/shared/limits.ts";

/** A GGUF file, a model server's URL, or a script. */
export async function openNamedModel(name: string): Promise<Model> {
  const requestMs = limits.qualificationMs;
  if (/^https?:\/\//.test(name)) return openHttpModel({ url: name, apiKey: null, requestMs });
  if (name.endsWith(".json")) return loadScriptedModel(name);
  return loadLlamaModel({ path: name, options: { requestMs } });
}
