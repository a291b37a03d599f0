import { createHash } from "node:crypto";
import { chown, mkdir, readdir, rename, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { Backend, Mount } from "./backend.ts";
import { removeFolder } from "./disk-use.ts";
import { environmentInside, limitsOf, openPlace, type Place } from "./open-sandbox.ts";
import { type RegistryProxy, startRegistryProxy } from "./registry-proxy.ts";
import type { Registries } from "./registries.ts";
import { type ConfinedRun, runConfined } from "./run-confined.ts";
import { treeInside } from "./sandbox.ts";

export interface InstallContext {
  backend: Backend;
  registries: Registries;
  cache: string;
  signal: AbortSignal | undefined;
  onProgress: (line: string) => void;
}

/** A step of an installation; its network is the allowed registries, or nothing. */
export interface InstallStep {
  argv: string[];
  network: boolean;
  env: Record<string, string>;
  mounts?: Mount[];
}

/** What one installation is made in: a place with nothing of the repository but what is written there. */
export interface Installation {
  place: Place;
  run: (step: InstallStep) => Promise<ConfinedRun>;
}

export type Installed = { folder: string; fresh: boolean } | { folder: null; reason: string };

const installing = new Map<string, Promise<Installed>>();

/**
 * A folder of the cache, by everything that decides what it holds. Where it is missing, `install` fills one; a failure is
 * not kept. Two who ask at once share one installation.
 */
export async function cached(
  context: InstallContext,
  decisive: unknown,
  install: (installation: Installation, folder: string) => Promise<string | null>,
): Promise<Installed> {
  const key = createHash("sha256")
    .update(JSON.stringify([layout, process.platform, process.arch, process.version, decisive]))
    .digest("hex");
  const folder = join(context.cache, key);
  if ((await stat(folder).catch(() => null)) !== null) {
    await utimes(folder, new Date(), new Date());
    return { folder, fresh: false };
  }
  const running = installing.get(folder) ?? make(context, folder, install);
  installing.set(folder, running);
  try {
    return await running;
  } finally {
    installing.delete(folder);
  }
}

/** Raised when the same lock file has to be installed anew. */
const layout = 1;

async function make(
  context: InstallContext,
  folder: string,
  install: (installation: Installation, folder: string) => Promise<string | null>,
): Promise<Installed> {
  await removeOld(context.cache);
  // In the cache itself, so that the result is moved and not copied.
  const place = await openPlace(context.backend, context.cache);
  try {
    const result = join(place.root, "result");
    await mkdir(result);
    const reason = await install({ place, run: (step) => runStep(context, place, step) }, result);
    if (reason !== null) return { folder: null, reason };
    // Whoever came first in another process has put the same there.
    await rename(result, folder).catch(() => stat(folder));
    return { folder, fresh: true };
  } catch (error) {
    if (context.signal?.aborted === true || error instanceof AssistantError) throw error;
    return { folder: null, reason: messageOf(error) };
  } finally {
    await removeFolder(place.root);
  }
}

/** What nobody has used for the longest time, beyond a number; not what a sandbox may still use. */
async function removeOld(cache: string): Promise<void> {
  const entries = await Promise.all(
    (await readdir(cache)).map(async (name) => ({
      path: join(cache, name),
      time: (await stat(join(cache, name))).mtimeMs,
    })),
  );
  const aged = entries.toSorted((a, b) => b.time - a.time).slice(limits.dependencyFolders);
  const old = aged.filter(({ time }) => Date.now() - time > limits.dependencyKeepMs);
  for (const { path } of old) await removeFolder(path);
}

async function runStep(context: InstallContext, place: Place, step: InstallStep): Promise<ConfinedRun> {
  const { backend, registries, signal } = context;
  await place.handOver();
  for (const { source, writable } of step.mounts ?? []) {
    if (writable && place.owner !== null) await chown(source, place.owner, place.owner);
  }
  const proxy = step.network ? await openProxy(place, registries.allowed) : null;
  try {
    const run = await runConfined(
      backend,
      {
        mounts: [...place.mounts, ...backend.tools.mounts, ...(step.mounts ?? []), ...(proxy?.mounts ?? [])],
        env: { ...environmentInside(backend.tools.path), ...(proxy === null ? {} : online), ...step.env },
        cwd: treeInside,
        argv: proxy === null ? step.argv : ["node", "-e", forwarder, ...step.argv],
        owner: place.owner,
        limits: limitsOf({}),
      },
      { timeoutMs: limits.dependencyInstallMs, signal, disk: { folder: place.root, before: place.before() } },
    );
    const refused = proxy?.refused() ?? [];
    const said = refused.length === 0 ? "" : `\nnot among the allowed registries: ${refused.slice(0, 5).join(", ")}`;
    return {
      ...run,
      outputTail: `${run.outputTail}${said}`,
      errorLines: [...refusalLines(refused), ...run.errorLines],
    };
  } finally {
    await proxy?.close();
  }
}

function refusalLines(refused: string[]): string[] {
  return refused.slice(0, 5).map((target) => `${target} is not among the allowed registries`);
}

async function openProxy(place: Place, allowed: Set<string>): Promise<RegistryProxy & { mounts: Mount[] }> {
  const folder = join(place.root, "proxy");
  await mkdir(folder, { recursive: true });
  const proxy = await startRegistryProxy(join(folder, `${socketCount++}`), allowed);
  const source = join(folder, `${socketCount - 1}`);
  return { ...proxy, mounts: [{ source, target: socketInside, writable: false }] };
}

let socketCount = 0;
const socketInside = "/registries";
const proxyInside = "http://127.0.0.1:3128";
const online: Record<string, string> = {
  HTTP_PROXY: proxyInside,
  HTTPS_PROXY: proxyInside,
  http_proxy: proxyInside,
  https_proxy: proxyInside,
  npm_config_offline: "false",
  PIP_NO_INDEX: "0",
};

/** Inside there is no network but a loopback: what arrives at its one port goes through the socket to the proxy. */
const forwarder = `
const { connect, createServer } = require("node:net");
const { spawn } = require("node:child_process");
const server = createServer((client) => {
  const proxy = connect("${socketInside}");
  client.on("error", () => proxy.destroy());
  proxy.on("error", () => client.destroy());
  client.pipe(proxy).pipe(client);
});
server.listen(3128, "127.0.0.1", () => {
  const [program, ...args] = process.argv.slice(1);
  const child = spawn(program, args, { stdio: "inherit" });
  child.on("error", (error) => { console.error(error.message); process.exit(127); });
  child.on("exit", (code) => process.exit(code ?? 1));
});
`;

/** Why a step failed, in one line of the tool's own words. */
export function failureOf(run: ConfinedRun): string {
  if (run.limitHit !== null) return `it went beyond the limit on ${run.limitHit}`;
  const last = run.outputTail.trim().split("\n").at(-1) ?? "";
  const said = run.startFailure ?? run.errorLines.slice(0, 3).join("; ");
  return said || last || `it ended with ${run.exitCode ?? run.signal}`;
}
