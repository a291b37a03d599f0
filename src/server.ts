import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { ApplicationFunction, Probot } from "probot";
import type { ServerConfig } from "./config/server-config.ts";
import { readWebhook } from "./intake/read-webhook.ts";
import type { Queue } from "./jobs/queue.ts";
import { type Metrics, metricsContentType } from "./observe/metrics.ts";
import type { Readiness } from "./observe/readiness.ts";
import { limits } from "./shared/limits.ts";
import { listen } from "./shared/listen.ts";
import { isFromHere } from "./shared/from-here.ts";

/** Probot's default, which the app's settings page on GitHub therefore often has already. */
export const webhookPath = "/api/github/webhooks";

export interface ServerOptions {
  config: Pick<ServerConfig, "server" | "app" | "pollMs">;
  /** Hands events to `app`; see config/github-app.ts. */
  probot: Probot;
  app: ApplicationFunction;
  queue: Queue;
  metrics: Pick<Metrics, "webhook" | "acknowledged" | "text">;
  ready: () => Promise<Readiness>;
  /** Answers /dashboard and what lies below it; absent: there is none. */
  dashboard?: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
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
 * Listens for webhooks, and answers /healthz, /readyz, /metrics and /dashboard; there are no other pages. Probot's own server
 * is not used: its set-up pages accept keys from anybody, it reads a body of any size before it looks at the signature, and it
 * knows one secret only. Where GitHub is polled nothing takes webhooks. Errors: AssistantError `port-in-use` or `cannot-listen`.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, probot, app, log } = options;
  await probot.ready();
  await probot.load(app);
  const server = createServer((request, response) => {
    route(request, response, options).catch((error: unknown) => {
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

async function route(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const path = (request.url ?? "").split("?")[0];
  if (options.dashboard && /^\/dashboard(\/|$)/.test(path ?? "")) return options.dashboard(request, response);
  const page = path === undefined ? undefined : pages[path];
  if (page !== undefined) {
    if (request.method === "GET" || request.method === "HEAD") return page(request, response, options);
    return answer(response, 405, { error: "use GET" }, { allow: "GET, HEAD" });
  }
  if (path !== webhookPath || options.config.pollMs !== null) return answer(response, 404, { error: "not found" });
  if (request.method !== "POST") return answer(response, 405, { error: "use POST" }, { allow: "POST" });
  const startedAt = performance.now();
  await takeWebhook(request, response, options);
  options.metrics.acknowledged(performance.now() - startedAt);
}

async function takeWebhook(
  request: IncomingMessage,
  response: ServerResponse,
  { config, probot, metrics, log }: ServerOptions,
): Promise<void> {
  const refuse = (status: number, error: string, headers?: Record<string, string>): void => {
    metrics.webhook("refused");
    answer(response, status, { error }, headers);
  };
  if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? ""))
    return refuse(415, "set the webhook's content type to application/json");
  const body = await readBody(request, limits.webhookBodyBytes);
  if (body === null) return refuse(413, `larger than ${limits.webhookBodyBytes} bytes`, hangUp);
  const read = await readWebhook(request.headers, body, config.app.webhookSecrets);
  if ("refusal" in read) return refuse(400, read.refusal);
  try {
    // Its handlers end once the jobs are on the disk; the type of a payload is GitHub's word, which it has signed.
    await probot.webhooks.receive(read as Parameters<typeof probot.webhooks.receive>[0]);
    answer(response, 200, { status: "ok" });
  } catch (error) {
    metrics.webhook("failed");
    log.error({ err: error, delivery: read.id, event: read.name }, "webhook not taken");
    answer(response, 500, { error: "not taken; deliver it again" });
  }
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

type Page = (request: IncomingMessage, response: ServerResponse, options: ServerOptions) => Promise<void>;

const pages: Record<string, Page> = { "/healthz": answerHealth, "/readyz": answerReady, "/metrics": answerMetrics };

async function answerHealth(_: IncomingMessage, response: ServerResponse, { queue }: ServerOptions): Promise<void> {
  try {
    answer(response, 200, { status: "ok", queue: await queue.counts() });
  } catch {
    answer(response, 503, { status: "the queue cannot be read" });
  }
}

async function answerReady(_: IncomingMessage, response: ServerResponse, { ready }: ServerOptions): Promise<void> {
  const found = await ready();
  answer(response, found.ready ? 200 : 503, found);
}

/** With a token, for whoever has it; without, for this machine, unless another server passed the request on. */
async function answerMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
): Promise<void> {
  const token = options.config.server.metrics_token;
  if (token === undefined ? !isFromHere(request) : !bears(request, token))
    return answer(response, token === undefined ? 403 : 401, {
      error: "metrics are for this machine, or for whoever sends server.metrics_token as a bearer token",
    });
  const text = await options.metrics.text();
  response.writeHead(200, { "content-type": metricsContentType });
  response.end(text);
}

function bears({ headers }: IncomingMessage, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(headers.authorization ?? ""), digest(`Bearer ${token}`));
}

function answer(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(`${JSON.stringify(body)}\n`);
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
