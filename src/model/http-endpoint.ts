import { OpenAI } from "openai";
import { z } from "zod";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type Asker, asker, baseUrl, dispatcherFor, fetchThrough, parseJson } from "./http-ask.ts";
import type { Asked } from "./http-failures.ts";
import { chooseModel, listModels, shortName } from "./http-models.ts";

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
