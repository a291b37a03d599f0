import { execFile, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { AssistantError } from "../shared/errors.ts";
import { siblingFile } from "./worker-file.ts";

export interface BuildEngineOptions {
  /** `auto`: for the GPU that is found, where its compiler is installed. */
  gpu: "auto" | false;
  /** Lines of the build. */
  onLine: (line: string) => void;
  signal?: AbortSignal;
}

/** What building takes, and how Debian and its kin call the packages. */
const tools = [
  { commands: ["cmake"], name: "cmake", packages: "cmake" },
  { commands: ["c++", "g++", "clang++"], name: "a C++ compiler", packages: "g++" },
  { commands: ["ninja", "make"], name: "make or ninja", packages: "make" },
  { commands: ["git"], name: "git", packages: "git" },
];

/**
 * Compiles llama.cpp for this very machine from the source in node-llama-cpp's package; no network is needed. The ready-made
 * engine has no OpenMP, so that its threads spin while they wait for each other. What is built lies in the installation and
 * is used from the next start on; a new installation (`npm ci`) removes it. Takes some ten minutes on two cores.
 * Errors: `no-compiler`, `engine-not-built`; the signal's reason.
 */
export async function buildEngine({ gpu, onLine, signal }: BuildEngineOptions): Promise<void> {
  await checkTools();
  signal?.throwIfAborted();
  const { url, execArgv } = siblingFile(import.meta.url, "build-engine-child");
  const child = fork(fileURLToPath(url), [String(gpu)], { execArgv, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        onLine(line);
        last.push(line);
        if (last.length > LAST_LINES) last.shift();
      }
    });
  }
  const kill = (): unknown => child.kill("SIGTERM");
  signal?.addEventListener("abort", kill, { once: true });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  signal?.removeEventListener("abort", kill);
  signal?.throwIfAborted();
  if (code === 0) return;
  throw new AssistantError(`llama.cpp could not be built:\n${last.join("\n")}`, {
    code: "engine-not-built",
    remedy: "The ready-made engine goes on serving. The lines above say what the compiler missed.",
  });
}

/** Of the build, shown where it fails. */
const LAST_LINES = 12;

async function checkTools(): Promise<void> {
  const missing: typeof tools = [];
  for (const tool of tools) {
    const found = await Promise.all(tool.commands.map(isThere));
    if (!found.includes(true)) missing.push(tool);
  }
  if (missing.length === 0) return;
  throw new AssistantError(`building llama.cpp needs ${missing.map(({ name }) => name).join(", ")}`, {
    code: "no-compiler",
    remedy: `Install them, on Debian: apt install ${missing.map(({ packages }) => packages).join(" ")}. Without them the ready-made engine serves.`,
  });
}

async function isThere(command: string): Promise<boolean> {
  return promisify(execFile)(command, ["--version"]).then(
    () => true,
    () => false,
  );
}
