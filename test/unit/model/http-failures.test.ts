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

describe("a server that fails", () => {
  it("is busy: when to come back is what it says", async () => {
    for (const [status, header, ms] of [
      [503, "7", 7_000],
      [429, "2.5", 2_500],
      [429, undefined, 5_000],
      [503, "soon", 5_000],
      [503, "999999", 600_000],
    ] as const) {
      const model = await open({
        [chat]: fails(status, { error: { message: "slow down" } }, header ? { "retry-after": header } : {}),
      });
      await expect(generate(model)).rejects.toMatchObject({ code: "model-busy", transient: true, retryAfterMs: ms });
    }
    const date = new Date(Date.now() + 60_000).toUTCString();
    const model = await open({ [chat]: fails(503, {}, { "retry-after": date }) });
    const error: unknown = await generate(model).catch((reason: unknown) => reason);
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(30_000);
  });

  it.each([
    ["a refused key", fails(401, { error: { message: "no" } }), { code: "key-refused", transient: false }],
    ["an unknown model", fails(404, { error: { message: "gone" } }), { code: "model-missing", transient: false }],
    ["a gateway's page", fails(502, "<html>Bad Gateway</html>"), { code: "model-unreachable", transient: true }],
    ["a timeout of its own", fails(504, {}), { code: "model-timeout", transient: true }],
    ["an odd request", fails(422, { detail: "seed?" }), { code: "request-refused", transient: false }],
    ["a page instead of a stream", fails(200, "<html>Welcome</html>"), { code: "model-unreachable", transient: false }],
    ["JSON instead of a stream", gives({ choices: [] }), { code: "model-unreachable", transient: false }],
    [
      "a stream that is no JSON",
      streams(["a"], (response) => (sends(response, "{oops"), response.end())),
      { code: "model-unreachable", transient: true },
    ],
    [
      "a stream that ends early",
      streams(["a"], (response) => response.end()),
      { code: "model-unreachable", transient: true },
    ],
    [
      "a connection that breaks",
      streams(["a"], (response) => setTimeout(() => response.destroy(), 20)),
      { code: "model-unreachable", transient: true },
    ],
    [
      "an error within the stream",
      streams(["a"], (response) => (sends(response, { error: { message: "out of memory" } }), response.end())),
      { code: "model-unreachable", transient: true },
    ],
  ] as const)("tells %s", async (_, handler, expected) => {
    const model = await open({ [chat]: handler });
    await expect(generate(model)).rejects.toMatchObject(expected);
    expect(model.status()).toMatchObject({ running: 0, waiting: 0 });
  });

  it("is given up when it says nothing, when it stops saying anything, and when it never ends", async () => {
    const late = { code: "model-timeout", transient: true };
    const silent = await open({ [chat]: () => {} }, { requestMs: 300 });
    await expect(generate(silent)).rejects.toMatchObject(late);
    const stalled = await open({ [chat]: streams(["a"], () => {}) }, { stallMs: 200 });
    await expect(generate(stalled)).rejects.toMatchObject(late);
    let timer: NodeJS.Timeout | undefined;
    const chatter: Handler = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      timer = setInterval(() => sends(response, { choices: [{ delta: { content: "more " } }] }), 20);
      response.on("close", () => clearInterval(timer));
    };
    const endless = await open({ [chat]: chatter }, { requestMs: 400, stallMs: 10_000 });
    await expect(generate(endless)).rejects.toMatchObject(late);
  });

  it("is left as soon as nobody waits for its answer", async () => {
    let left = false;
    const control = new AbortController();
    const stalls: Handler = (_, response) => {
      response.on("close", () => (left = true));
      streams(["a"], () => {})(_, response, {});
    };
    const model = await open({ [chat]: stalls });
    const reason = new Error("superseded");
    const onText = vi.fn(() => control.abort(reason));
    await expect(model.generate({ messages, maxTokens: 8, signal: control.signal, onText })).rejects.toBe(reason);
    await expect.poll(() => left).toBe(true);
    expect(onText).toHaveBeenCalledTimes(1);
  });

  it("is not believed to have kept the schema", async () => {
    for (const text of ['{"verdict":"perhaps"}', "I confirm.", '```json\n{"verdict":"confirm"}\n```', ""]) {
      const model = await open({ [chat]: streams([text]) });
      await expect(model.generate({ messages, maxTokens: 8, schema: verdict })).rejects.toMatchObject({
        code: "answer-invalid",
        transient: true,
      });
    }
    const cut = await open({ [chat]: streams(['{"verdict":"confirm"}'], finishes(undefined, "length")) });
    await expect(cut.generate({ messages, maxTokens: 8, schema: verdict })).rejects.toThrow("cut off");
  });

  it("quotes little of what it says", async () => {
    const model = await open({ [chat]: fails(422, { error: { message: "x".repeat(100_000) } }) });
    const error: unknown = await generate(model).catch((reason: unknown) => reason);
    expect((error as Error).message.length).toBeLessThan(500);
  });
});

describe("a server that lies about its context", () => {
  const long = [{ role: "user" as const, content: "some words of a long prompt ".repeat(500) }];

  it("is believed when it refuses a prompt, and from then on when it says how much it has", async () => {
    const refusal = {
      error: {
        message: "request exceeds the available context size",
        type: "exceed_context_size_error",
        code: 400,
        n_prompt_tokens: 3_012,
        n_ctx: 1_024,
      },
    };
    const model = await open({
      "/v1/models": lists({ id: "odd", max_model_len: 1_000_000 }),
      [chat]: fails(400, refusal),
    });
    expect(model.contextTokens).toBe(1_000_000);
    await expect(model.generate({ messages: long, maxTokens: 8 })).rejects.toMatchObject({
      code: "prompt-too-long",
      message: expect.stringContaining("3012"),
    });
    expect(model.contextTokens).toBe(1_024);
  });

  it.each([
    ["OpenAI's", { error: { message: "too long", code: "context_length_exceeded" } }],
    [
      "vLLM's",
      { object: "error", message: "This model's maximum context length is 2048 tokens. However, …", code: 400 },
    ],
    ["a plain one", { error: "the input is too long" }],
  ])("is understood in %s words", async (_, body) => {
    const model = await open({ [chat]: fails(400, body) });
    await expect(generate(model)).rejects.toMatchObject({ code: "prompt-too-long", transient: false });
  });

  it("is caught when it reads only a part of the prompt", async () => {
    const cuts = { [chat]: streams(["Sure!"], finishes({ prompt_tokens: 2_048, completion_tokens: 2 })) };
    const model = await open({ "/v1/models": lists({ id: "odd", max_model_len: 1_000_000 }), ...cuts });
    await expect(model.generate({ messages: long, maxTokens: 8 })).rejects.toMatchObject({
      code: "prompt-too-long",
      message: expect.stringContaining("2048"),
    });
    expect((await generate(model)).text).toBe("Sure!");
  });

  it("is not suspected where it tells no number", async () => {
    const quiet = { "/v1/models": lists({ id: "odd", max_model_len: 1_000_000 }), [chat]: streams(["Sure!"]) };
    expect((await (await open(quiet)).generate({ messages: long, maxTokens: 8 })).text).toBe("Sure!");
  });

  it("is not asked what cannot fit", async () => {
    const server = await serve({ "/v1/models": lists({ id: "odd", max_model_len: 1_024 }), [chat]: streams(["no"]) });
    const model = await openHttpModel({ url: server.url });
    closing.push(() => model.close());
    await expect(model.generate({ messages: long, maxTokens: 8 })).rejects.toMatchObject({ code: "prompt-too-long" });
    expect(server.asked.filter(({ path }) => path === chat)).toEqual([]);
  });
});
