import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type HttpModel, type HttpModelOptions, openHttpModel } from "../../../src/model/http-model.ts";
import {
  fails,
  finishes,
  gives,
  type Handler,
  lists,
  oddServer,
  type OddServer,
  sends,
  streams,
} from "../../helpers/odd-server.ts";

const chat = "/v1/chat/completions";
const messages = [{ role: "user" as const, content: "Does src/report.ts still call parseDate?" }];
const verdict = z.object({ verdict: z.enum(["confirm", "reject"]) });
const closing: (() => Promise<void>)[] = [];

async function serve(handlers: Record<string, Handler>): Promise<OddServer> {
  const server = await oddServer(handlers);
  closing.push(() => server.close());
  return server;
}

async function open(handlers: Record<string, Handler>, options: Partial<HttpModelOptions> = {}): Promise<HttpModel> {
  const { url } = await serve(handlers);
  const model = await openHttpModel({ url, ...options });
  closing.push(() => model.close());
  return model;
}

const generate = (model: HttpModel) => model.generate({ messages, maxTokens: 16 });

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe("opening a model of a server", () => {
  it("takes the only model there is, or the one that was named", async () => {
    expect((await open({})).identity).toEqual({ name: "odd", sha256: null, backend: "http" });
    const two = { "/v1/models": lists({ id: "a" }, { id: "org/b", aliases: ["bee"] }) };
    expect((await open(two, { model: "org/b" })).identity.name).toBe("org/b");
    expect((await open(two, { model: "bee" })).identity.name).toBe("org/b");
    await expect(open(two)).rejects.toMatchObject({
      code: "model-missing",
      message: expect.stringContaining("a, org/b"),
    });
    await expect(open(two, { model: "c" })).rejects.toMatchObject({
      code: "model-missing",
      message: expect.stringContaining("a, org/b"),
    });
  });

  it("calls a file by its name, as llama.cpp calls its models by their paths", async () => {
    const model = await open({ "/v1/models": lists({ id: "/srv/models/tiny-q4.gguf" }), [chat]: streams(["yes"]) });
    expect(model.identity.name).toBe("tiny-q4");
    expect((await generate(model)).text).toBe("yes");
  });

  it("goes without a list where a model was named", async () => {
    const none = { "/v1/models": fails(404, { detail: "Not Found" }) };
    expect((await open(none, { model: "mine" })).identity.name).toBe("mine");
    await expect(open(none)).rejects.toMatchObject({ code: "model-unreachable", transient: false });
  });

  it("reads the context that a server states, in each of their ways, and believes less rather than more", async () => {
    const says = async (model: object, handlers = {}, contextTokens?: number) =>
      (await open({ "/v1/models": lists({ id: "odd", ...model }), ...handlers }, { contextTokens })).contextTokens;
    const props = { "/props": gives({ default_generation_settings: { n_ctx: 1_536 } }) };
    expect(await says({ max_model_len: 8_192 })).toBe(8_192);
    expect(await says({ meta: { n_ctx: 2_048, n_ctx_train: 32_768 } })).toBe(2_048);
    expect(await says({}, props)).toBe(1_536);
    expect(await says({ max_model_len: 8_192 }, {}, 1_024)).toBe(1_024);
    expect(await says({ max_model_len: 8_192 }, {}, 1_000_000)).toBe(8_192);
    // Trained for much, given who knows what.
    expect(await says({ meta: { n_ctx_train: 32_768 } })).toBe(4_096);
    expect(await says({ meta: { n_ctx_train: 2_048 } })).toBe(2_048);
    expect(await says({}, {}, 16_384)).toBe(16_384);
    expect(await says({})).toBe(4_096);
    expect(await says({ max_model_len: "many", meta: { n_ctx: -1 } })).toBe(4_096);
  });

  it("tells what is not there, what still loads, what wants a key and what is no model server", async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    await expect(openHttpModel({ url: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: "model-unreachable",
      transient: true,
      message: expect.stringContaining("ECONNREFUSED"),
    });
    const loading = fails(503, { error: { message: "Loading model", code: 503 } }, { "retry-after": "3" });
    await expect(open({ "/health": loading })).rejects.toMatchObject({
      code: "model-unreachable",
      transient: true,
      retryAfterMs: 3_000,
      message: expect.stringContaining("loading"),
    });
    for (const status of [401, 403]) {
      const refuses = { "/v1/models": fails(status, { error: { message: "Invalid API Key", code: status } }) };
      await expect(open(refuses, { apiKey: "the-secret" })).rejects.toMatchObject({
        code: "key-refused",
        transient: false,
        message: expect.not.stringContaining("the-secret"),
        remedy: expect.stringContaining("MODEL_API_KEY"),
      });
    }
    const pages: Handler[] = [
      fails(200, "<html><body>Welcome to nginx!</body></html>"),
      gives({ models: [] }),
      gives([]),
      gives({ data: [{ name: "no id" }] }),
    ];
    for (const page of pages)
      await expect(open({ "/v1/models": page })).rejects.toMatchObject({ code: "model-unreachable", transient: false });
    await expect(open({ "/v1/models": fails(500, "<h1>Oops</h1>") })).rejects.toMatchObject({
      code: "model-unreachable",
      transient: true,
    });
  });

  it("sends the key that it was given, and none of the environment", async () => {
    vi.stubEnv("OPENAI_API_KEY", "of-another-service");
    vi.stubEnv("OPENAI_ORG_ID", "of-another-service");
    vi.stubEnv("OPENAI_BASE_URL", "http://127.0.0.1:1");
    const server = await serve({ [chat]: streams(["yes"]) });
    for (const apiKey of ["mine", undefined]) {
      const model = await openHttpModel({ url: server.url, apiKey });
      closing.push(() => model.close());
      server.asked.length = 0;
      await generate(model);
      expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([apiKey && `Bearer ${apiKey}`]);
      expect(JSON.stringify(server.asked)).not.toContain("of-another-service");
    }
  });

  it("goes through the proxy of the environment, but never to this machine", async () => {
    const proxied: string[] = [];
    const proxy = createServer((request, response) => {
      proxied.push(request.url ?? "");
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ data: [{ id: "behind" }] }));
    });
    proxy.on("connect", (request, socket) => {
      proxied.push(request.url ?? "");
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise((resolve) => proxy.close(() => resolve())));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"]) vi.stubEnv(name, address);
    for (const name of ["NO_PROXY", "no_proxy"]) vi.stubEnv(name, "");
    await open({});
    expect(proxied).toEqual([]);
    await expect(openHttpModel({ url: "https://models.invalid/v1" })).rejects.toMatchObject({
      code: "model-unreachable",
      transient: true,
    });
    expect(proxied).toEqual(["models.invalid:443"]);
    vi.stubEnv("NO_PROXY", "models.invalid");
    vi.stubEnv("no_proxy", "models.invalid");
    proxied.length = 0;
    await expect(openHttpModel({ url: "https://models.invalid/v1" })).rejects.toMatchObject({
      code: "model-unreachable",
    });
    expect(proxied).toEqual([]);
  });
});

describe("what is asked of a server", () => {
  it("streams, greedily and with the same seed unless told otherwise", async () => {
    const server = await serve({ [chat]: streams(["yes"]), "/v1/completions": completion });
    const model = await openHttpModel({ url: server.url });
    closing.push(() => model.close());
    server.asked.length = 0;
    await generate(model);
    await model.generate({ messages: "plain", maxTokens: 5, temperature: 0.7, seed: 9, stop: ["\n"], schema: verdict });
    const [first, second] = server.asked;
    expect(first).toMatchObject({ path: chat });
    expect(first?.body).toEqual({
      model: "odd",
      messages,
      max_tokens: 16,
      temperature: 0,
      seed: 0,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(second).toMatchObject({ path: "/v1/completions" });
    expect(second?.body).toMatchObject({ prompt: "plain", max_tokens: 5, temperature: 0.7, seed: 9, stop: ["\n"] });
    expect(second?.body["response_format"]).toEqual({
      type: "json_schema",
      json_schema: {
        name: "answer",
        strict: true,
        schema: {
          type: "object",
          properties: { verdict: { enum: ["confirm", "reject"] } },
          required: ["verdict"],
          additionalProperties: false,
        },
      },
    });
    // Only our own server orders its queue by them.
    expect(Object.keys(first?.headers ?? {}).filter((name) => name.startsWith("x-engram"))).toEqual([]);
  });

  const completion: Handler = (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    sends(response, { choices: [{ index: 0, text: '{"verdict":"confirm"}' }] });
    finishes({ prompt_tokens: 3, completion_tokens: 7 })(response);
  };

  it("hands on each piece in whole characters, and tells what the server counted", async () => {
    const smile = "😀";
    const model = await open({
      [chat]: streams(
        ["a", smile.slice(0, 1), `${smile.slice(1)}b`],
        finishes({ prompt_tokens: 11, completion_tokens: 3 }),
      ),
    });
    const pieces: string[] = [];
    const answer = await model.generate({ messages, maxTokens: 16, onText: (piece) => pieces.push(piece) });
    expect(pieces).toEqual(["a", "😀b"]);
    expect(answer).toMatchObject({ text: "a😀b", value: undefined, promptTokens: 11, generatedTokens: 3 });
    expect(answer.model).toEqual(model.identity);
  });

  it("refuses a schema that no grammar holds, as every back end does", async () => {
    const model = await open({});
    const schema = z.object({ line: z.number() });
    await expect(model.generate({ messages, maxTokens: 8, schema })).rejects.toThrow(TypeError);
  });

  it("lets what a caller's own function throws be the caller's", async () => {
    const model = await open({ [chat]: streams(["a", "b"]) });
    const mistake = new TypeError("a mistake of the caller");
    const onText = () => {
      throw mistake;
    };
    await expect(model.generate({ messages, maxTokens: 8, onText })).rejects.toBe(mistake);
  });
});

describe("tokens of a text", () => {
  it("are counted by the server where it can, in llama.cpp's way and in vLLM's", async () => {
    for (const answer of [{ tokens: [1, 2, 3] }, { count: 3, tokens: [1, 2, 3], max_model_len: 9 }, { count: 3 }]) {
      const server = await serve({ "/tokenize": gives(answer) });
      const model = await openHttpModel({ url: server.url });
      closing.push(() => model.close());
      expect(await model.countTokens("some text")).toBe(3);
      expect(server.asked.at(-1)?.body).toMatchObject({
        content: "some text",
        prompt: "some text",
        add_special: false,
      });
    }
  });

  it("are estimated from above where it cannot", async () => {
    const model = await open({});
    const text = "The second file still calls a removed function.";
    expect(await model.countTokens(text)).toBeGreaterThanOrEqual(9);
    expect(await model.countTokens(text)).toBeLessThanOrEqual(text.length / 2);
  });
});
