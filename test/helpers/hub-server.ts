import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";

/** What becomes of one request; the next one gets the next behaviour, and after the last one all is well. */
export type Behaviour =
  /** As a hub answers: ranges, If-Range, ETag. */
  | "well"
  /** The line breaks after half of what is left. */
  | "cut"
  /** No answer at all. */
  | "mute"
  /** Half of what is left, then nothing. */
  | "stall"
  /** Half of what is left, and says that this is all. */
  | "short"
  /** The whole file, whatever was asked for. */
  | "no-ranges"
  /** The part that was asked for, of whatever is there now. */
  | "no-if-range"
  | "weak-etag"
  | "html"
  /** More bytes than any disk has. */
  | "huge"
  | number
  | { redirect: string; sha256?: string };

export interface HubServer {
  url: string;
  requests: { path: string; headers: IncomingMessage["headers"] }[];
  content: Buffer;
  behaviours: Behaviour[];
  close(): Promise<void>;
}

/** A hub that keeps one file, at every path. */
export async function openHub(content: Buffer, behaviours: Behaviour[] = [], tls = false): Promise<HubServer> {
  const sockets = new Set<Socket>();
  const answerRequest = (incoming: IncomingMessage, response: ServerResponse) => {
    hub.requests.push({ path: incoming.url ?? "", headers: incoming.headers });
    answer(hub.content, hub.behaviours.shift() ?? "well", incoming, response);
  };
  const server = tls
    ? createTlsServer({ key: testKey, cert: testCertificate }, answerRequest)
    : createServer(answerRequest);
  const port = await listen(server, sockets);
  const hub: HubServer = {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    requests: [],
    content,
    behaviours,
    close: () => closeServer(server, sockets),
  };
  return hub;
}

export interface ProxyServer {
  url: string;
  /** `CONNECT host:port`, or the method and address of a request that was passed on. */
  passed: string[];
  close(): Promise<void>;
}

/** A proxy that leads everything to one port of this machine, whatever host was asked for. */
export async function openProxy(port: number): Promise<ProxyServer> {
  const sockets = new Set<Socket>();
  const passed: string[] = [];
  const server = createServer((incoming, response) => {
    passed.push(`${incoming.method} ${incoming.url}`);
    const { pathname } = new URL(incoming.url ?? "");
    const onward = request({ port, path: pathname, headers: incoming.headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 500, answered.headers);
      answered.pipe(response);
    });
    onward.end();
  });
  server.on("connect", (incoming: IncomingMessage, client: Socket) => {
    passed.push(`CONNECT ${incoming.url}`);
    const onward = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(client).pipe(onward);
    });
    for (const socket of [onward, client]) socket.on("error", () => onward.destroy());
  });
  return {
    url: `http://127.0.0.1:${await listen(server, sockets)}`,
    passed,
    close: () => closeServer(server, sockets),
  };
}

function answer(content: Buffer, behaviour: Behaviour, incoming: IncomingMessage, response: ServerResponse): void {
  if (typeof behaviour === "number") {
    response.writeHead(behaviour, { "retry-after": "0" }).end("no");
    return;
  }
  if (typeof behaviour === "object") {
    const linked = behaviour.sha256 ? { "x-linked-etag": `"${behaviour.sha256}"` } : {};
    response.writeHead(302, { location: behaviour.redirect, ...linked }).end();
    return;
  }
  if (behaviour === "mute") return;
  if (behaviour === "html") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>please log in</html>");
    return;
  }
  const tag = `"${createHash("md5").update(content).digest("hex")}"`;
  const asked = Number(/^bytes=(\d+)-$/.exec(incoming.headers.range ?? "")?.[1] ?? 0);
  const same = behaviour === "no-if-range" || incoming.headers["if-range"] === tag;
  const from = same && behaviour !== "no-ranges" ? asked : 0;
  if (from > content.length) {
    response.writeHead(416).end();
    return;
  }
  const part = content.subarray(from);
  const half = part.subarray(0, Math.floor(part.length / 2));
  const length = behaviour === "huge" ? 1e15 : behaviour === "short" ? half.length : part.length;
  response.writeHead(from > 0 ? 206 : 200, {
    "content-length": length,
    etag: behaviour === "weak-etag" ? `W/${tag}` : tag,
    ...(from > 0 && { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` }),
  });
  if (behaviour === "stall" || behaviour === "huge") response.write(half);
  else if (behaviour === "cut") response.write(half, () => setTimeout(() => response.destroy(), 50));
  else response.end(behaviour === "short" ? half : part);
}

async function listen(server: Server, sockets: Set<Socket>): Promise<number> {
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

/** For hub.test, signed by itself; worth nothing outside this file. */
const testKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGZJbcHmNeo5nC2VJ
zG+eZ0me4cOYw6gqFubOdXEU/X6hRANCAAQzs5sBqyTFoPIXz118XSouquq8ChaR
NMTCEykVYfqynAPcDRqjdgf6zaC2tTVsrsS0r2AgW/plDGtsQGY4wwe7
-----END PRIVATE KEY-----`;

const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBkjCCATigAwIBAgIUKFBJaYvfpEYJ0beAS9GC4TF8B+QwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIaHViLnRlc3QwIBcNMjYxMTIzMDgwMDA5WhgPMjEyNjEwMzAw
ODAwMDlaMBMxETAPBgNVBAMMCGh1Yi50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEM7ObAaskxaDyF89dfF0qLqrqvAoWkTTEwhMpFWH6spwD3A0ao3YH+s2g
trU1bK7EtK9gIFv6ZQxrbEBmOMMHu6NoMGYwHQYDVR0OBBYEFL6b6nMaKMPSTWtf
SFSHTKq4tnTdMB8GA1UdIwQYMBaAFL6b6nMaKMPSTWtfSFSHTKq4tnTdMA8GA1Ud
EwEB/wQFMAMBAf8wEwYDVR0RBAwwCoIIaHViLnRlc3QwCgYIKoZIzj0EAwIDSAAw
RQIgPXdYWNsF9MwzNk1BnjxGIXNRC8EDGmmiabUQONspdowCIQCm6rXVqx1VD4w+
Bi05idD5PQn4zWpgm5cVMnz/jz1pdg==
-----END CERTIFICATE-----`;
