import { readFile, rm, writeFile } from "node:fs/promises";
import { AssistantError } from "../shared/errors.ts";

/**
 * Keeps two processes from writing the same download. A lock whose process is gone counts nothing. Returns what unlocks.
 * Errors: `model-being-installed`.
 */
export async function lockInstall(path: string, name: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: "wx" });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = Number(await readFile(path, "utf8").catch(() => ""));
    if (isRunning(holder)) {
      throw new AssistantError(`${name} is being installed by process ${holder}`, {
        code: "model-being-installed",
        remedy: `Wait until it has ended; if it is something else that has this number, delete ${path}.`,
        transient: true,
      });
    }
    await rm(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
