import { choiceGroups, modelEntry } from "../config/model-choice.ts";
import type { ModelSettings } from "../config/server-config.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { chooseAuto } from "./choose-auto.ts";
import { adaptersOf, fileAt, fileNamed, llamaOptionsOf, type LocalFile, memoryPlanOf } from "./local-file.ts";
import { memoryModel } from "./local-loadable.ts";
import type { MachineFacts } from "./machine.ts";
import { checkMemory, estimateMemory, slotsThatFit } from "./memory.ts";
import type { ModelRole } from "./model.ts";
import { openServer } from "./model-source.ts";
import { loadScriptedModel } from "./scripted-model.ts";

/** Which model a role would get now, as far as can be told without loading one. */
export interface RoleReport {
  /** What it gets, for a person; null where it gets none. */
  model: string | null;
  /** What identifies it, to see whether both roles share one. */
  key: string | null;
  /** Memory it needs at least; 0 where it runs elsewhere. Bytes. */
  leastBytes: number;
  /** Why choices before it, or all, are not there. */
  missing: { reason: string; remedy: string }[];
}

export interface RoleReportOptions {
  models: ModelSettings;
  modelsDir: string;
  machine: MachineFacts;
}

/** Never fails. */
export async function reportRole(role: ModelRole, options: RoleReportOptions): Promise<RoleReport> {
  const missing: RoleReport["missing"] = [];
  for (const group of choiceGroups(options.models[role])) {
    for (const text of group) {
      try {
        return { ...(await reportEntry(text, role, options)), missing };
      } catch (error) {
        const remedy = error instanceof AssistantError ? error.remedy : "Correct the configuration.";
        missing.push({ reason: messageOf(error), remedy });
      }
    }
  }
  return { model: null, key: null, leastBytes: 0, missing };
}

type Entry = Omit<RoleReport, "missing">;

async function reportEntry(text: string, role: ModelRole, options: RoleReportOptions): Promise<Entry> {
  const { models, modelsDir } = options;
  const entry = modelEntry(text);
  switch (entry.kind) {
    case "none":
      return { model: "none: what code found is published alone", key: null, leastBytes: 0 };
    case "auto": {
      const machine = async () => options.machine;
      const [file] = await chooseAuto(role, { models, modelsDir, machine, loaded: [], memory: new Map() });
      return reportFile(file as LocalFile, options);
    }
    case "name":
      return reportFile(fileNamed(entry.name, modelsDir), options);
    case "server":
      return reportServer(entry, models);
    case "file":
      if (!entry.path.endsWith(".json")) return reportFile(fileAt(entry.path, modelsDir), options);
      await (await loadScriptedModel(entry.path)).close();
      return { model: `answers from ${entry.path}`, key: entry.path, leastBytes: 0 };
  }
}

async function reportFile(file: LocalFile, { models, machine }: RoleReportOptions): Promise<Entry> {
  const model = await memoryModel(file.path);
  const { lora, bytes: adapterBytes } = await adaptersOf(file, models.llama.lora);
  const options = llamaOptionsOf(models.llama, lora);
  const plan = memoryPlanOf(options, machine, adapterBytes);
  checkMemory(model, { ...plan, slots: options.slots === "auto" ? 1 : options.slots }, machine.freeBytes);
  const slots = options.slots === "auto" ? slotsThatFit(model, plan, machine) : options.slots;
  const need = (count: number) => estimateMemory(model, { ...plan, slots: count }).total;
  const context = Math.min(options.contextTokens, model.header.trainContextTokens ?? Infinity);
  const runs = `${slots} at once with ${context} tokens each in about ${Math.round(need(slots) / 1e6)} MB`;
  const chat = model.header.hasChatTemplate ? "" : "; it has no chat template and only goes on with a text";
  const leastBytes = need(options.slots === "auto" ? 1 : slots);
  return { model: `${file.name}: ${runs}${chat}`, key: file.path, leastBytes };
}

async function reportServer(entry: { url: string; model: string | null }, models: ModelSettings): Promise<Entry> {
  const model = await openServer(entry, models);
  const { name } = model.identity;
  await model.close();
  return {
    model: `${name} at ${entry.url}: ${model.contextTokens} tokens`,
    key: `${entry.url}#${name}`,
    leastBytes: 0,
  };
}
