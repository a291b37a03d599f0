import type { ModelSettings } from "../config/server-config.ts";
import { choiceGroups, modelEntry } from "../config/model-choice.ts";
import { AssistantError } from "../shared/errors.ts";
import { type AutoModel, rankForRole } from "./auto-model.ts";
import {
  adaptersOf,
  fileAt,
  fileNamed,
  installedFiles,
  llamaOptionsOf,
  type LocalFile,
  memoryPlanOf,
  sizeAndHeader,
} from "./local-file.ts";
import type { MachineFacts } from "./machine.ts";
import { estimateMemory, slotsThatFit } from "./memory.ts";
import type { ModelRole } from "./model.ts";
import type { Resident } from "./residents.ts";

export interface AutoOptions {
  models: ModelSettings;
  modelsDir: string;
  machine: () => Promise<MachineFacts>;
  loaded: readonly Resident[];
  memory: AutoMemory;
}

/** What was chosen for a role, and what was installed then: the same choice stands until that changes. */
export type AutoMemory = Map<ModelRole, { installed: string; files: LocalFile[] }>;

/**
 * The installed models that `auto` may mean for a role, the best first. Memory that models hold already counts as theirs, so
 * that loading one does not change the choice. Errors: `model-missing`, `not-enough-memory`, in words.
 */
export async function chooseAuto(role: ModelRole, options: AutoOptions): Promise<LocalFile[]> {
  const files = await installedFiles(options.modelsDir);
  // Encoders write nothing.
  const installed = files.filter(({ entry }) => entry?.kind !== "encoder");
  if (installed.length === 0) {
    throw new AssistantError("no model is installed: run `assistant models pull`", {
      code: "model-missing",
      remedy: "Run `assistant models pull`.",
    });
  }
  const all = await Promise.all(installed.map(async (file) => ({ file, model: await sized(file, options) })));
  // One that cannot be read is tried where there is no other: that gives the reason.
  const readable = all.filter(({ model }) => model.bytes > 0);
  const sizes = readable.length > 0 ? readable : all;
  const signature = sizes.map(({ file, model }) => `${file.path} ${model.bytes}`).join("\n");
  const remembered = options.memory.get(role);
  if (remembered?.installed === signature) return remembered.files;
  const { freeBytes } = await options.machine();
  const room = freeBytes + options.loaded.reduce((sum, { bytes }) => sum + bytes, 0);
  const other = await otherModel(
    role,
    options,
    sizes.map(({ model }) => model),
    room,
  );
  const ranked = rankForRole(
    role,
    sizes.map(({ model }) => model),
    room,
    other,
  );
  const ranking = ranked.flatMap(({ path }) => sizes.filter(({ file }) => file.path === path).map(({ file }) => file));
  if (ranking.length === 0)
    throw nothingFits(
      sizes.map(({ model }) => model),
      room,
    );
  options.memory.set(role, { installed: signature, files: ranking });
  return ranking;
}

/** What the other role will use: the coding role chooses first. Null where it uses none of this machine's memory. */
async function otherModel(
  role: ModelRole,
  options: AutoOptions,
  installed: AutoModel[],
  room: number,
): Promise<AutoModel | null> {
  const other = role === "coding" ? "research" : "coding";
  const [first = "none"] = choiceGroups(options.models[other])[0] ?? [];
  const entry = modelEntry(first);
  if (entry.kind === "auto")
    return role === "coding" ? null : (rankForRole("coding", installed, room, null)[0] ?? null);
  if (entry.kind !== "name" && entry.kind !== "file") return null;
  try {
    const file =
      entry.kind === "name" ? fileNamed(entry.name, options.modelsDir) : fileAt(entry.path, options.modelsDir);
    const model = await sized(file, options);
    // One from elsewhere cannot be shared: `auto` means installed ones.
    return model.bytes === 0 ? null : model;
  } catch {
    return null;
  }
}

/** A file that cannot be read has no bytes. */
async function sized(file: LocalFile, { models, machine }: AutoOptions): Promise<AutoModel> {
  const { path, name, entry } = file;
  const { bytes, header } = await sizeAndHeader(path).catch(() => ({ bytes: 0, header: null }));
  if (header === null) {
    return { path, name, bytes: 0, roles: null, chat: true, leastBytes: 0, mostBytes: 0 };
  }
  const { lora, bytes: adapterBytes } = await adaptersOf(file, models.llama.lora).catch(() => ({ lora: [], bytes: 0 }));
  const options = llamaOptionsOf(models.llama, lora);
  const facts = await machine();
  const plan = memoryPlanOf(options, facts, adapterBytes);
  const model = { bytes, header };
  const most = options.slots === "auto" ? slotsThatFit(model, plan, facts) : options.slots;
  const least = options.slots === "auto" ? 1 : options.slots;
  return {
    path,
    name,
    bytes,
    roles: entry?.roles ?? null,
    chat: entry?.kind !== "base" && header.hasChatTemplate,
    leastBytes: estimateMemory(model, { ...plan, slots: least }).total,
    mostBytes: estimateMemory(model, { ...plan, slots: most }).total,
  };
}

function nothingFits(models: AutoModel[], room: number): AssistantError {
  const chats = models.filter(({ chat }) => chat).sort((a, b) => a.leastBytes - b.leastBytes);
  const [smallest] = chats;
  if (smallest === undefined) {
    return new AssistantError("no installed model can be asked: none has a chat template", {
      code: "no-chat-template",
      remedy: "Install one that was trained for chats: `assistant models recommend`.",
    });
  }
  const need = `${smallest.name}, the smallest, needs about ${Math.round(smallest.leastBytes / 1e6)} MB`;
  return new AssistantError(
    `no installed model fits in the free memory: ${need}, ${Math.round(room / 1e6)} MB are free`,
    {
      code: "not-enough-memory",
      remedy: "Close other programs, or install a smaller model: `assistant models recommend`.",
    },
  );
}
