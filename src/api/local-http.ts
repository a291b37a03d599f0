import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { listen } from "../shared/listen.ts";
import { isLoopback } from "../shared/loopback.ts";
import { errorBody, errorResponse, HttpError } from "./http-errors.ts";
import { type Guard, openGuard } from "./request-guard.ts";

export interface LocalHttpOptions {
  /** An address of this machine: `127.0.0.1`, `::1`, `localhost`; any other only with a token. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** What callers send as `Authorization: Bearer …`; null asks for nothing. At least 16 characters. */
  token: string | null;
  /** Bytes of a request's body. */
  bodyBytes?: number;
  /** Paths that are answered without the token: a probe of a load balancer has none. */
  publicPaths?: readonly string[];
  /** Told of what was answered with "internal error". */
  report?: (error: unknown) => void;
}

/** What a handler finds in `c.env`. The client's own leaving is `c.req.raw.signal`. */
export interface LocalBindings extends HttpBindings {
  /** Aborted when the server begins to close: streams that would never end by themselves end now. */
  closing: AbortSignal;
  /** Aborted when the time for what runs is over: say so and end. */
  cut: AbortSignal;
}

export interface LocalHttp {
  /** `http://HOST:PORT`, with the port that was really taken. */
  url: string;
  /**
   * Takes no more requests and lets running ones finish; what has not after `limits.drainMs` is told by `cut`, and its connection
   * is closed a little later.
   */
  close(): Promise<void>;
}

/**
 * Serves an app on this machine. A request reaches it only with a body within the limit, sent as JSON, under a name of this
 * machine (no DNS rebinding), from no other web site, and with the token where there is one; there is no CORS.
 * Errors: AssistantError `api-token-missing`, `api-token-short`, `port-in-use`, `cannot-listen`.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- an app may ask for any environment of its own beside ours
export async function serveLocally(app: Hono<any>, options: LocalHttpOptions): Promise<LocalHttp> {
  const guard = openGuard(checked(options));
  const closing = new AbortController();
  const cut = new AbortController();
  const handle = getRequestListener(
    (request, { incoming, outgoing }) =>
      app.fetch(request, { incoming, outgoing, closing: closing.signal, cut: cut.signal }),
    // Replacing the global Request and Response would change them for everybody else in this process.
    { overrideGlobalObjects: false, errorHandler: (error) => errorResponse(error, options.report) },
  );
  const idle = new Set<Socket>();
  const server = createServer((request, response) => {
    idle.delete(request.socket);
    response.once("close", () => {
      if (!request.socket.destroyed) idle.add(request.socket);
    });
    admit(request, response, guard, options.bodyBytes ?? limits.apiBodyBytes).then(
      (admitted) => (admitted ? handle(request, response) : undefined),
      () => response.destroy(),
    );
  });
  server.on("connection", (socket) => {
    idle.add(socket);
    socket.once("close", () => idle.delete(socket));
  });
  server.headersTimeout = limits.apiHeadersMs;
  server.requestTimeout = limits.apiRequestMs;
  server.maxConnections = limits.apiConnections;
  const port = await listen(server, options.host, options.port);
  const url = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`;
  let closed: Promise<void> | undefined;
  return { url, close: () => (closed ??= closeServer(server, idle, { closing, cut })) };
}

function checked(options: LocalHttpOptions): LocalHttpOptions {
  const { host, token } = options;
  if (token === null && !isLoopback(host))
    throw new AssistantError(`${host} can be reached from other machines, and there is no token`, {
      code: "api-token-missing",
      remedy: "Set ASSISTANT_API_TOKEN to a secret that callers send, or listen on 127.0.0.1.",
    });
  if (token !== null && token.length < limits.apiTokenCharacters)
    throw new AssistantError(`the token has ${token.length} characters; it can be guessed`, {
      code: "api-token-short",
      remedy: `Set ASSISTANT_API_TOKEN to at least ${limits.apiTokenCharacters} characters: openssl rand -hex 24.`,
    });
  return options;
}

/** The secret that callers must send; null where the environment names none. */
export function apiToken(env: NodeJS.ProcessEnv = process.env): string | null {
  return env["ASSISTANT_API_TOKEN"] || null;
}

/** Whether the request may go on; its body is then read. Otherwise it has been answered. */
async function admit(
  request: IncomingMessage,
  response: ServerResponse,
  guard: Guard,
  bodyBytes: number,
): Promise<boolean> {
  const refusal = guard(request);
  if (refusal !== null) return refuse(request, response, refusal);
  if (request.method === "GET" || request.method === "HEAD") return true;
  const body = await readBody(request, bodyBytes);
  if (body === null)
    return refuse(request, response, new HttpError(413, "body-too-large", `larger than ${bodyBytes} bytes`));
  // Where the adapter looks for a body that was read already.
  Object.assign(request, { rawBody: body });
  return true;
}

/** Null as soon as it is known to be larger than `maxBytes`. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return null;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function refuse(request: IncomingMessage, response: ServerResponse, refusal: HttpError): false {
  const text = `${JSON.stringify(errorBody(refusal))}\n`;
  const headers: Record<string, string | number> = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    // The rest of the body is not wanted: the connection cannot be used again.
    ...(!request.complete && { connection: "close" }),
    ...(refusal.status === 401 && { "www-authenticate": "Bearer" }),
    ...(refusal.status === 405 && { allow: "GET, HEAD, POST, DELETE" }),
  };
  response.writeHead(refusal.status, headers);
  if (request.complete) {
    response.end(text);
    return false;
  }
  // A connection closed over unread bytes is reset, and the answer with it: a little is read first.
  response.write(text);
  const end = () => response.end();
  const timer = setTimeout(end, limits.apiDiscardMs);
  request.once("end", end).once("close", () => clearTimeout(timer));
  request.resume();
  return false;
}

/** `idle` are the connections on which nothing is being answered; Node's own list leaves out those that never asked. */
async function closeServer(
  server: Server,
  idle: ReadonlySet<Socket>,
  { closing, cut }: { closing: AbortController; cut: AbortController },
): Promise<void> {
  const reason = new AssistantError("the server is shutting down", {
    code: "server-closing",
    remedy: "Ask again when it is up.",
    transient: true,
  });
  closing.abort(reason);
  // Connections are for one more answer now; otherwise each would wait for its next request.
  server.keepAliveTimeout = 1;
  const timers = [
    setTimeout(() => cut.abort(reason), limits.drainMs),
    setTimeout(() => server.closeAllConnections(), limits.drainMs + limits.abortGraceMs),
  ];
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    for (const socket of idle) socket.destroySoon();
  });
  for (const timer of timers) clearTimeout(timer);
}
