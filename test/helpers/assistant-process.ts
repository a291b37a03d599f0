import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { GitHubServer } from "./github-server/github-server.ts";

const launcher = fileURLToPath(new URL("../../dist/launch.cjs", import.meta.url));

/** Whatever becomes of a test: nothing of it goes on beside the next ones. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export interface AssistantProcess {
  /** Where webhooks go. */
  webhookUrl: string;
  /** What it logged so far, as JSON lines. */
  logs: Record<string, unknown>[];
  pid: number;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface AssistantProcessOptions {
  home: string;
  github: GitHubServer;
  env?: NodeJS.ProcessEnv;
  /** Of `assistant serve`. */
  args?: string[];
}

/** Starts the built program as its user would, against a GitHub server, on a free port. Resolves once it listens. */
export async function startAssistant({
  home,
  github,
  env = {},
  args = [],
}: AssistantProcessOptions): Promise<AssistantProcess> {
  const child = spawn(process.execPath, [launcher, "serve", ...args], {
    env: {
      ...process.env,
      ASSISTANT_HOME: home,
      APP_ID: String(github.appId),
      PRIVATE_KEY: github.privateKey,
      WEBHOOK_SECRET: github.webhookSecret,
      GHE_HOST: new URL(github.url).host,
      GHE_PROTOCOL: "http",
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "debug",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const logs: Record<string, unknown>[] = [];
  let errors = "";
  child.stderr.on("data", (data: Buffer) => (errors += data.toString("utf8")));
  const url = await new Promise<string>((resolve, reject) => {
    readLines(child, (line) => {
      const entry = parseLog(line);
      logs.push(entry);
      if (entry["msg"] === "listening") resolve(String(entry["url"]));
    });
    child.once("exit", (code) => reject(new Error(`the assistant ended with ${code} before it listened: ${errors}`)));
  });
  return {
    webhookUrl: `${url}/api/github/webhooks`,
    pid: child.pid ?? 0,
    logs,
    kill: async () => {
      if (child.exitCode === null && child.kill("SIGKILL")) await once(child, "exit");
    },
    stop: async () => {
      if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
      return child.exitCode;
    },
  };
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = "";
  child.stdout?.on("data", (data: Buffer) => {
    const lines = (rest + data.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
  });
}

function parseLog(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { msg: line };
  }
}
