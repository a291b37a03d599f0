import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { limits } from "../shared/limits.ts";
import type { ConfinedLimits } from "./backend.ts";
import { diskUse } from "./disk-use.ts";
import type { SandboxLimit } from "./sandbox.ts";

export interface Watched {
  /** Process id of the sandbox's first process as this machine counts; null until it is known, or where it cannot be. */
  firstProcess: () => number | null;
  /** All that may be written lies below it. */
  folder: string;
  /** What lay there before, in bytes; it does not count. */
  before: number;
  limits: ConfinedLimits;
  /** Called once. */
  onLimit: (limit: SandboxLimit) => void;
}

/**
 * Sums what the processes of a sandbox use, several times a second, and tells when it is too much: anonymous and shared
 * memory of all processes from /proc, their number, and what the folder has grown by. It works without control groups,
 * which a plain user or a container seldom may set up. Returns a function that ends the watch.
 */
export function watch({ firstProcess, folder, before, limits: caps, onLimit }: Watched): () => void {
  const disk = watchDisk(folder, before, caps.diskBytes);
  let over = false;
  const timer = setInterval(() => {
    if (over) return;
    const first = firstProcess();
    const hit = (first === null ? null : processLimit(first, caps)) ?? machineLimit() ?? disk();
    if (hit === null) return;
    over = true;
    onLimit(hit);
  }, limits.sandboxWatchMs);
  return () => clearInterval(timer);
}

function processLimit(first: number, caps: ConfinedLimits): SandboxLimit | null {
  const tree = processesBelow(first);
  if (tree.reduce((sum, { threads }) => sum + threads, 0) > caps.processes) return "processes";
  if (memoryOf(tree) <= caps.memoryBytes) return null;
  // Pages that a parent shares with its children were counted once for each; the exact figure is slower to get.
  const exact = tree.map(({ pid }) => proportionalMemory(pid));
  if (exact.includes(null)) return "memory";
  return exact.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0) > caps.memoryBytes ? "memory" : null;
}

/** What no process is charged for (buffers of sockets, pipes) shows in the machine's memory alone. */
function machineLimit(): SandboxLimit | null {
  const available = field(read("/proc/meminfo"), "MemAvailable");
  return available !== null && available < limits.sandboxMachineMemoryBytes ? "memory" : null;
}

/** Looks often at the file system as a whole, which is cheap, and at the folder when that has changed, or now and then. */
function watchDisk(folder: string, before: number, bytes: number): () => SandboxLimit | null {
  const start = statfsSync(folder);
  let freeWhenSummed = start.bavail * start.bsize;
  let summedAt = Date.now();
  let summing = false;
  let over = false;
  return () => {
    const { bavail, bsize, ffree } = statfsSync(folder);
    const free = bavail * bsize;
    if (free < limits.sandboxMachineDiskBytes || start.ffree - ffree > limits.sandboxFiles) return "disk";
    const due = freeWhenSummed - free > bytes / 8 || Date.now() - summedAt > limits.sandboxDiskEveryMs;
    if (due && !summing) {
      summing = true;
      freeWhenSummed = free;
      void diskUse(folder).then((used) => {
        over = used - before > bytes;
        summedAt = Date.now();
        summing = false;
      });
    }
    return over ? "disk" : null;
  };
}

interface ProcessUse {
  pid: number;
  threads: number;
  memoryBytes: number;
}

/** A process and all that descend from it. Inside a process namespace an orphan goes to the first process, so none is lost. */
function processesBelow(first: number): ProcessUse[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const parent = parentOf(pid);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [first];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree.flatMap((pid) => useOf(pid) ?? []);
}

function parentOf(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  // The name stands in brackets and may hold anything, brackets as well.
  const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  return Number.isInteger(parent) && parent > 0 ? parent : null;
}

function useOf(pid: number): ProcessUse | null {
  const status = read(`/proc/${pid}/status`);
  if (status === "") return null;
  const threads = Number(/^Threads:\s*(\d+)/m.exec(status)?.[1] ?? 1);
  const parts = ["RssAnon", "RssShmem", "VmSwap", "VmPTE"].map((name) => field(status, name) ?? 0);
  return { pid, threads, memoryBytes: parts.reduce((sum, bytes) => sum + bytes, 0) };
}

function memoryOf(tree: ProcessUse[]): number {
  return tree.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
}

/** Memory of a process in which a page shared by N processes counts as 1/N; null where it may not be read. */
function proportionalMemory(pid: number): number | null {
  const text = read(`/proc/${pid}/smaps_rollup`);
  const anonymous = field(text, "Pss_Anon");
  if (anonymous === null) return null;
  return anonymous + (field(text, "Pss_Shmem") ?? 0) + (field(text, "SwapPss") ?? 0);
}

/** A figure in kilobytes of one of the kernel's tables, in bytes. */
function field(text: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(text)?.[1];
  return found === undefined ? null : Number(found) * 1024;
}

/** Empty where the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
