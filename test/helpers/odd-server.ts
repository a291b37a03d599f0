import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a test's server does with one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse, body: Record<string, unknown>) => void;

export interface OddServer {
  url: string;
  /** Bodies of requests, by path, as they came. */
  asked: { path: string; body: Record<string, unknown>; headers: IncomingMessage["headers"] }[];
  close(): Promise<void>;
}

/**
 * An OpenAI-compatible server whose answers a test makes up: /v1/models lists one model `odd`, everything else is 404 unless
 * there is a handler for it.
 */
export async function oddServer(handlers: Record<string, Handler> = {}): Promise<OddServer> {
  const asked: OddServer["asked"] = [];
  const all: Record<string, Handler> = { "/v1/models": lists({ id: "odd" }), ...handlers };
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
      asked.push({ path, body, headers: request.headers });
      const handler = all[path] ?? fails(404, { error: { message: "no such path" } });
      handler(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function lists(...models: object[]): Handler {
  return gives({ object: "list", data: models });
}

export function gives(body: unknown): Handler {
  return fails(200, body);
}

export function fails(status: number, body: unknown, headers: Record<string, string> = {}): Handler {
  return (_, response) => {
    const html = typeof body === "string";
    response.writeHead(status, { "content-type": html ? "text/html" : "application/json", ...headers });
    response.end(html ? body : JSON.stringify(body));
  };
}

/** A stream of chat pieces, then what `end` says. */
export function streams(pieces: string[], end: (response: ServerResponse) => void = finishes()): Handler {
  return (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const content of pieces) sends(response, { choices: [{ index: 0, delta: { content } }] });
    end(response);
  };
}

export function finishes(usage?: object, reason = "stop"): (response: ServerResponse) => void {
  return (response) => {
    sends(response, { choices: [{ index: 0, delta: {}, finish_reason: reason }] });
    if (usage !== undefined) sends(response, { choices: [], usage });
    response.end("data: [DONE]\n\n");
  };
}

export function sends(response: ServerResponse, data: unknown): void {
  response.write(`data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
}
