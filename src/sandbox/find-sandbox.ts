import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { Backend } from "./backend.ts";
import { bubblewrap, bubblewrapModes } from "./bubblewrap.ts";
import { findContainer } from "./container.ts";
import { bubblewrapMissing, explainFailure } from "./remedies.ts";
import { runConfined } from "./run-confined.ts";
import type { SandboxSettings } from "./sandbox.ts";
import { makeScratchFolder } from "./scratch-folder.ts";
import { findTools } from "./tools.ts";

export type FoundSandbox = { backend: Backend } | NoSandbox;

export interface NoSandbox {
  backend: null;
  /** What was tried, and how it failed. */
  reason: string;
  remedy: string;
}

export const defaultSandboxSettings: SandboxSettings = { registries: [], tools: [] };

const found = new Map<string, Promise<FoundSandbox>>();

/**
 * The best sandbox that really runs on this machine: bubblewrap, else a rootless container with the configured image. Tried
 * once per process and settings; a failure is tried again.
 */
export async function findBackend(settings: SandboxSettings = defaultSandboxSettings): Promise<FoundSandbox> {
  const key = JSON.stringify([settings.tools, settings.image]);
  const known = found.get(key) ?? search(settings);
  found.set(key, known);
  const result = await known;
  if (result.backend === null) found.delete(key);
  return result;
}

/** For people: what runs a repository's commands here, or why nothing can. */
export async function findSandbox(
  settings?: SandboxSettings,
): Promise<{ description: string } | { description: null; reason: string; remedy: string }> {
  const result = await findBackend(settings);
  if (result.backend !== null) return { description: result.backend.description };
  return { description: null, reason: result.reason, remedy: result.remedy };
}

async function search(settings: SandboxSettings): Promise<FoundSandbox> {
  const confined = await findBubblewrap(settings.tools);
  if (confined.backend !== null) return confined;
  const contained = await findContainer(settings.image, works);
  if (contained.backend !== null) return contained;
  return { ...confined, reason: `${confined.reason}; ${contained.reason}` };
}

async function findBubblewrap(configuredTools: string[]): Promise<FoundSandbox> {
  if (process.platform !== "linux") return { backend: null, ...bubblewrapMissing(process.platform) };
  const version = await promisify(execFile)("bwrap", ["--version"]).catch(() => null);
  if (version === null) return { backend: null, ...bubblewrapMissing(process.platform) };
  const tools = await findTools(configuredTools);
  const number = version.stdout.trim().split(" ").at(-1) ?? "";
  let failure = "";
  for (const mode of bubblewrapModes()) {
    const backend = bubblewrap({ version: number, mode, tools });
    const problem = await works(backend);
    if (problem === null) return { backend };
    failure = problem;
  }
  return { backend: null, ...explainFailure(failure) };
}

/** Null where it runs a command, else how it failed. */
async function works(backend: Backend): Promise<string | null> {
  const folder = await makeScratchFolder(tmpdir(), "sandbox-probe");
  const { sandboxProcesses: processes, sandboxDiskBytes: diskBytes, sandboxMemoryBytes: memoryBytes } = limits;
  try {
    const run = await runConfined(
      backend,
      {
        mounts: backend.tools.mounts,
        env: { PATH: backend.tools.path.join(":") },
        cwd: "/",
        argv: ["true"],
        owner: backend.newOwner(),
        limits: { processes, diskBytes, memoryBytes },
      },
      { timeoutMs: limits.sandboxProbeMs, disk: { folder, before: 0 } },
    );
    if (run.startFailure !== null) return run.startFailure;
    return run.exitCode === 0 ? null : run.outputTail.trim() || `it ended with ${run.exitCode ?? run.signal}`;
  } catch (error) {
    return messageOf(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
