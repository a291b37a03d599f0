import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Results one line each, so that a run which was ended goes on where it stood. */
export interface TaskLog {
  /** The result that is kept under this key, else that of `work`, which is kept at once. A null is not kept. */
  once<T>(key: readonly (string | number | boolean)[], work: () => Promise<T | null>): Promise<T | null>;
}

/** @param folder null: nothing is kept */
export function openTaskLog(folder: string | null): TaskLog {
  if (folder === null) return { once: (_, work) => work() };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "implement-tasks.jsonl");
  const known = new Map<string, unknown>();
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  for (const line of lines.filter((one) => one !== "")) {
    const { key, result } = JSON.parse(line) as { key: unknown; result: unknown };
    known.set(JSON.stringify(key), result);
  }
  return {
    async once<T>(key: readonly (string | number | boolean)[], work: () => Promise<T | null>): Promise<T | null> {
      const found = known.get(JSON.stringify(key));
      if (found !== undefined) return found as T;
      const result = await work();
      if (result !== null) appendFileSync(file, `${JSON.stringify({ key, result })}\n`);
      return result;
    },
  };
}
