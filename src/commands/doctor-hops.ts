import { lookup } from "node:dns/promises";
import { request } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";

/** How far a connection came. */
export interface Reach {
  /** The first hop that failed; null where all went well. */
  hop: "DNS" | "TCP" | "TLS" | "HTTP" | null;
  /** What failed there, in a few words. */
  problem: string;
}

/** `at DNS (…)`, for the middle of a sentence. */
export function describeReach({ hop, problem }: Reach): string {
  return `it ends at ${hop ?? "nothing"} (${problem})`;
}

/** Whether something that takes our webhooks answers at a URL, directly from here, within limits.networkCheckMs. Never fails. */
export async function reachWebhook(url: URL): Promise<Reach> {
  return hops(url, async (socket, signal) => {
    const { status, allow } = await ask(url, socket, signal);
    // Our server takes webhooks by POST and says so; whatever else answers is a proxy, or another program.
    if (status === 405 && allow === "POST") return;
    if (status === 404)
      throw new Error("404: a server is there, and takes no webhooks at this path (serve --poll takes none)");
    if (status >= 500) throw new Error(`${status}: a proxy answers, and does not reach the assistant behind it`);
    throw new Error(`${status}: something else than the assistant answers`);
  });
}

/** Whether a connection to a host and port comes about. Never fails. */
export async function reachPort(hostname: string, port: number): Promise<Reach> {
  return hops(new URL(`http://${hostname}:${port}`), () => Promise.resolve());
}

async function hops(url: URL, http: (socket: Socket, signal: AbortSignal) => Promise<void>): Promise<Reach> {
  const signal = AbortSignal.timeout(limits.networkCheckMs);
  const opened: Socket[] = [];
  let hop: Reach["hop"] = "DNS";
  try {
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const address = isIP(host) ? host : (await within(lookup(host), signal)).address;
    hop = "TCP";
    const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
    let socket = keep(opened, connect({ host: address, port }));
    await within(event(socket, "connect"), signal);
    if (url.protocol === "https:") {
      hop = "TLS";
      socket = keep(opened, connectTls({ socket, ...(isIP(host) === 0 && { servername: host }) }));
      await within(event(socket, "secureConnect"), signal);
    }
    hop = "HTTP";
    await within(http(socket, signal), signal);
    return { hop: null, problem: "" };
  } catch (error) {
    return { hop, problem: signal.aborted ? `no answer within ${limits.networkCheckMs / 1_000} s` : messageOf(error) };
  } finally {
    for (const socket of opened) socket.destroy();
  }
}

function keep(opened: Socket[], socket: Socket): Socket {
  // Whoever waits hears of its errors; later ones are of no interest.
  socket.on("error", () => {});
  opened.push(socket);
  return socket;
}

function event(socket: Socket, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(name, () => resolve());
    socket.once("error", reject);
  });
}

/** A lookup cannot be ended; it is left behind. */
function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

function ask(url: URL, socket: Socket, signal: AbortSignal): Promise<{ status: number; allow: string | undefined }> {
  return new Promise((resolve, reject) => {
    const asked = request({
      createConnection: () => socket,
      method: "GET",
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, connection: "close", "user-agent": "engram-assistant doctor" },
      signal,
    });
    asked.on("response", (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, allow: response.headers.allow });
    });
    asked.on("error", reject);
    asked.end();
  });
}
