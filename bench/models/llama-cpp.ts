import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { pssBytes } from "./memory.ts";

/** llama.cpp's own programs, built by `bench/peers/build-llama-server.sh`; null where there are none. */
export function findLlamaCpp(): { bench: string; server: string } | null {
  const folder = process.env["LLAMA_CPP_BIN"] ?? "";
  const programs = { bench: join(folder, "llama-bench"), server: join(folder, "llama-server") };
  return folder !== "" && existsSync(programs.bench) && existsSync(programs.server) ? programs : null;
}

export interface BenchWork {
  model: string;
  threads: number;
  /** Tokens in the context before the first one that is counted. */
  depth: number;
  prompt: number;
  generate: number;
  /** Whether it may use flash attention, as it does unless told otherwise. */
  flashAttention: boolean;
}

/** Tokens/s of `llama-bench`, one repetition: of a prompt where `generate` is 0, else of writing. */
export async function runLlamaBench(program: string, work: BenchWork): Promise<number> {
  const { model, threads, depth, prompt, generate, flashAttention } = work;
  const numbers = { "-t": threads, "-d": depth, "-p": prompt, "-n": generate, "-r": 1 };
  const options = Object.entries(numbers).flatMap(([name, value]) => [name, String(value)]);
  const attention = flashAttention ? "auto" : "off";
  const { stdout } = await promisify(execFile)(program, ["-m", model, ...options, "-fa", attention, "-o", "json"]);
  const [row] = JSON.parse(stdout) as { avg_ts: number }[];
  return row?.avg_ts ?? Number.NaN;
}

export interface LlamaServer {
  /** Writes on from a text, whole and without streaming. */
  complete(prompt: string, tokens: number): Promise<{ tokens: number; ms: number }>;
  startMs: number;
  pss(): number | null;
  close(): Promise<void>;
}

/** Starts `llama-server` with as many slots as requests at once, as its users do. */
export async function startLlamaServer(
  program: string,
  { model, threads, slots, contextTokens }: { model: string; threads: number; slots: number; contextTokens: number },
): Promise<LlamaServer> {
  const port = await freePort();
  const numbers = { "--port": port, "-t": threads, "-np": slots, "-c": contextTokens * slots };
  const options = Object.entries(numbers).flatMap(([name, value]) => [name, String(value)]);
  const started = performance.now();
  const child = spawn(program, ["-m", model, "--host", "127.0.0.1", ...options, "--no-webui"], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await healthy(url, child);
  return {
    startMs: performance.now() - started,
    pss: () => (child.pid === undefined ? null : pssBytes(child.pid)),
    async complete(prompt, tokens) {
      const asked = performance.now();
      const body = { prompt, n_predict: tokens, temperature: 0, cache_prompt: false };
      const response = await fetch(`${url}/completion`, { method: "POST", body: JSON.stringify(body) });
      const answer = (await response.json()) as { tokens_predicted: number };
      return { tokens: answer.tokens_predicted, ms: performance.now() - asked };
    },
    async close() {
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
    },
  };
}

async function healthy(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`llama-server ended with exit code ${child.exitCode}`);
    const response = await fetch(`${url}/health`).catch(() => null);
    if (response?.ok) return;
    await sleep(100);
  }
  throw new Error("llama-server did not get ready within a minute");
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
