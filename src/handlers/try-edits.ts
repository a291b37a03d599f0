import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { applyEdits } from "../edits/apply-edits.ts";
import type { TryEdits } from "../qualification/answer.ts";
import { findSandbox } from "../sandbox/find-sandbox.ts";
import { openSandbox } from "../sandbox/open-sandbox.ts";
import type { SandboxRun, SandboxSettings } from "../sandbox/sandbox.ts";
import { limits } from "../shared/limits.ts";
import { implementTools } from "./implement-tools.ts";

/** Where the edits of a model that is being measured are run; null where nothing here runs them safely. */
export async function openTryEdits(settings: SandboxSettings): Promise<TryEdits | null> {
  if ((await findSandbox(settings)).description === null) return null;
  return async ({ files, edits, command }, signal) => {
    const { files: edited, refused } = await applyEdits(edits, {
      read: async (path) => files[path] ?? null,
      tree: { files: new Set(Object.keys(files)), others: [] },
      protect: [],
      tools: implementTools,
    });
    if (refused.length > 0) return refused.map(({ explanation }) => explanation).join(" ");
    const texts = { ...files, ...Object.fromEntries(edited.map(({ path, after }) => [path, after ?? ""])) };
    const sandbox = await openSandbox({ writeTo: (folder) => writeTexts(folder, texts) }, { settings, signal });
    try {
      const timeoutMs = limits.qualifiedEditMs;
      return whyNot(await sandbox.run({ name: "test", run: command }, { timeoutMs, ...(signal && { signal }) }));
    } finally {
      await sandbox.close();
    }
  };
}

async function writeTexts(folder: string, texts: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

function whyNot({ exitCode, signal, timedOut, limitHit, errorLines, outputTail }: SandboxRun): string | null {
  if (timedOut) return "its test did not end";
  if (limitHit !== null) return `its test came to the limit on ${limitHit}`;
  if (exitCode === 0) return null;
  const said = errorLines[0] ?? outputTail.trim().split("\n").at(-1) ?? "";
  return `its test fails (${exitCode ?? signal}): ${said}`;
}
