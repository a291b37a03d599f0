import { createServer } from "node:net";
import { createClient } from "@redis/client";
import type { ServerFile } from "../config/server-file.ts";
import type { DoctorRow } from "../model/doctor.ts";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { describeReach, reachPort } from "./doctor-hops.ts";

/** Whether `assistant serve` gets its port, or has it. Another program that has it is found out by asking it. */
export async function portRow({ host, port }: ServerFile["server"]): Promise<DoctorRow> {
  const name = "port";
  const where = `${port} on ${host}`;
  if (port === 0) return { name, state: "ok", value: `a free one on ${host}`, remedy: null };
  const failure = await tryToListen(host, port);
  if (failure === null) return { name, state: "ok", value: `${where}, free`, remedy: null };
  if (failure.code === "EADDRINUSE" && (await isOurs(host, port)))
    return { name, state: "ok", value: `${where}, an assistant serves there`, remedy: null };
  const value = failure.code === "EADDRINUSE" ? `${where} is taken by another program` : `${where}: ${failure.message}`;
  return {
    name,
    state: "missing",
    value,
    remedy:
      "Stop the other program, or set PORT and HOST (server.port and server.host) to what this user may listen on.",
  };
}

function tryToListen(host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

async function isOurs(host: string, port: number): Promise<boolean> {
  const any: Record<string, string> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" };
  const name = any[host] ?? (host.includes(":") ? `[${host}]` : host);
  try {
    const signal = AbortSignal.timeout(limits.networkCheckMs);
    const health: unknown = await (await fetch(`http://${name}:${port}/healthz`, { signal })).json();
    return typeof health === "object" && health !== null && "status" in health;
  } catch {
    return false;
  }
}

/** Which proxy everything over HTTPS takes, where the environment names one. */
export async function proxyRows(env: NodeJS.ProcessEnv, offline: boolean): Promise<DoctorRow[]> {
  const name = "proxy";
  // As Node's HTTP client looks for them.
  const variable = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"].find((one) => env[one]);
  if (variable === undefined) return [];
  const text = env[variable] ?? "";
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    const remedy = "Write it as http://HOST:PORT.";
    return [{ name, state: "missing", value: `${variable} is no address of a proxy`, remedy }];
  }
  const url = new URL(text);
  const except = env["no_proxy"] || env["NO_PROXY"];
  const value = `${url.protocol}//${url.host} (${variable}), NO_PROXY: ${except || "not set"}`;
  if (offline) return [{ name, state: "ok", value: `${value}; not asked`, remedy: null }];
  const reach = await reachPort(url.hostname, Number(url.port) || (url.protocol === "https:" ? 443 : 80));
  if (reach.hop === null) return [{ name, state: "ok", value, remedy: null }];
  return [
    { name, state: "missing", value: `${value}: ${describeReach(reach)}`, remedy: `Start it, or correct ${variable}.` },
  ];
}

/** Where jobs wait, if that is a Redis. */
export async function redisRows(queue: string, offline: boolean): Promise<DoctorRow[]> {
  const name = "Redis";
  if (queue === "sqlite") return [];
  const where = queue.replace(/\/\/[^@/]*@/, "//");
  if (offline) return [{ name, state: "note", value: `${where}, not asked`, remedy: null }];
  const connectTimeout = limits.networkCheckMs;
  const client = createClient({
    url: queue,
    disableOfflineQueue: true,
    commandOptions: { timeout: limits.networkCheckMs },
    socket: { connectTimeout, reconnectStrategy: false },
  });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.ping();
    return [{ name, state: "ok", value: `${where} answers`, remedy: null }];
  } catch (error) {
    const remedy = "Check that Redis runs there and takes this name and password: redis-cli -u URL ping.";
    return [{ name, state: "missing", value: `${where}: ${messageOf(error)}`, remedy }];
  } finally {
    if (client.isOpen) client.destroy();
  }
}
