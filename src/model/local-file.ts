import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { ModelSettings } from "../config/server-config.ts";
import { AssistantError } from "../shared/errors.ts";
import { type CatalogueEntry, findInCatalogue } from "./catalogue.ts";
import { type GgufHeader, readGgufHeader } from "./gguf-header.ts";
import { installedGpuBackends } from "./gpu-binaries.ts";
import { installedModels, installedPath } from "./installed.ts";
import type { LlamaOptions } from "./llama-options.ts";
import type { MachineFacts } from "./machine.ts";
import type { MemoryPlan } from "./memory.ts";
import type { ModelIdentity } from "./model.ts";
import { expectedInstalled, pinAtFirstUse } from "./pin.ts";
import type { ExpectedWeights, Weights } from "./weights.ts";

/** A GGUF file that the configuration means. */
export interface LocalFile {
  path: string;
  name: string;
  /** Undefined for a file that the catalogue does not know. */
  entry: CatalogueEntry | undefined;
  /** Whether it lies where `assistant models pull` installs. */
  installed: boolean;
}

/** The file of a path. */
export function fileAt(path: string, modelsDir: string): LocalFile {
  const absolute = resolve(path);
  const installed = dirname(absolute) === resolve(modelsDir);
  const name = basename(absolute, ".gguf");
  // Elsewhere a file's name says nothing: it may be somebody's own.
  return { path: absolute, name, entry: installed ? findInCatalogue(name) : undefined, installed };
}

/** The file of a name. Errors: `model-missing`. */
export function fileNamed(name: string, modelsDir: string): LocalFile {
  const entry = findInCatalogue(name);
  const path = installedPath(modelsDir, entry?.name ?? name);
  if (existsSync(path)) return { path, name: entry?.name ?? name, entry, installed: true };
  if (entry !== undefined) {
    throw new AssistantError(`${entry.name} is not installed: run \`assistant models pull ${entry.name}\``, {
      code: "model-missing",
      remedy: `Run \`assistant models pull ${entry.name}\`.`,
    });
  }
  throw new AssistantError(`there is no model named ${name}: neither in the catalogue nor at ${path}`, {
    code: "model-missing",
    remedy: "Choose a name from `assistant models list`, or give the path of a GGUF file.",
  });
}

export async function installedFiles(modelsDir: string): Promise<LocalFile[]> {
  const models = await installedModels(modelsDir);
  return models.map(({ path, entry }) => ({ ...fileAt(path, modelsDir), entry }));
}

/** A file's size and head, read once for each version of it. Errors: RangeError, or the file system's. */
export async function sizeAndHeader(path: string): Promise<{ bytes: number; header: GgufHeader }> {
  const { size, mtimeMs, ino } = await stat(path);
  const key = `${path}\0${size}\0${mtimeMs}\0${ino}`;
  const header = headers.get(key) ?? (await readGgufHeader(path));
  headers.set(key, header);
  if (headers.size > headersKept) headers.delete([...headers.keys()][0] as string);
  return { bytes: size, header };
}

const headers = new Map<string, GgufHeader>();
const headersKept = 200;

/** What the file must be, by the catalogue or by what it was when it was first used. */
export function expectedOf(file: LocalFile): Promise<ExpectedWeights> {
  return file.installed ? expectedInstalled(file.path, file.entry) : Promise.resolve({});
}

/** Who it will be once it is loaded; null where its digest is not written down yet. Errors: `pin-invalid`, `adapter-missing`. */
export async function identityOfFile(
  file: LocalFile,
  lora: ModelSettings["llama"]["lora"],
): Promise<ModelIdentity | null> {
  const { sha256 = null } = await expectedOf(file);
  if (sha256 === null) return null;
  // With an adapter over it, it is another model, which nobody knows.
  const isPlain = (await adaptersOf(file, lora)).lora.length === 0;
  return { name: file.name, sha256: isPlain ? sha256 : null, backend: "llama" };
}

/** Remembers what an installed file is. A folder that cannot be written to stays without. */
export async function pin(file: LocalFile, weights: Pick<Weights, "bytes" | "sha256">): Promise<void> {
  if (file.installed) await pinAtFirstUse(file.path, file.entry, weights).catch(() => {});
}

/** The adapters that the configuration lays over this file. Errors: `adapter-missing`. */
export async function adaptersOf(file: LocalFile, lora: ModelSettings["llama"]["lora"]): Promise<Adapters> {
  const mine = lora.filter(({ model }) => model === undefined || [file.name, file.path].includes(model));
  let bytes = 0;
  for (const { path } of mine) {
    const found = await stat(path).catch(() => null);
    if (!found?.isFile()) {
      throw new AssistantError(`there is no adapter at ${path}`, {
        code: "adapter-missing",
        remedy: "Correct its path under models.llama.lora.",
      });
    }
    bytes += found.size;
  }
  return { lora: mine.map(({ path, scale }) => ({ path, scale })), bytes };
}

export interface Adapters {
  lora: LlamaOptions["lora"];
  bytes: number;
}

/** The configuration's `llama` section as the back end takes it. */
export function llamaOptionsOf(llama: ModelSettings["llama"], lora: LlamaOptions["lora"]): LlamaOptions {
  return {
    contextTokens: llama.context_tokens,
    slots: llama.slots,
    gpu: llama.gpu,
    gpuLayers: llama.gpu_layers,
    mmap: llama.mmap,
    mlock: llama.mlock,
    numa: llama.numa,
    kvType: llama.kv_type,
    flashAttention: llama.flash_attention,
    lora,
    requestMs: llama.request_seconds * 1_000,
    queue: llama.queue,
  };
}

/** How much of it goes where, before it is known how many slots there will be. */
export function memoryPlanOf(
  options: LlamaOptions,
  machine: MachineFacts,
  adapterBytes: number,
): Omit<MemoryPlan, "slots"> {
  const { contextTokens, kvType, flashAttention, gpuLayers, gpu } = options;
  const usesGpu = gpu !== false && gpuLayers !== 0 && installedGpuBackends().length > 0;
  const gpuBytes = usesGpu ? machine.gpus.reduce((sum, { freeBytes }) => sum + freeBytes, 0) : 0;
  return { contextTokens, kvType, flashAttention, gpuLayers, gpuBytes, adapterBytes };
}
