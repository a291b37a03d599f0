import { lstat, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Makes a folder below another, where only folders lie on the way: what else is in the way is removed. */
export async function makeFolder(folder: string, parts: string[]): Promise<void> {
  let current = folder;
  for (const part of parts) {
    current = join(current, part);
    const found = await lstat(current).catch(() => null);
    if (found?.isDirectory() === true) continue;
    if (found !== null) await rm(current, { force: true });
    await mkdir(current);
  }
}
