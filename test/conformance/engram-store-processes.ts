import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface UpdaterTask {
  file: string;
  /** The trees that it updates to, in turn (`wordTree`). */
  words: string[];
  /** Number of updates. */
  updates: number;
  /** Write as large updates are written: encoded inside of the transaction, in several segments. */
  streamed?: boolean;
  /** Open the engram once before. */
  read?: boolean;
}

export interface Updater {
  child: ChildProcess;
  /** Resolves when it has printed this letter so often, or has ended. */
  printed: (letter: string, times?: number) => Promise<void>;
  /** Resolves with exit code or signal, and what it said on standard error. */
  ended: Promise<{ code: number | null; signal: string | null; error: string }>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The updater as plain JavaScript in a folder of its own: starting two hundred processes is quick then. */
export function compileUpdater(): { script: string; dispose: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "updater-"));
  const settings = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      noCheck: true,
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
      rootDir: root,
      outDir: join(folder, "out"),
      types: [],
    },
    include: [],
    files: [join(root, "test/conformance/engram-store-updater.ts")],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", join(folder, "tsconfig.json")], { stdio: "inherit" });
  chmodSync(folder, 0o755); // some of these processes run as another user
  writeFileSync(join(folder, "out/package.json"), JSON.stringify({ type: "module" }));
  symlinkSync(join(root, "node_modules"), join(folder, "out/node_modules"));
  return {
    script: join(folder, "out/test/conformance/engram-store-updater.js"),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** @param shell commands to be run before, in the same process, for example `ulimit -f 100` */
export function startUpdater(script: string, task: UpdaterTask, options: SpawnOptions = {}, shell = ""): Updater {
  const line = `${shell === "" ? "" : `${shell}; `}exec "$0" "$@"`;
  const child = spawn("/bin/sh", ["-c", line, process.execPath, script, JSON.stringify(task)], {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let error = "";
  const waiting = new Set<() => void>();
  child.stdout?.on("data", (data: Buffer) => {
    output += data.toString();
    for (const look of waiting) look();
  });
  child.stderr?.on("data", (data: Buffer) => (error += data.toString()));
  const ended = new Promise<{ code: number | null; signal: string | null; error: string }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, error }));
  });
  const printed = (letter: string, times = 1) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (output.split(letter).length <= times) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => resolve());
    });
  return { child, printed, ended };
}
