import { readFile } from "node:fs/promises";
import { posix } from "node:path";

/** What a control group leaves to this process; infinite without one. */
export interface Cgroup {
  cores: number;
  limitBytes: number;
  freeBytes: number;
}

const none: Cgroup = { cores: Infinity, limitBytes: Infinity, freeBytes: Infinity };

/**
 * Limits of the control groups (version 2, version 1, or both) that this process is in: those of its own group and of every
 * group above it. In a container its own group stands at the root; as a service of systemd it lies below.
 */
export async function readCgroup(root: string): Promise<Cgroup> {
  const membership = await readFile(`${root}/proc/self/cgroup`, "utf8").catch(() => "");
  const base = `${root}/sys/fs/cgroup`;
  const groups = [
    ...folders(base, pathOf(membership, "")).map(version2),
    ...folders(`${base}/memory`, pathOf(membership, "memory")).map(version1Memory),
    ...folders(`${base}/cpu`, pathOf(membership, "cpu")).map(version1Cores),
  ];
  const smallest = { ...none };
  for (const group of await Promise.all(groups)) {
    smallest.cores = Math.min(smallest.cores, group.cores);
    smallest.limitBytes = Math.min(smallest.limitBytes, group.limitBytes);
    smallest.freeBytes = Math.min(smallest.freeBytes, group.freeBytes);
  }
  return smallest;
}

/** Path of this process' group below a controller, `0::/system.slice/x.service` or `4:memory:/docker/…`. */
function pathOf(membership: string, controller: string): string {
  for (const line of membership.split("\n")) {
    const [, controllers = "", path = "/"] = line.split(":");
    if (controllers.split(",").includes(controller)) return path;
  }
  return "/";
}

/** The group's folder and those above it. Inside a container the path may be that of the host: it is not there then. */
function folders(base: string, path: string): string[] {
  const found: string[] = [];
  for (let at = posix.normalize(path); ; at = posix.dirname(at)) {
    found.push(posix.join(base, at));
    if (at === "/" || at === ".") return found;
  }
}

async function version2(folder: string): Promise<Cgroup> {
  const [quota = "", period = ""] = (await read(folder, "cpu.max")).trim().split(" ");
  const limitBytes = numberOr(await read(folder, "memory.max"), Infinity);
  const used = numberOr(await read(folder, "memory.current"), 0);
  const freeBytes = limitBytes - used + (await cachedBytes(folder, "inactive_file"));
  return { cores: numberOr(quota, Infinity) / numberOr(period, 1), limitBytes, freeBytes };
}

async function version1Memory(folder: string): Promise<Cgroup> {
  const limit = numberOr(await read(folder, "memory.limit_in_bytes"), Infinity);
  // Without a limit the kernel shows its largest number of pages: the machine's own memory is less.
  const used = numberOr(await read(folder, "memory.usage_in_bytes"), 0);
  return { ...none, limitBytes: limit, freeBytes: limit - used + (await cachedBytes(folder, "total_inactive_file")) };
}

async function version1Cores(folder: string): Promise<Cgroup> {
  const quota = numberOr(await read(folder, "cpu.cfs_quota_us"), Infinity);
  const period = numberOr(await read(folder, "cpu.cfs_period_us"), 1);
  return { ...none, cores: quota / period };
}

/** Cached file pages count as used although the kernel gives them up first: a downloaded model would block itself. */
async function cachedBytes(folder: string, field: string): Promise<number> {
  const text = await read(folder, "memory.stat");
  return numberOr(new RegExp(`^${field} (\\d+)$`, "m").exec(text)?.[1] ?? "", 0);
}

function read(folder: string, name: string): Promise<string> {
  return readFile(posix.join(folder, name), "utf8").catch(() => "");
}

/** cgroup files say `max` or `-1` where there is no limit. */
function numberOr(text: string, otherwise: number): number {
  return /^\d+\s*$/.test(text) ? Number(text) : otherwise;
}
