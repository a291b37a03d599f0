import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import type { Backend, Mount } from "./backend.ts";

const systemPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const systemFolders = [...systemPath, "/usr/local/lib", "/usr/lib", "/lib"];

/**
 * Folders with tools that are visible inside: those that the configuration names, then where this program's Node.js and the
 * Python on its PATH are installed, unless the system's own folders hold them. A folder that holds a home is never shown.
 */
export async function findTools(configured: string[]): Promise<Backend["tools"]> {
  const found = [nodeFolder(), await pythonFolder()].filter((folder) => folder !== null && !isSystem(folder));
  const folders = [...new Set([...configured, ...found.filter((folder) => folder !== null)])];
  const shown = folders.filter((folder) => existsSync(folder) && !holdsHome(folder));
  const mounts: Mount[] = shown.map((folder) => ({ source: folder, target: folder, writable: false }));
  return { mounts, path: [...shown.map(programsOf), ...systemPath] };
}

/** For example /opt/node, where node is /opt/node/bin/node and npm lies in /opt/node/lib. */
function nodeFolder(): string {
  return dirname(dirname(realpathSync(process.execPath)));
}

/** What the `python3` on PATH says itself: it may be a script that looks for the real one. */
async function pythonFolder(): Promise<string | null> {
  const program = "import sys; print(sys.base_prefix)";
  const answer = await promisify(execFile)("python3", ["-c", program], { timeout: 20_000 }).catch(() => null);
  const folder = answer?.stdout.trim() ?? "";
  return folder.startsWith("/") && existsSync(folder) ? realpathSync(folder) : null;
}

function isSystem(folder: string): boolean {
  return folder === "/usr" || folder === "/usr/local" || folder === "/" || systemFolders.includes(folder);
}

/** Whether it is a home, or something that a home lies in. */
function holdsHome(folder: string): boolean {
  return [homedir(), process.env["ASSISTANT_HOME"] ?? homedir()].some(
    (home) => !relative(folder, home).startsWith("..") || folder === "/",
  );
}

function programsOf(folder: string): string {
  const programs = join(folder, "bin");
  return existsSync(programs) ? programs : folder;
}
