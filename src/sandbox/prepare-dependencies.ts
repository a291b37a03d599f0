import { mkdir } from "node:fs/promises";
import type { ReadFile } from "../edits/edit.ts";
import { defaultSandboxSettings } from "./find-sandbox.ts";
import { readNpmLock } from "./npm-lock.ts";
import { requireBackend } from "./open-sandbox.ts";
import { otherLocks } from "./other-locks.ts";
import { readPipLock } from "./pip-lock.ts";
import { installNpm } from "./install-npm.ts";
import { installPip } from "./install-pip.ts";
import type { InstallContext } from "./install-step.ts";
import { findRegistries } from "./registries.ts";
import type { PreparedDependencies, SandboxSettings } from "./sandbox.ts";

export interface PrepareOptions {
  /** Folder that keeps what was installed, one folder a lock file. */
  cache: string;
  settings?: SandboxSettings;
  signal?: AbortSignal;
  /** A line for people, when a step begins. */
  onProgress?: (line: string) => void;
}

/**
 * Installs what the lock files at the root of the base branch ask for, once per lock file: npm's (package-lock.json,
 * npm-shrinkwrap.json) and exact versions for pip (requirements*.txt, Pipfile.lock). The package managers run in a sandbox
 * of their own, which holds the lock file and the manifests alone, and reaches the allowed registries alone; no code of a
 * package runs there. Install scripts run afterwards, without network. `read` has to read the base branch: a change must
 * not choose what is installed for it.
 *
 * What cannot be prepared stands in `refused` with the reason; it throws AssistantError `no-sandbox` and the signal's reason
 * alone.
 */
export async function prepareDependencies(read: ReadFile, options: PrepareOptions): Promise<PreparedDependencies> {
  const settings = options.settings ?? defaultSandboxSettings;
  const backend = await requireBackend(settings);
  options.signal?.throwIfAborted();
  const registries = await findRegistries(settings);
  await mkdir(options.cache, { recursive: true });
  const context: InstallContext = {
    backend,
    registries,
    cache: options.cache,
    signal: options.signal,
    onProgress: options.onProgress ?? (() => {}),
  };
  const mayUse = (url: string): boolean => {
    if (!URL.canParse(url)) return false;
    const { hostname, port, protocol } = new URL(url);
    return registries.allowed.has(`${hostname}:${port || (protocol === "http:" ? "80" : "443")}`);
  };
  const npm = await readNpmLock(read, mayUse);
  const pip = await readPipLock(read, mayUse);
  const parts: PreparedDependencies[] = [];
  if (npm?.kind === "npm") parts.push(await installNpm(npm, context));
  if (pip?.kind === "pip") parts.push(await installPip(pip, context));
  const refused = [npm, pip].flatMap((request) =>
    request?.kind === "refused" ? [{ path: request.path, reason: request.reason }] : [],
  );
  const others = await otherLocks(read, { npm: npm !== null, pip: pip !== null });
  return together([...parts, { ...nothing, refused: [...refused, ...others] }]);
}

const nothing: PreparedDependencies = { mounts: [], scratch: [], path: [], env: {}, notes: [], refused: [] };

function together(parts: PreparedDependencies[]): PreparedDependencies {
  return {
    mounts: parts.flatMap(({ mounts }) => mounts),
    scratch: parts.flatMap(({ scratch }) => scratch ?? []),
    path: parts.flatMap(({ path }) => path),
    env: Object.assign({}, ...parts.map(({ env }) => env)) as Record<string, string>,
    notes: parts.flatMap(({ notes }) => notes),
    refused: parts.flatMap(({ refused }) => refused),
  };
}
