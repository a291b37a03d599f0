import { createServer as createHttp, request as httpRequest, type Server } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type RegistryProxy, startRegistryProxy } from "../../../src/sandbox/registry-proxy.ts";

let dir: string;
let echo: TcpServer;
let http: Server;
let proxy: RegistryProxy;
let reached: number;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "proxy-"));
  reached = 0;
  echo = createServer((socket) => {
    reached++;
    socket.on("error", () => {}).pipe(socket);
  });
  http = createHttp((request, response) => {
    reached++;
    response.setHeader("x-saw", request.headers.host ?? "");
    response.end(`${request.method} ${request.url}`);
  });
  for (const server of [echo, http]) await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  proxy = await startRegistryProxy(join(dir, "s"), new Set([`127.0.0.1:${portOf(echo)}`, `127.0.0.1:${portOf(http)}`]));
});
afterEach(async () => {
  await proxy.close();
  for (const server of [echo, http]) await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

function portOf(server: TcpServer): number {
  return (server.address() as { port: number }).port;
}

/** What comes back for these bytes, until the other side ends or nothing more comes. */
function exchange(first: string, then?: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(join(dir, "s"), () => socket.write(first));
    socket.on("data", (data: Buffer) => {
      text += data.toString("utf8");
      if (then === undefined) return;
      if (text.endsWith("\r\n\r\n")) socket.write(then);
      else socket.destroy();
    });
    socket.on("error", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
}

it("opens a tunnel to an allowed host and port, and carries bytes both ways", async () => {
  const text = await exchange(`CONNECT 127.0.0.1:${portOf(echo)} HTTP/1.1\r\n\r\n`, "hello");
  expect(text).toBe("HTTP/1.1 200 Connection Established\r\n\r\nhello");
  expect(proxy.refused()).toEqual([]);
});

it.each([
  "evil.example:443",
  "127.0.0.1:1",
  "localhost:PORT",
  "127.0.0.1:PORT@evil.example:443",
  "127.0.0.1",
  "[::ffff:127.0.0.1]:PORT",
])("refuses a tunnel to %s", async (target) => {
  const asked = target.replace("PORT", String(portOf(echo)));
  const text = await exchange(`CONNECT ${asked} HTTP/1.1\r\n\r\n`);
  expect(text).toMatch(/^HTTP\/1.1 403/);
  expect(proxy.refused()).toEqual([asked]);
  expect(reached).toBe(0);
});

function get(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; saw: unknown }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath: join(dir, "s"), path: url, headers }, (response) => {
      let text = "";
      response.on("data", (data: Buffer) => (text += data.toString("utf8")));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, saw: response.headers["x-saw"] }));
    });
    request.on("error", reject);
    request.end();
  });
}

it("forwards a request for an allowed http URL, under that URL's own host", async () => {
  const host = `127.0.0.1:${portOf(http)}`;
  expect(await get(`http://${host}/package?x=1`, { host: "evil.example" })).toEqual({
    status: 200,
    text: "GET /package?x=1",
    saw: host,
  });
});

it.each([
  "http://evil.example/",
  "http://127.0.0.1:1/",
  "/package",
  "https://127.0.0.1:PORT/",
  "file:///etc/passwd",
  "http://127.0.0.1:PORT.evil.example/",
])("does not forward %s", async (url) => {
  expect((await get(url.replace("PORT", String(portOf(http))))).status).toBe(403);
  expect(reached).toBe(0);
});

it("goes through the proxy of this machine, except where that is said not to", async () => {
  const asked: { path: string | undefined; authorization: unknown }[] = [];
  const upstream = createHttp();
  upstream.on("connect", (request, socket) => {
    asked.push({ path: request.url, authorization: request.headers["proxy-authorization"] });
    const server = connect(portOf(echo), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(server).pipe(socket);
    });
    for (const side of [socket, server]) side.on("error", () => {});
  });
  await new Promise<void>((resolve) => void upstream.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("HTTPS_PROXY", `http://user:p%40ss@127.0.0.1:${portOf(upstream)}`);
  vi.stubEnv("NO_PROXY", "");
  const target = `127.0.0.1:${portOf(echo)}`;
  expect(await exchange(`CONNECT ${target} HTTP/1.1\r\n\r\n`, "hello")).toContain("hello");
  expect(asked).toEqual([{ path: target, authorization: `Basic ${Buffer.from("user:p@ss").toString("base64")}` }]);
  vi.stubEnv("NO_PROXY", "example.com, 127.0.0.1");
  expect(await exchange(`CONNECT ${target} HTTP/1.1\r\n\r\n`, "hello")).toContain("hello");
  expect(asked).toHaveLength(1);
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

it("answers where the registry does not", async () => {
  const port = portOf(echo);
  await new Promise((resolve) => echo.close(resolve));
  expect(await exchange(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1.1 502/);
  await new Promise<void>((resolve) => void echo.listen(0, "127.0.0.1", resolve));
});
