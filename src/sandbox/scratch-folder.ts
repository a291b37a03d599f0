import { createHash } from "node:crypto";
import { lstat, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { limits } from "../shared/limits.ts";
import { removeFolder } from "./disk-use.ts";

/** What makes a process one of its kind: a number alone is given to another one sooner or later. */
interface Owner {
  /** The machine's boot and the process namespace that `pid` counts in. */
  where: string;
  pid: number;
  /** Ticks from the boot to the process's start, as /proc has them. */
  started: string;
}

const ownerFile = "owner";
const pattern = /^assistant-(?:sandbox|index)-[\w-]+$/;

/** Makes a folder that a later process removes, should this one be killed. Nothing of it may be visible inside a sandbox but folders below it. */
export async function makeScratchFolder(
  parent: string,
  name: "sandbox" | "sandbox-probe" | "sandbox-io" | "index",
): Promise<string> {
  const folder = await mkdtemp(join(parent, `assistant-${name}-`));
  const owner = thisProcess();
  if (owner !== null) await writeFile(join(folder, ownerFile), JSON.stringify(owner), { mode: 0o600 });
  return folder;
}

const swept = new Map<string, Promise<void>>();

/** Removes what processes left there that are gone, once in the life of this one. Never fails. */
export function sweepOnce(parent: string): Promise<void> {
  const known = swept.get(parent) ?? sweepScratchFolders(parent).then(() => {});
  swept.set(parent, known);
  return known;
}

/**
 * Removes the folders of processes that are gone. Where nobody can tell (the owner is in another container, or was
 * killed before it could sign) a folder goes when it is older than any work lasts.
 * @returns what was removed
 */
export async function sweepScratchFolders(parent: string): Promise<string[]> {
  const names = await readdir(parent).catch(() => []);
  const removed: string[] = [];
  for (const name of names.filter((one) => pattern.test(one))) {
    const folder = join(parent, name);
    if (!(await isLeft(folder))) continue;
    await removeFolder(folder);
    removed.push(folder);
  }
  return removed;
}

async function isLeft(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => null);
  // In a folder for everybody others may make one of that name, or a link.
  if (found?.isDirectory() !== true || found.uid !== process.getuid?.()) return false;
  const owner = await readOwner(folder);
  if (owner === null || owner.where !== thisProcess()?.where)
    return Date.now() - found.mtimeMs > limits.scratchFolderMs;
  return startOf(owner.pid) !== owner.started;
}

async function readOwner(folder: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(join(folder, ownerFile), "utf8")) as Owner;
  } catch {
    return null;
  }
}

/** This process, in letters that the name of a container may have. */
export function ownerName(): string {
  const owner = thisProcess();
  return owner === null ? "0-0-0" : `${placeName(owner)}-${owner.pid}-${owner.started}`;
}

/** Whether a name begins with that of a process which is gone; false where nobody here can tell. */
export function isOwnerGone(name: string): boolean {
  const [place, pid, started] = name.split("-");
  const owner = thisProcess();
  return owner !== null && place === placeName(owner) && startOf(Number(pid)) !== started;
}

function placeName({ where }: Owner): string {
  return createHash("sha256").update(where).digest("hex").slice(0, 8);
}

let own: Owner | null | undefined;

/** Null where there is no /proc. */
function thisProcess(): Owner | null {
  own ??= readThisProcess();
  return own;
}

function readThisProcess(): Owner | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const started = startOf(process.pid);
    return started === null
      ? null
      : { where: `${boot} ${readlinkSync("/proc/self/ns/pid")}`, pid: process.pid, started };
  } catch {
    return null;
  }
}

/** Null where there is no such process. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in brackets and may hold anything; the start is the 22nd field.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
