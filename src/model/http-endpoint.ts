import { OpenAI } from "openai";
import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch as undiciFetch } from "undici";
import { z } from "zod";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { isLoopback } from "../shared/loopback.ts";
import { type Asked, asModelError, notAModelServer, statusError, told, unknownModel } from "./http-failures.ts";

export interface EndpointOptions {
  /** `http://host:port`, with `/v1` or the path that stands in its place. */
  url: string;
  /** Which of the server's models; may be left out where it has one. */
  model?: string | null;
  apiKey?: string | null;
  /** In place of what is sent over the network: for tests. */
  fetch?: typeof fetch;
}

/** A server that answered, and what it says about its model. */
export interface Endpoint {
  client: OpenAI;
  /** The model's id there. */
  model: string;
  /** The same without the folders of a GGUF file, which llama.cpp calls its models by. */
  name: string;
  /** `http://host:port`. */
  origin: string;
  /** Tokens of a prompt with its answer, as stated; null where nothing is. */
  contextTokens: number | null;
  /** The most it was trained for: an upper bound where nothing else is known. */
  trainedTokens: number | null;
  /** Only our own server tells. */
  sha256: string | null;
  canTokenize: boolean;
  canScore: boolean;
  /** Whether the server understands our headers. */
  ours: boolean;
  /** Tokens of a text, of a server that can tokenize. */
  countTokens(text: string, signal?: AbortSignal): Promise<number>;
  post(path: string, body: unknown, signal?: AbortSignal, headers?: Record<string, string>): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Asks a server whether it is well and what it serves.
 * Errors: AssistantError `model-unreachable`, `key-refused`, `model-missing` (the message lists what there is).
 */
export async function openEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const base = baseUrl(options.url);
  const dispatcher = dispatcherFor(base);
  const send = options.fetch ?? fetchThrough(dispatcher);
  const asked: Asked = { name: options.model ?? "a model", origin: base.origin, contextTokens: 0 };
  const ask = asker(send, base, options.apiKey ?? null, asked);
  try {
    await checkHealth(ask);
    const model = chooseModel(await listModels(ask, asked), options.model ?? null, asked);
    const contextTokens = model.contextTokens ?? (await propsContext(ask));
    const count = (text: string, signal?: AbortSignal) => countTokens(ask, model.id, text, signal);
    return {
      client: openClient(options, base, send),
      origin: base.origin,
      model: model.id,
      name: shortName(model.id),
      contextTokens,
      trainedTokens: model.trainedTokens,
      sha256: model.ours?.sha256 ?? null,
      canTokenize: await count("token").then(
        () => true,
        () => false,
      ),
      canScore: model.ours?.score ?? false,
      ours: model.ours !== null,
      countTokens: count,
      post: (path, body, signal, headers) => ask(path, { body, signal, headers }),
      close: () => dispatcher.close(),
    };
  } catch (error) {
    await dispatcher.close();
    throw error;
  }
}

/** With `/v1` where no path is given; without a slash at the end. */
function baseUrl(url: string): URL {
  const base = new URL(url);
  base.hash = "";
  base.pathname = base.pathname.replace(/\/+$/, "") || "/v1";
  return base;
}

/** A proxy of the environment, except to this machine. Time limits are ours: a slow prompt has no headers for minutes. */
function dispatcherFor(base: URL): Dispatcher {
  const options = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: limits.httpConnectMs } };
  return isLoopback(base.hostname) ? new Agent(options) : new EnvHttpProxyAgent(options);
}

function fetchThrough(dispatcher: Dispatcher): typeof fetch {
  // Undici's own fetch: the one within Node may be of another version than the dispatcher.
  return ((input: string, init?: object) => undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}

function openClient({ apiKey }: EndpointOptions, base: URL, send: typeof fetch): OpenAI {
  return new OpenAI({
    baseURL: base.href,
    // Each of these would else be taken from variables that were set for somebody else's service.
    apiKey: apiKey || "none",
    organization: null,
    project: null,
    ...(!apiKey && { defaultHeaders: { authorization: null } }),
    fetch: async (input, init) => withErrorInside(await send(input, init)),
    // Retries are the caller's business, who may have another server.
    maxRetries: 0,
    timeout: limits.httpLongestMs,
    // It would print prompts.
    logLevel: "off",
  });
}

/** The library reads an error below `error` alone; vLLM and others write it at the top. */
async function withErrorInside(response: Response): Promise<Response> {
  if (response.ok) return response;
  const body = parseJson(await response.clone().text());
  if (typeof body !== "object" || body === null || "error" in body) return response;
  return new Response(JSON.stringify({ error: body }), { status: response.status, headers: response.headers });
}

interface Ask {
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Instead of the path below `/v1`: llama.cpp's own paths lie beside it. */
  beside?: boolean;
}

type Asker = (path: string, ask?: Ask) => Promise<unknown>;

/** Sends JSON, gives JSON. Errors: those of the port. */
function asker(send: typeof fetch, base: URL, apiKey: string | null, asked: Asked): Asker {
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describe(response: Response): string {
  return `${response.headers.get("content-type") ?? "something"} instead of JSON`;
}

/** A server that loads its model lists it already, and cannot answer. Many servers have no such path. */
async function checkHealth(ask: Asker): Promise<void> {
  try {
    await ask("/health", { beside: true });
  } catch (error) {
    if (error instanceof AssistantError && error.code === "model-busy") {
      throw new AssistantError(`${error.message}: it may still be loading its model`, {
        code: "model-unreachable",
        remedy: "Try again when it is up.",
        transient: true,
        retryAfterMs: error.retryAfterMs ?? undefined,
      });
    }
    if (error instanceof AssistantError && error.transient) throw error;
  }
}

const positive = z.number().int().positive().nullish().catch(null);

/** What servers say about a model beyond its id; unknown fields of all kinds stand beside. */
const modelSchema = z.object({
  id: z.string(),
  aliases: z.array(z.string()).optional().catch(undefined),
  /** vLLM. */
  max_model_len: positive,
  /** llama.cpp. */
  meta: z.object({ n_ctx: positive, n_ctx_train: positive }).nullish().catch(null),
  /** Our own. */
  "x-engram": z
    .object({ sha256: z.string().nullable(), context_tokens: z.number(), score: z.boolean() })
    .nullish()
    .catch(null),
});

const listSchema = z.object({ data: z.array(modelSchema) });

type ListedModel = z.output<typeof modelSchema>;

/** Null where the server keeps no list. */
async function listModels(ask: Asker, asked: Asked): Promise<ListedModel[] | null> {
  let answer: unknown;
  try {
    answer = await ask("/models");
  } catch (error) {
    // A path that is not there; a key or a server that fails is told to the caller.
    if (error instanceof AssistantError && error.code === "model-missing") return null;
    throw error;
  }
  const parsed = listSchema.safeParse(answer);
  if (!parsed.success) throw notAModelServer(asked, `/models is not a list of models (${messageOf(parsed.error)})`);
  return parsed.data.data;
}

interface ChosenModel {
  id: string;
  contextTokens: number | null;
  trainedTokens: number | null;
  ours: { sha256: string | null; score: boolean } | null;
}

function chooseModel(listed: ListedModel[] | null, wanted: string | null, asked: Asked): ChosenModel {
  if (listed === null) {
    if (wanted !== null) return { id: wanted, contextTokens: null, trainedTokens: null, ours: null };
    throw notAModelServer(asked, "it lists no models, and none was named");
  }
  const names = listed.map(({ id }) => shortName(id)).join(", ") || "none";
  const found =
    wanted === null
      ? listed
      : listed.filter(({ id, aliases }) => id === wanted || shortName(id) === wanted || aliases?.includes(wanted));
  const [model] = found;
  if (wanted !== null && model === undefined) throw unknownModel(asked, `it has: ${names}`);
  if (model === undefined || found.length > 1) {
    throw new AssistantError(`${asked.origin} has ${listed.length} models and none was named: ${names}`, {
      code: "model-missing",
      remedy: "Name one of them: http://host:port/v1#MODEL.",
    });
  }
  const ours = model["x-engram"] ?? null;
  return {
    id: model.id,
    contextTokens: ours?.context_tokens ?? model.max_model_len ?? model.meta?.n_ctx ?? null,
    trainedTokens: model.meta?.n_ctx_train ?? null,
    ours,
  };
}

function shortName(id: string): string {
  return /[^/\\]+(?=\.gguf$)/i.exec(id)?.[0] ?? id;
}

const propsSchema = z.object({ default_generation_settings: z.object({ n_ctx: z.number().int().positive() }) });

/** llama.cpp before it told the context in its list: of one slot, not of all. */
async function propsContext(ask: Asker): Promise<number | null> {
  const props = await ask("/props", { beside: true }).catch(() => null);
  return propsSchema.safeParse(props).data?.default_generation_settings.n_ctx ?? null;
}

const tokensSchema = z.union([
  z.object({ count: z.number().int().nonnegative() }).transform(({ count }) => count),
  z.object({ tokens: z.array(z.unknown()) }).transform(({ tokens }) => tokens.length),
]);

/** llama.cpp asks for `content`, vLLM for `prompt`; both leave what they do not know. */
async function countTokens(ask: Asker, model: string, text: string, signal?: AbortSignal): Promise<number> {
  const body = { model, content: text, prompt: text, add_special: false, add_special_tokens: false };
  return tokensSchema.parse(await ask("/tokenize", { body, signal, beside: true }));
}
