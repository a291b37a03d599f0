import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { type ApplicationFunction, createNodeMiddleware, type Probot } from "probot";
import type { ServerConfig } from "./config/server-config.ts";
import type { Queue } from "./jobs/queue.ts";
import { AssistantError } from "./shared/errors.ts";
import { limits } from "./shared/limits.ts";

/** Probot's default, which the app's settings page on GitHub therefore often has already. */
export const webhookPath = "/api/github/webhooks";

export interface ServerOptions {
  config: Pick<ServerConfig, "server">;
  /** Verifies signatures and hands events to `app`; see config/github-app.ts. */
  probot: Probot;
  app: ApplicationFunction;
  queue: Queue;
  log: Logger;
}

export interface RunningServer {
  /** `http://HOST:PORT`, with the port that was really taken. */
  url: string;
  port: number;
  /** Takes no more connections and waits for requests under way. The caller stops the worker and closes the queue after. */
  stop(): Promise<void>;
}

/**
 * Listens for webhooks and answers /healthz; there are no other pages. Probot's own server is not used: its set-up pages
 * accept keys from anybody, and it reads a body of any size before it looks at the signature.
 * Errors: AssistantError `port-in-use` or `cannot-listen`.
 */
export async function startServer({ config, probot, app, queue, log }: ServerOptions): Promise<RunningServer> {
  const webhooks = await createNodeMiddleware(app, { probot, webhooksPath: webhookPath });
  const server = createServer((request, response) => {
    route(request, response, { webhooks, queue }).catch((error: unknown) => {
      log.error({ err: error }, "request failed");
      if (!response.headersSent) answer(response, 500, { error: "internal error" });
    });
  });
  // GitHub hangs up after 10 s; whoever sends slower only holds a connection.
  server.requestTimeout = limits.webhookAckMs;
  server.maxConnections = limits.serverConnections;
  const { host } = config.server;
  const port = await listen(server, host, config.server.port);
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`, port, stop: () => close(server) };
}

interface Routes {
  webhooks: (request: IncomingMessage, response: ServerResponse) => unknown;
  queue: Queue;
}

async function route(request: IncomingMessage, response: ServerResponse, { webhooks, queue }: Routes): Promise<void> {
  const path = (request.url ?? "").split("?")[0];
  if (path === "/healthz") return answerHealth(request, response, queue);
  if (path !== webhookPath) return answer(response, 404, { error: "not found" });
  if (request.method !== "POST") return answer(response, 405, { error: "use POST" }, { allow: "POST" });
  if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? ""))
    return answer(response, 415, { error: "set the webhook's content type to application/json" });
  const body = await readBody(request, limits.webhookBodyBytes);
  if (body === null) return answer(response, 413, { error: `larger than ${limits.webhookBodyBytes} bytes` }, hangUp);
  // The middleware takes a body that was read already from here; the signature is checked over this very text.
  await webhooks(Object.assign(request, { body }), response);
}

/** The rest of a body that is too large is not read: the connection cannot be used again. */
const hangUp = { connection: "close" };

/** The body as text, or null as soon as it is known to be larger than `maxBytes`. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return null;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

async function answerHealth(request: IncomingMessage, response: ServerResponse, queue: Queue): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD")
    return answer(response, 405, { error: "use GET" }, { allow: "GET, HEAD" });
  try {
    answer(response, 200, { status: "ok", queue: await queue.counts() });
  } catch {
    answer(response, 503, { status: "the queue cannot be read" });
  }
}

function answer(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): AssistantError {
  if (error.code === "EADDRINUSE")
    return new AssistantError(`port ${port} on ${host} is in use`, {
      code: "port-in-use",
      remedy: "Stop the program that has it, or set PORT (server.port in config.yml) to a free one.",
      cause: error,
    });
  return new AssistantError(`cannot listen on ${host}, port ${port}: ${error.message}`, {
    code: "cannot-listen",
    remedy: "Set HOST to an address of this machine and PORT to one that you may use (above 1023 without privileges).",
    cause: error,
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    // Connections are for one more answer now; otherwise each would wait for its next request.
    server.keepAliveTimeout = 1;
    server.close((error) => (error ? reject(error) : resolve()));
    // A client that keeps its request open must not keep the process.
    setTimeout(() => server.closeAllConnections(), limits.drainMs).unref();
  });
}
