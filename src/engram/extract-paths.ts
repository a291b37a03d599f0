import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { AssistantError } from "../shared/errors.ts";

/**
 * Refuses paths that would lead outside of a folder or into git's own: an engram is a file that anybody may have made.
 * Errors: AssistantError `extract-escape`.
 */
export function checkPaths(root: string, files: readonly { path: string; mode: string }[]): void {
  const leaves = new Set(files.map(({ path }) => path));
  const folders = new Set<string>();
  for (const { path } of files) {
    const reason = refusal(path);
    if (reason !== null) throw refused(path, reason);
    for (const folder of parents(path)) {
      if (leaves.has(folder)) throw refused(path, `${folder} is a file or a link in the same engram`);
      folders.add(folder);
    }
  }
  for (const folder of folders) {
    const stat = lstatSync(join(root, folder), { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) throw refused(folder, "the folder is a symbolic link on this disk");
    if (stat !== undefined && !stat.isDirectory()) throw refused(folder, "a file stands there on this disk");
  }
}

/**
 * Refuses symbolic links that lead outside of the folder, also by way of each other or of links that are there already.
 * Errors: AssistantError `extract-escape`.
 * @param links targets by path
 * @param files paths that will be plain files
 */
export function checkLinks(root: string, links: ReadonlyMap<string, string>, files: ReadonlySet<string>): void {
  const linkAt = (path: string) => links.get(path) ?? (files.has(path) ? null : linkOnDisk(join(root, path)));
  for (const [path, target] of links) {
    if (target.includes("\0")) throw refused(path, "its target holds a NUL");
    if (leadsOutside(path, target, linkAt)) {
      throw refused(path, `the link leads to ${JSON.stringify(target)}, outside of the folder`);
    }
  }
}

/** Windows takes `\` for `/` and a letter with a colon for a drive; an engram may be extracted there. */
function refusal(path: string): string | null {
  if (path === "" || path.includes("\0")) return "it is no path";
  if (/^[/\\]/.test(path) || /^[A-Za-z]:/.test(path)) return "it is absolute";
  const parts = path.split(/[/\\]/);
  if (parts.includes("..")) return "it leads upwards";
  if (path.split("/").some((part) => part === "" || part === ".")) return "it is not in its plain form";
  if (process.platform === "win32" && path.includes("\\")) return "it holds a backslash";
  // Hooks and configuration in there are programs that git runs.
  if (parts.some((part) => /^(\.git|git~1)[. ]*$/i.test(part))) return "it leads into a .git folder";
  return null;
}

function parents(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

/** More links than any system follows for one path: whoever opens it gets an error, and nothing else. */
const followedLinks = 64;

function leadsOutside(path: string, target: string, linkAt: (path: string) => string | null): boolean {
  let followed = 0;
  const walk = (from: readonly string[], to: string): readonly string[] | null => {
    const plain = process.platform === "win32" ? to.replaceAll("\\", "/") : to;
    if (plain.startsWith("/") || /^[A-Za-z]:/.test(plain)) return null;
    let at = from;
    for (const part of plain.split("/")) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (at.length === 0) return null;
        at = at.slice(0, -1);
        continue;
      }
      const next = [...at, part];
      const link = linkAt(next.join("/"));
      if (link === null || ++followed > followedLinks) {
        at = next;
        continue;
      }
      const there = walk(at, link);
      if (there === null) return null;
      at = there;
    }
    return at;
  };
  return walk(path.split("/").slice(0, -1), target) === null;
}

function linkOnDisk(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null; // not there, or no link
  }
}

function refused(path: string, reason: string): AssistantError {
  return new AssistantError(`${JSON.stringify(path)} is not extracted: ${reason}`, {
    code: "extract-escape",
    remedy: "Nothing was written. Take the files that you trust with --only, or extract into another folder.",
  });
}
