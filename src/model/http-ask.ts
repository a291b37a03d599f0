import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch as undiciFetch } from "undici";
import { limits } from "../shared/limits.ts";
import { isLoopback } from "../shared/loopback.ts";
import { type Asked, asModelError, notAModelServer, statusError, told } from "./http-failures.ts";

/** With `/v1` where no path is given; without a slash at the end. */
export function baseUrl(url: string): URL {
  const base = new URL(url);
  base.hash = "";
  base.pathname = base.pathname.replace(/\/+$/, "") || "/v1";
  return base;
}

/** A proxy of the environment, except to this machine. Time limits are ours: a slow prompt has no headers for minutes. */
export function dispatcherFor(base: URL): Dispatcher {
  const options = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: limits.httpConnectMs } };
  return isLoopback(base.hostname) ? new Agent(options) : new EnvHttpProxyAgent(options);
}

export function fetchThrough(dispatcher: Dispatcher): typeof fetch {
  // Undici's own fetch: the one within Node may be of another version than the dispatcher.
  return ((input: string, init?: object) => undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}

export interface Ask {
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Instead of the path below `/v1`: llama.cpp's own paths lie beside it. */
  beside?: boolean;
}

export type Asker = (path: string, ask?: Ask) => Promise<unknown>;

/** Sends JSON, gives JSON. Errors: those of the port. */
export function asker(send: typeof fetch, base: URL, apiKey: string | null, asked: Asked): Asker {
  return async (path, { body, signal, headers, beside }: Ask = {}) => {
    const root = beside ? base.href.replace(/\/v1$/, "") : base.href;
    const timeout = AbortSignal.timeout(limits.httpAskMs);
    try {
      const response = await send(`${root}${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          accept: "application/json",
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(apiKey && { authorization: `Bearer ${apiKey}` }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        // Whoever brings a signal brings a time limit, too.
        signal: signal ?? timeout,
      });
      const text = await readText(response, asked);
      const json = parseJson(text);
      if (!response.ok) throw statusError(response.status, told(json ?? ""), response.headers, asked);
      if (json === undefined) throw notAModelServer(asked, `${path} gives ${describe(response)}`);
      return json;
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) throw asModelError(new TypeError("fetch failed", { cause: timeout.reason }), asked);
      throw asModelError(error, asked);
    }
  };
}

async function readText(response: Response, asked: Asked): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(part, { stream: true });
    if (text.length > limits.httpAnswerCharacters) throw notAModelServer(asked, "its answer has no end");
  }
  return text;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describe(response: Response): string {
  return `${response.headers.get("content-type") ?? "something"} instead of JSON`;
}
