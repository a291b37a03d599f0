import { existsSync } from "node:fs";
import { lstat, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Mount } from "./backend.ts";
import { cached, failureOf, type InstallContext, type Installation } from "./install-step.ts";
import { makeFolder } from "./make-folder.ts";
import type { NpmRequest } from "./npm-lock.ts";
import { type PreparedDependencies, treeInside } from "./sandbox.ts";

/** Folders in node_modules that tools of the JavaScript world write to. */
const caches = [".cache", ".vite", ".vite-temp", ".vitest"];

/** Installs what a lock file of npm asks for; `npm ci` without scripts, then the scripts without network. */
export async function installNpm(request: NpmRequest, context: InstallContext): Promise<PreparedDependencies> {
  const { lock, files, packages, withScripts, legacyPeers, folders } = request;
  const nothing: PreparedDependencies = { mounts: [], path: [], env: {}, notes: [], refused: [] };
  if (packages === 0) return nothing;
  const scriptNotes: string[] = [];
  const registry = [context.registries.npm, context.registries.scopes];
  const installed = await cached(context, ["npm", files, legacyPeers, registry], async (installation, result) => {
    context.onProgress(`installing ${count(packages)} of ${lock}`);
    const reason = await install(request, context, installation);
    if (reason !== null) return reason;
    if (withScripts.length > 0) {
      context.onProgress(`running install scripts of ${withScripts.slice(0, 3).join(", ")} without network`);
      scriptNotes.push(...(await runScripts(request, installation)));
    }
    await keep(installation.place.tree, folders, result);
    return null;
  });
  if (installed.folder === null) return { ...nothing, refused: [{ path: lock, reason: installed.reason }] };
  const { folder } = installed;
  const kept = folders.filter((name) => existsSync(join(folder, indexOf(folders, name))));
  const inside = (name: string) => join(treeInside, name, "node_modules");
  return {
    mounts: kept.map((name) => ({ source: join(folder, indexOf(folders, name)), target: inside(name) })),
    scratch: kept.flatMap((name) => caches.map((cache) => join(inside(name), cache))),
    path: [join(inside(""), ".bin")],
    env: {},
    notes: [`npm: ${count(packages)} of ${lock}${installed.fresh ? "" : ", installed before"}`, ...scriptNotes],
    refused: [],
  };
}

function count(packages: number): string {
  return packages === 1 ? "1 package" : `${packages} packages`;
}

/** Null where it worked, else the reason. */
async function install(
  { files, legacyPeers }: NpmRequest,
  { registries }: InstallContext,
  { place, run }: Installation,
): Promise<string | null> {
  for (const [path, text] of Object.entries(files)) {
    await makeFolder(place.tree, path.split("/").slice(0, -1));
    await writeFile(join(place.tree, path), text);
  }
  const { npm, scopes, certificates } = registries;
  const certificateMounts: Mount[] =
    certificates.npm === null ? [] : [{ source: certificates.npm, target: "/registries.pem", writable: false }];
  const scoped = Object.entries(scopes).map(([name, url]) => `--${name}=${url}`);
  const result = await run({
    argv: ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...scoped],
    network: true,
    mounts: certificateMounts,
    env: {
      ...withoutOwnSettings,
      npm_config_registry: npm,
      npm_config_legacy_peer_deps: String(legacyPeers),
      // npm's own waits add up to minutes where a registry refuses.
      npm_config_fetch_retry_mintimeout: "500",
      npm_config_fetch_retry_maxtimeout: "5000",
      ...(certificates.npm === null ? {} : { NODE_EXTRA_CA_CERTS: "/registries.pem" }),
    },
  });
  return result.exitCode === 0 ? null : `npm ci failed: ${failureOf(result)}`;
}

/** Neither the user's nor the machine's own settings: they may hold tokens. */
const withoutOwnSettings = {
  npm_config_userconfig: "/tmp/npmrc",
  npm_config_globalconfig: "/tmp/global-npmrc",
  npm_config_cache: "/tmp/npm-cache",
};

/** Without network; what fails there is told, since most packages do without what their script adds. */
async function runScripts({ withScripts }: NpmRequest, { run }: Installation): Promise<string[]> {
  const prefix = dirname(dirname(process.execPath));
  // With the headers of this Node.js at hand even add-ons are compiled.
  const headers: Record<string, string> = {};
  if (existsSync(join(prefix, "include/node/node.h"))) headers["npm_config_nodedir"] = prefix;
  const notes: string[] = [];
  for (const name of new Set(withScripts)) {
    const result = await run({
      argv: ["npm", "rebuild", "--loglevel=error", "--foreground-scripts", name],
      network: false,
      env: { ...withoutOwnSettings, ...headers },
    });
    if (result.exitCode !== 0)
      notes.push(`npm: the install script of ${name} failed without network: ${failureOf(result)}`);
  }
  return notes;
}

/** Moves the folders of packages out of the place. Only real folders: a script may have put links there. */
async function keep(tree: string, folders: string[], result: string): Promise<void> {
  for (const name of folders) {
    const source = join(tree, name, "node_modules");
    const found = await lstat(source).catch(() => null);
    if (found?.isDirectory() !== true) continue;
    for (const cache of caches) await makeFolder(source, [cache]);
    await rename(source, join(result, indexOf(folders, name)));
  }
}

function indexOf(folders: string[], name: string): string {
  return String(folders.indexOf(name));
}
