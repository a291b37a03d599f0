import type { ReadFile } from "../edits/edit.ts";

/** What npm needs to install exactly what a lock file says, and nothing else of the repository. */
export interface NpmRequest {
  kind: "npm";
  lock: string;
  /** Manifests and the lock file, by path. */
  files: Record<string, string>;
  /** Folders with a package of the repository: the root (empty) and its workspaces. */
  folders: string[];
  packages: number;
  /** Packages that come with scripts to be run at installation. */
  withScripts: string[];
  legacyPeers: boolean;
}

export type LockRequest<Request> = Request | { kind: "refused"; path: string; reason: string };

const lockNames = ["npm-shrinkwrap.json", "package-lock.json"];

/** Null where the repository has no lock file of npm. `mayUse`: whether a URL's host is allowed. */
export async function readNpmLock(
  read: ReadFile,
  mayUse: (url: string) => boolean,
): Promise<LockRequest<NpmRequest> | null> {
  for (const lock of lockNames) {
    const text = await read(lock);
    if (text !== null) return parseNpmLock(lock, text, read, mayUse);
  }
  return null;
}

interface LockedPackage {
  version?: unknown;
  resolved?: unknown;
  link?: unknown;
  hasInstallScript?: unknown;
}

async function parseNpmLock(
  lock: string,
  text: string,
  read: ReadFile,
  mayUse: (url: string) => boolean,
): Promise<LockRequest<NpmRequest>> {
  const refuse = (reason: string) => ({ kind: "refused", path: lock, reason }) as const;
  const locked = packagesOf(text);
  if (locked === null) return refuse("it is not JSON, or of lockfileVersion 1: write it anew with npm 7 or newer");
  const folders: string[] = [];
  const withScripts: string[] = [];
  let packages = 0;
  for (const [place, entry] of Object.entries(locked)) {
    if (place.split("/").some((part) => part === "..") || place.startsWith("/")) {
      return refuse(`it names a folder outside of the repository: ${place}`);
    }
    if (!place.split("/").includes("node_modules")) folders.push(place);
    else if (entry.link !== true) {
      packages++;
      const problem = sourceProblem(place, entry.resolved, mayUse);
      if (problem !== null) return refuse(problem);
      if (entry.hasInstallScript === true) withScripts.push(nameOf(place));
    }
  }
  const files: Record<string, string> = { [lock]: text };
  for (const folder of folders) {
    const path = folder === "" ? "package.json" : `${folder}/package.json`;
    const manifest = await read(path);
    if (manifest === null) return refuse(`${path} is missing, which it speaks of`);
    files[path] = manifest;
  }
  if (files["package.json"] === undefined) return refuse("package.json is missing");
  const legacyPeers = /^\s*legacy-peer-deps\s*=\s*true\s*$/m.test((await read(".npmrc")) ?? "");
  return { kind: "npm", lock, files, folders, packages, withScripts, legacyPeers };
}

/** Null where it is no lock file with a list of packages (versions 2 and 3). */
function packagesOf(text: string): Record<string, LockedPackage> | null {
  try {
    const { packages } = JSON.parse(text) as { packages?: unknown };
    return typeof packages === "object" && packages !== null ? (packages as Record<string, LockedPackage>) : null;
  } catch {
    return null;
  }
}

/** npm itself puts the configured registry in the place of its own default. */
const npmDefault = "https://registry.npmjs.org/";

function sourceProblem(place: string, resolved: unknown, mayUse: (url: string) => boolean): string | null {
  if (resolved === undefined) return null;
  if (typeof resolved !== "string") return `it does not say where ${nameOf(place)} comes from`;
  if (resolved.startsWith(npmDefault)) return null;
  if (!/^https?:/.test(resolved)) return `${nameOf(place)} comes from ${resolved.slice(0, 200)}, not from a registry`;
  if (mayUse(resolved)) return null;
  return `${nameOf(place)} comes from ${resolved.slice(0, 200)}, which is not among the allowed registries`;
}

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
}
