import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface RedisServer {
  url: string;
  port: number;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what it had on its disk. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether this machine has a Redis to start; suites that need one say so where it has none. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

/** A Redis of one's own on a free port of loopback, which writes each change to its disk. */
export async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "redis-"));
  const port = await freePort();
  const options = ["--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always"];
  let child = await launch();

  async function launch() {
    const started = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", ...options]);
    await new Promise<void>((resolve, reject) => {
      let log = "";
      started.stdout.on("data", (data: Buffer) => {
        log += data.toString();
        if (log.includes("Ready to accept connections")) resolve();
      });
      started.once("exit", (code) => reject(new Error(`redis-server ended with ${code}: ${log}`)));
    });
    return started;
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    start: async () => void (child = await launch()),
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
