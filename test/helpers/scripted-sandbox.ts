import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sandbox, SandboxCommand, SandboxRun, SandboxTree } from "../../src/sandbox/sandbox.ts";

/** Texts of the tree's files by path, for a script to look at. */
export type ScriptedTree = ReadonlyMap<string, string>;
export type SandboxScript = (command: SandboxCommand, tree: ScriptedTree) => Partial<SandboxRun>;

/** A sandbox that runs nothing: a script says how each command ends. What it leaves out is a success without output. */
export async function scriptedSandbox(tree: SandboxTree, script: SandboxScript): Promise<Sandbox> {
  const files = await readTree(tree);
  let closed = false;
  return {
    description: "scripted",
    async run(command, { signal } = {}) {
      signal?.throwIfAborted();
      if (closed) throw new Error("the sandbox is closed");
      return { ...success, ...script(command, files) };
    },
    async close() {
      closed = true;
    },
  };
}

const success: SandboxRun = {
  exitCode: 0,
  signal: null,
  timedOut: false,
  limitHit: null,
  outputTail: "",
  truncatedBytes: 0,
  errorLines: [],
  ms: 1,
};

async function readTree(tree: SandboxTree): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "scripted-sandbox-"));
  try {
    await tree.writeTo(folder);
    const files = new Map<string, string>();
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(path.slice(folder.length + 1), await readFile(path, "utf8"));
    }
    return files;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
