import { basename } from "node:path";
import { choiceGroups, modelEntry, type ModelChoice, type ModelEntry } from "../config/model-choice.ts";
import type { ModelSettings } from "../config/server-config.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { chooseAuto, type AutoMemory } from "./choose-auto.ts";
import { createCoreBudget, type CoreBudget } from "./core-budget.ts";
import { localLoadable } from "./local-loadable.ts";
import { fileAt, fileNamed, identityOfFile, type LocalFile } from "./local-file.ts";
import { machineFacts, type MachineFacts } from "./machine.ts";
import type { Model, ModelGroup, ModelRole, ModelSource } from "./model.ts";
import { modelClosed } from "./request.ts";
import { createResidents, type Resident } from "./residents.ts";
import { loadScriptedModel } from "./scripted-model.ts";

export interface ModelSourceOptions {
  /** Where `assistant models pull` installs. */
  modelsDir: string;
  models: ModelSettings;
  /** Cores, shared with what else computes in this process. Default: all of the machine, for these models alone. */
  budget?: () => Promise<CoreBudget>;
  /** Default: this machine. */
  machine?: () => Promise<MachineFacts>;
  /** How long a model is waited for that has to make room. */
  roomMs?: number;
}

export interface LocalModelSource extends ModelSource {
  /** What is in this machine's memory now. */
  residents(): Resident[];
}

/**
 * Opens the models that the configuration names, on first use. Roles that choose the same file share it; a model that is
 * installed later is found by the next call, and what failed is tried again. Models that do not fit in memory together are
 * loaded in turns (residents.ts).
 */
export function openModelSource(options: ModelSourceOptions): LocalModelSource {
  const { models, modelsDir, machine = machineFacts } = options;
  const sharedBudget = options.budget ?? openCoreBudget(machine);
  const freeBytes = async () => (await machine()).freeBytes;
  const residents = createResidents({ freeBytes, queue: models.llama.queue, roomMs: options.roomMs });
  const remote = openedOnce();
  const autoMemory: AutoMemory = new Map();

  function openFile(file: LocalFile): Promise<Model> {
    return residents.open(localLoadable(file, { llama: models.llama, machine, budget: sharedBudget }));
  }

  function openEntry(text: string): Promise<Model> {
    const entry = modelEntry(text);
    if (entry.kind === "server") return remote.open(text, () => openServer(entry, models));
    const file = namedFile(text);
    if (file !== null) return openFile(file);
    if (entry.kind === "file") return remote.open(text, () => loadScriptedModel(entry.path));
    throw new TypeError(`${text} is not one model`);
  }

  /** Models that `auto` may mean, the best first, or the one of this name. Errors: `model-missing`, `not-enough-memory`. */
  async function autoFiles(role: ModelRole, named?: string): Promise<LocalFile[]> {
    const files = await chooseAuto(role, { models, modelsDir, machine, loaded: residents.list(), memory: autoMemory });
    return named === undefined ? files : onlyCalled(files, named, role);
  }

  function namedFile(text: string): LocalFile | null {
    return fileOf(modelEntry(text), modelsDir);
  }

  async function groupsOf(entries: string[], role: ModelRole, named?: string): Promise<ModelGroup[]> {
    const [first = "none"] = entries;
    if (first === "none") throw switchedOff();
    if (first === "auto")
      return (await autoFiles(role, named)).map((file) => ({
        name: file.name,
        open: async () => [await openFile(file)],
      }));
    return [{ name: entries.join(", "), open: () => openPeers(entries.map((text) => async () => openEntry(text))) }];
  }

  return {
    async identities(role, named) {
      const [entries = []] = choicesCalled(models[role], named);
      try {
        const files = entries[0] === "auto" ? (await autoFiles(role, named)).slice(0, 1) : entries.map(namedFile);
        const known = await Promise.all(
          files.map(async (file) => file && (await identityOfFile(file, models.llama.lora))),
        );
        return known.every((one) => one !== null) ? known : null;
      } catch (error) {
        // Loading says what is wrong, or finds another one.
        if (error instanceof AssistantError) return null;
        throw error;
      }
    },
    async candidates(role, named) {
      const groups: ModelGroup[] = [];
      const choices = choicesCalled(models[role], named);
      const missing = named !== undefined && choices.length === 0 ? [notOffered(named, role).message] : [];
      for (const entries of choices) {
        // After others `none` is no reason: it says that there is nothing else.
        if (entries[0] === "none" && choices.length > 1) break;
        try {
          const found = await groupsOf(entries, role, named);
          // Later groups are opened when they are asked.
          groups.push(...(groups.length > 0 ? found.slice(0, 1) : await fromFirstOpen(found)));
        } catch (error) {
          missing.push(reasonOf(error, entries));
        }
      }
      return { groups, missing };
    },
    residents: () => residents.list(),
    async close() {
      await Promise.all([residents.close(), remote.close()]);
    },
  };
}

/** The groups of a choice, in order; with a name those that it may mean. */
function choicesCalled(choice: ModelChoice, named: string | undefined): string[][] {
  const groups = choiceGroups(choice);
  return named === undefined ? groups : groups.filter((entries) => entries.some((text) => isCalled(text, named)));
}

/** Errors: `model-missing` where none is called so. */
function onlyCalled(files: LocalFile[], named: string, role: ModelRole): LocalFile[] {
  const found = files.filter(({ name }) => name === named);
  if (found.length === 0) throw notOffered(named, role);
  return found;
}

/** Whether a name may mean an entry: `auto` may be any, which only looking tells. */
function isCalled(text: string, name: string): boolean {
  const entry = modelEntry(text);
  switch (entry.kind) {
    case "auto":
      return true;
    case "none":
      return false;
    case "name":
      return entry.name === name;
    case "file":
      return basename(entry.path).replace(/\.(?:gguf|json)$/i, "") === name;
    case "server":
      return entry.model === name;
  }
}

/** The GGUF file of an entry; null where it means none, or one of several. Errors: `model-missing`. */
function fileOf(entry: ModelEntry, modelsDir: string): LocalFile | null {
  if (entry.kind === "name") return fileNamed(entry.name, modelsDir);
  return entry.kind === "file" && !entry.path.endsWith(".json") ? fileAt(entry.path, modelsDir) : null;
}

/** One over all models of the process, made on first use. */
export function openCoreBudget(machine: () => Promise<MachineFacts> = machineFacts): () => Promise<CoreBudget> {
  let budget: Promise<CoreBudget> | undefined;
  return () => (budget ??= machine().then(({ cores }) => createCoreBudget(cores)));
}

/** The first of several groups that opens. Errors: why the first one does not. */
async function fromFirstOpen(groups: ModelGroup[]): Promise<ModelGroup[]> {
  const failures: unknown[] = [];
  for (const group of groups) {
    try {
      await group.open();
      return [group];
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[0];
}

/** Those of the peers that open. Errors: the first peer's, where none does. */
async function openPeers(peers: (() => Promise<Model>)[]): Promise<Model[]> {
  const opened = await Promise.allSettled(peers.map((open) => open()));
  const models = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (models.length > 0) return models;
  throw opened.find((one) => one.status === "rejected")?.reason;
}

/** Errors: those of `openHttpModel`. */
export async function openServer(entry: { url: string; model: string | null }, models: ModelSettings): Promise<Model> {
  // On demand: its library takes a fifth of a second to read, and most installations have no server.
  const { openHttpModel } = await import("./http-model.ts");
  const { request_seconds: seconds, queue, slots } = models.http;
  return openHttpModel({ ...entry, apiKey: models.apiKey, requestMs: seconds * 1_000, queue, slots });
}

/** Opens each key once; what failed is tried again, after a while where a server did not answer. */
function openedOnce(): { open(key: string, open: () => Promise<Model>): Promise<Model>; close(): Promise<void> } {
  const opened = new Map<string, Promise<Model>>();
  let closed = false;
  const failures = new Map<string, { error: unknown; at: number }>();
  return {
    open(key, open) {
      if (closed) return Promise.reject(modelClosed(key));
      const failed = failures.get(key);
      if (failed && Date.now() - failed.at < limits.serverRetryMs) return Promise.reject(failed.error);
      const opening = opened.get(key) ?? open();
      opened.set(key, opening);
      opening.catch((error: unknown) => {
        opened.delete(key);
        failures.delete(key);
        if (error instanceof AssistantError && error.code === "model-unreachable")
          failures.set(key, { error, at: Date.now() });
      });
      return opening;
    },
    async close() {
      closed = true;
      // What could not be opened needs no closing.
      await Promise.allSettled([...opened.values()].map(async (opening) => (await opening).close()));
    },
  };
}

/** Somebody who does not run the server asked for it: what else there is, is not told. */
function notOffered(name: string, role: ModelRole): AssistantError {
  return new AssistantError(`${name} is not among the models that this server has for ${role}`, {
    code: "model-missing",
    remedy: `Add it to models.${role}, or ask for another one.`,
  });
}

function switchedOff(): AssistantError {
  return new AssistantError("models are switched off", {
    code: "models-off",
    remedy: "Set models.coding or models.research to auto, or to a model.",
  });
}

/** Figures of memory say nothing without the name. */
function reasonOf(error: unknown, entries: string[]): string {
  const message = messageOf(error);
  return error instanceof AssistantError && error.code === "not-enough-memory"
    ? `${entries.join(", ")}: ${message}`
    : message;
}
