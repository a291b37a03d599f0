import { chmod } from "node:fs/promises";
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface RegistryProxy {
  /** `host:port` that was asked for and not let through, each once. */
  refused(): string[];
  close(): Promise<void>;
}

/**
 * The only way out while dependencies are fetched: an HTTP proxy on a Unix socket that lets through to the given hosts and
 * ports and to nothing else. TLS goes from end to end. Where this machine has a proxy of its own (HTTPS_PROXY), it is used.
 */
export async function startRegistryProxy(socketPath: string, allowed: ReadonlySet<string>): Promise<RegistryProxy> {
  const refused = new Set<string>();
  const open = new Set<Duplex>();
  function mayPass(target: string): boolean {
    if (allowed.has(target.toLowerCase())) return true;
    refused.add(target.slice(0, 300));
    return false;
  }
  const server = createServer((request, response) => forward(request, response, mayPass));
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.on("connect", (request: IncomingMessage, client: Duplex) => {
    client.on("error", () => client.destroy());
    const target = request.url ?? "";
    if (!mayPass(target)) client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    else tunnel(target, client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  // Whoever runs inside may be another user; the folder around it is closed to everybody else.
  await chmod(socketPath, 0o666);
  return {
    refused: () => [...refused],
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A request for an http:// URL, which comes whole. */
function forward(request: IncomingMessage, response: ServerResponse, mayPass: (target: string) => boolean): void {
  const url = URL.canParse(request.url ?? "") ? new URL(request.url ?? "") : null;
  if (url?.protocol !== "http:" || !mayPass(`${url.hostname}:${url.port || "80"}`)) {
    response.writeHead(403).end();
    return;
  }
  const { "proxy-connection": _, ...headers } = request.headers;
  const onward = httpRequest(url, { method: request.method ?? "GET", headers: { ...headers, host: url.host } });
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  request.pipe(onward);
}

function tunnel(target: string, client: Duplex): void {
  const proxy = upstream(target);
  if (proxy !== null) {
    tunnelThrough(proxy, target, client);
    return;
  }
  const [host, port] = splitTarget(target);
  const server = connect(port, host, () => join(client, server));
  server.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"));
}

function tunnelThrough(proxy: URL, target: string, client: Duplex): void {
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization = { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
  const asked = httpRequest({
    host: proxy.hostname,
    port: proxy.port || 80,
    method: "CONNECT",
    path: target,
    headers: { host: target, ...(proxy.username === "" ? {} : authorization) },
  });
  asked.on("connect", (answer, server) => {
    if (answer.statusCode === 200) join(client, server);
    else client.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
  });
  asked.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"));
  asked.end();
}

function join(client: Duplex, server: Duplex): void {
  client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
  client.pipe(server).pipe(client);
  const end = () => {
    client.destroy();
    server.destroy();
  };
  for (const side of [client, server]) side.on("error", end).on("close", end);
}

function splitTarget(target: string): [string, number] {
  const colon = target.lastIndexOf(":");
  return [target.slice(0, colon), Number(target.slice(colon + 1))];
}

/** The proxy of this machine for a target, from the usual variables; null where there is none. */
function upstream(target: string): URL | null {
  const env = process.env;
  const proxy = env["HTTPS_PROXY"] || env["https_proxy"] || "";
  if (!URL.canParse(proxy) || new URL(proxy).protocol !== "http:") return null;
  const [host] = splitTarget(target);
  const direct = (env["NO_PROXY"] || env["no_proxy"] || "").split(",").map((name) => name.trim().replace(/^\./, ""));
  const matches = (name: string) => name === "*" || (name !== "" && (host === name || host.endsWith(`.${name}`)));
  return direct.some(matches) ? null : new URL(proxy);
}
