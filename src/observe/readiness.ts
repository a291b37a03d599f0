import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Queue } from "../jobs/queue.ts";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";

/** Whether the server can do its work now, and what keeps it from that. */
export interface Readiness {
  ready: boolean;
  /** Each `ok`, or why not. Models are never needed: without them evidence alone is shown. */
  checks: { queue: string; disk: string; models: string; switch: string };
}

export interface ReadinessOptions {
  queue: Pick<Queue, "counts" | "release">;
  /** A folder on the disk that has to have room. */
  folder: string;
  /** Which models serve, or why none does; it must load nothing. */
  models: () => Promise<string>;
  switchedOff: () => boolean;
}

export async function readiness({ queue, folder, models, switchedOff }: ReadinessOptions): Promise<Readiness> {
  const checks = {
    queue: await asText(async () => {
      await queue.counts();
      // Takes the lock for writing, and changes nothing: no worker has this name.
      await queue.release("readiness");
    }),
    disk: await asText(async () => {
      const free = await freeBytes(folder);
      if (free < limits.diskFreeBytes) throw new Error(`${Math.floor(free / 1e6)} MB are free`);
    }),
    models: await models().catch(messageOf),
    switch: switchedOff() ? "off: nothing is written" : "on",
  };
  return { ready: checks.queue === "ok" && checks.disk === "ok", checks };
}

async function asText(check: () => Promise<void>): Promise<string> {
  try {
    await check();
    return "ok";
  } catch (error) {
    return messageOf(error);
  }
}

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** How many engrams lie below a folder, how large they are, and how long ago the newest and the oldest was written, in ms. */
export async function engramFiles(folder: string) {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const found = { files: 0, bytes: 0, newestMs: null as number | null, oldestMs: null as number | null };
  for (const name of names) {
    if (!/\.engram(-wal)?$/.test(name)) continue;
    const file = await stat(join(folder, name)).catch(() => null);
    if (file === null) continue;
    found.bytes += file.size;
    if (!name.endsWith(".engram")) continue;
    const age = Math.max(0, Date.now() - file.mtimeMs);
    found.files++;
    found.newestMs = Math.min(found.newestMs ?? age, age);
    found.oldestMs = Math.max(found.oldestMs ?? age, age);
  }
  return found;
}
