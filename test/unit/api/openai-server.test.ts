import { OpenAI } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { openHttpModel } from "../../../src/model/http-model.ts";
import type { GenerateRequest, Model, ScoreRequest } from "../../../src/model/model.ts";
import { ScriptedModel } from "../../../src/model/scripted-model.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { fakeModel, promptText } from "../../helpers/fake-model.ts";
import { type ModelServer, serveModels } from "../../helpers/model-server.ts";

const closing: (() => Promise<void>)[] = [];

async function serve(models: readonly Model[] | null, token?: string): Promise<ModelServer> {
  const server = await serveModels(models, token);
  closing.push(() => server.close());
  return server;
}

async function client(...models: Model[]): Promise<OpenAI> {
  const { url } = await serve(models);
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
}

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

const messages = [{ role: "user" as const, content: "Is it so?" }];
const ask = { model: "fake", messages, max_tokens: 16 };

/** Writes in pieces, as a real model does. */
function slowly(pieces: string[], signal?: (request: GenerateRequest) => void): Model {
  const model = fakeModel(() => "");
  return {
    ...model,
    async generate(request) {
      signal?.(request);
      for (const piece of pieces) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        request.onText?.(piece);
      }
      const text = pieces.join("");
      const value = request.schema?.parse(JSON.parse(text));
      return { text, value, promptTokens: 7, generatedTokens: pieces.length, ms: 1, model: model.identity };
    },
  };
}

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe("the server, asked by OpenAI's own client", () => {
  it("answers a chat in one piece", async () => {
    const openai = await client(fakeModel((request) => promptText(request).toUpperCase()));
    const answer = await openai.chat.completions.create(ask);
    expect(answer.choices).toMatchObject([
      { index: 0, message: { role: "assistant", content: "IS IT SO?" }, finish_reason: "stop" },
    ]);
    expect(answer).toMatchObject({ object: "chat.completion", model: "fake" });
    expect(answer.usage).toEqual({ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 });
  });

  it("streams a chat, with the numbers of tokens at its end where they are asked for", async () => {
    const openai = await client(slowly(["It ", "is ", "so."]));
    const read = async (options: object) => {
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      const stream = await openai.chat.completions.create({ ...ask, stream: true, ...options });
      for await (const chunk of stream) chunks.push(chunk);
      return chunks;
    };
    const chunks = await read({ stream_options: { include_usage: true } });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content)).toEqual([
      "",
      "It ",
      "is ",
      "so.",
      undefined,
      undefined,
    ]);
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect((await read({})).some(({ usage }) => usage)).toBe(false);
  });

  it("completes plain text, in one piece and as a stream", async () => {
    const openai = await client(slowly(["one", " two"]));
    const plain = { model: "fake", prompt: "zero", max_tokens: 2 };
    const answer = await openai.completions.create(plain);
    // Two tokens were allowed and written: there may have been more to say.
    expect(answer.choices).toMatchObject([{ text: "one two", finish_reason: "length" }]);
    let text = "";
    for await (const { choices } of await openai.completions.create({ ...plain, stream: true }))
      text += choices[0]?.text ?? "";
    expect(text).toBe("one two");
  });

  it("keeps a schema, and gives what there is of an answer that was cut off", async () => {
    const verdict = z.object({ verdict: z.enum(["confirm", "reject"]), why: z.string().max(80) });
    const whole = '{"verdict":"confirm","why":"It stands in line 8."}';
    const model = new ScriptedModel({
      name: "fake",
      steps: [{ answer: JSON.parse(whole) as object, times: 0 }],
    } as never);
    const openai = await client(model);
    const format = zodResponseFormat(verdict, "verdict");
    const parsed = await openai.chat.completions.parse({ ...ask, max_tokens: 200, response_format: format });
    expect(parsed.choices[0]?.message.parsed).toEqual(JSON.parse(whole));
    const cut = await openai.chat.completions.create({ ...ask, max_tokens: 3, response_format: format });
    expect(cut.choices[0]).toMatchObject({ finish_reason: "length", message: { content: whole.slice(0, 12) } });
  });

  it("passes on what was asked for", async () => {
    let got: GenerateRequest | undefined;
    const openai = await client(slowly(["x"], (request) => (got = request)));
    await openai.chat.completions.create({
      ...ask,
      messages: [
        { role: "developer", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        },
      ],
      max_completion_tokens: 9,
      temperature: 0.5,
      seed: 4,
      stop: "END",
    });
    expect(got).toMatchObject({ maxTokens: 9, temperature: 0.5, seed: 4, stop: ["END"] });
    expect(got?.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "ab" },
    ]);
    expect(got?.priority).toBeUndefined();
  });

  it("lists its models, and knows no others", async () => {
    const sha256 = "ab".repeat(32);
    const openai = await client(
      fakeModel(() => "first", { identity: { name: "org/first", sha256 } }),
      fakeModel(() => "second", { identity: { name: "second" } }),
    );
    const listed = await openai.models.list();
    expect(listed.data.map(({ id }) => id)).toEqual(["org/first", "second"]);
    expect(listed.data[0]).toMatchObject({
      max_model_len: 4_096,
      meta: { n_ctx: 4_096 },
      "x-engram": { sha256, context_tokens: 4_096, score: false },
    });
    expect((await openai.models.retrieve("org/first")).id).toBe("org/first");
    const answer = await openai.chat.completions.create({ ...ask, model: "second" });
    expect(answer.choices[0]?.message.content).toBe("second");
    await expect(openai.chat.completions.create({ ...ask, model: "third" })).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
      message: expect.stringContaining("org/first, second"),
    });
  });

  it("tells errors before the first piece with a status, and later ones within the stream", async () => {
    const busy = new AssistantError("64 wait", {
      code: "model-busy",
      remedy: "Wait.",
      transient: true,
      retryAfterMs: 4_000,
    });
    const openai = await client(
      fakeModel(() => Promise.reject(busy)),
      {
        ...fakeModel(() => "", { identity: { name: "breaks" } }),
        generate: (request) => {
          request.onText?.("It ");
          return Promise.reject(
            new AssistantError("late", { code: "model-timeout", remedy: "Wait.", transient: true }),
          );
        },
      },
    );
    for (const stream of [true, false]) {
      const error: unknown = await openai.chat.completions
        .create({ ...ask, stream })
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ status: 503, code: "model-busy" });
      expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get("retry-after")).toBe("4");
    }
    const pieces: string[] = [];
    const stream = await openai.chat.completions.create({ ...ask, model: "breaks", stream: true });
    const read = async () => {
      for await (const chunk of stream) pieces.push(chunk.choices[0]?.delta.content ?? "");
    };
    await expect(read()).rejects.toMatchObject({ code: "model-timeout" });
    expect(pieces).toEqual(["", "It "]);
  });

  it("stops writing when its client goes away", async () => {
    for (const stream of [true, false]) {
      let signal: AbortSignal | undefined;
      const model: Model = {
        ...fakeModel(() => ""),
        generate: (request) => {
          signal = request.signal;
          if (stream) request.onText?.("It ");
          return new Promise((_, reject) =>
            request.signal?.addEventListener("abort", () => reject(request.signal?.reason as Error)),
          );
        },
      };
      const openai = await client(model);
      const control = new AbortController();
      const answer = openai.chat.completions.create({ ...ask, stream }, { signal: control.signal });
      if (stream) await answer;
      await expect.poll(() => signal !== undefined).toBe(true);
      control.abort();
      if (!stream) await expect(answer).rejects.toThrow(/abort/i);
      await expect.poll(() => signal?.aborted).toBe(true);
    }
  });
});

describe("the server, asked by anybody", () => {
  it("says that it is loading, and when to come back", async () => {
    const { url } = await serve(null);
    for (const path of ["/health", "/v1/models"]) {
      const response = await fetch(url + path);
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("5");
    }
    expect((await post(`${url}/v1/chat/completions`, ask)).status).toBe(503);
    await expect(openHttpModel({ url })).rejects.toMatchObject({ code: "model-unreachable", transient: true });
  });

  it("tells its load without a token, and nothing else", async () => {
    const { url } = await serve([fakeModel(() => "x")], "a-token-of-24-characters");
    expect(await (await fetch(`${url}/health`)).json()).toEqual({
      status: "ok",
      models: [{ id: "fake", slots: 1, running: 0, waiting: 0 }],
    });
    for (const path of ["/v1/models", "/v1/models/fake"]) expect((await fetch(url + path)).status).toBe(401);
    for (const path of ["/v1/chat/completions", "/tokenize", "/v1/score"])
      expect((await post(url + path, ask)).status).toBe(401);
    const model = await openHttpModel({ url, apiKey: "a-token-of-24-characters" });
    expect((await model.generate({ messages, maxTokens: 4 })).text).toBe("x");
    await model.close();
  });

  it.each([
    ["what is not JSON", "{oops", "not-json"],
    ["nothing", "", "not-json"],
    ["a list", [], "bad-request"],
    ["no messages", { model: "fake", messages: [] }, "bad-request"],
    ["a message of a tool", { ...ask, messages: [{ role: "tool", content: "x" }] }, "bad-request"],
    ["a picture", { ...ask, messages: [{ role: "user", content: [{ type: "image_url" }] }] }, "bad-request"],
    ["no tokens", { ...ask, max_tokens: 0 }, "bad-request"],
    ["half a token", { ...ask, max_tokens: 1.5 }, "bad-request"],
    ["a hot temperature", { ...ask, temperature: 9 }, "bad-request"],
    ["several answers", { ...ask, n: 2 }, "bad-request"],
    ["tools", { ...ask, tools: [{ type: "function" }] }, "bad-request"],
    ["likelihoods", { ...ask, logprobs: true }, "bad-request"],
    ["JSON of any kind", { ...ask, response_format: { type: "json_object" } }, "bad-request"],
    ["too many ends", { ...ask, stop: Array<string>(99).fill("x") }, "bad-request"],
  ])("refuses %s", async (_, body, code) => {
    const { url, reported } = await serve([fakeModel(() => "x")]);
    const response = await post(`${url}/v1/chat/completions`, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error", code } });
    expect(reported).toEqual([]);
  });

  it.each([
    ["numbers", { type: "object", properties: { line: { type: "integer" } } }, "answer.line"],
    ["strings without an end", { type: "object", properties: { why: { type: "string" } } }, "maximum length"],
    ["patterns", { type: "object", properties: { a: { type: "string", maxLength: 9, pattern: "(a+)+$" } } }, "pattern"],
    ["a bare string", { type: "string", maxLength: 9 }, "object or an array"],
    ["conditions", { type: "object", properties: {}, if: {} }, "not supported"],
    ["itself", { type: "object", properties: { next: { $ref: "#" } } }, "response_format"],
    ["too much", { type: "object", properties: { a: { enum: ["x".repeat(70_000)] } } }, "too large"],
  ])("says why a schema of %s cannot be kept", async (_, schema, why) => {
    const { url, reported } = await serve([fakeModel(() => "{}")]);
    const response_format = { type: "json_schema", json_schema: { name: "a", schema } };
    const response = await post(`${url}/v1/chat/completions`, { ...ask, response_format });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string; code: string } };
    expect(error.message).toContain(why);
    expect(error.code).toBe("schema-refused");
    expect(reported).toEqual([]);
  });

  it("tells a prompt that is too long in OpenAI's form", async () => {
    const { url } = await serve([new ScriptedModel({ name: "fake", steps: [] }, { contextTokens: 64 })]);
    const response = await post(`${url}/v1/chat/completions`, {
      ...ask,
      messages: [{ role: "user", content: "word ".repeat(99) }],
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error", code: "prompt-too-long" } });
  });

  it("says nothing of a bug but that there is one", async () => {
    const bug = new Error("secret text of a prompt");
    const { url, reported } = await serve([fakeModel(() => Promise.reject(bug))]);
    const response = await post(`${url}/v1/chat/completions`, ask);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
    expect(reported).toEqual([bug]);
  });

  it("chooses a length where the caller leaves it open", async () => {
    const lengths: number[] = [];
    const model = (contextTokens: number) => ({
      ...slowly(["x"], ({ maxTokens }) => lengths.push(maxTokens)),
      contextTokens,
    });
    for (const contextTokens of [2_048, 100_000]) {
      const { url } = await serve([model(contextTokens)]);
      await post(`${url}/v1/chat/completions`, { messages });
    }
    expect(lengths).toEqual([512, 1_024]);
  });

  it("asks which model where it has several", async () => {
    const { url } = await serve([fakeModel(() => "a"), fakeModel(() => "b", { identity: { name: "b" } })]);
    expect((await post(`${url}/v1/chat/completions`, { messages })).status).toBe(400);
  });

  it("weighs continuations and counts tokens, for those who ask for what is ours", async () => {
    const asked: ScoreRequest[] = [];
    const scoring: Model = {
      ...fakeModel(() => "x"),
      score: async (request) => {
        asked.push(request);
        return request.continuations.map((one, index) => ({ tokens: one.length, logProbability: -1 - index }));
      },
    };
    const { url } = await serve([scoring]);
    const model = await openHttpModel({ url });
    closing.push(() => model.close());
    const deadline = Date.now() + 60_000;
    const request = { continuations: ["a", "bc"], priority: "person" as const, deadline };
    expect(await model.score?.({ messages, ...request })).toEqual([
      { tokens: 1, logProbability: -1 },
      { tokens: 2, logProbability: -2 },
    ]);
    await model.score?.({ messages: "plain", ...request });
    expect(asked).toMatchObject([{ messages, continuations: ["a", "bc"], priority: "person" }, { messages: "plain" }]);
    expect(Math.abs((asked[0]?.deadline ?? 0) - deadline)).toBeLessThan(30_000);
    expect(await model.countTokens("twelve chars")).toBe(3);
    const unable = await serve([fakeModel(() => "x")]);
    expect((await post(`${unable.url}/v1/score`, { prompt: "a", continuations: ["b"] })).status).toBe(501);
    for (const body of [
      { continuations: ["b"] },
      { prompt: "a", messages, continuations: ["b"] },
      { prompt: "a", continuations: [] },
    ])
      expect((await post(`${unable.url}/v1/score`, body)).status).toBe(400);
  });

  it("tells our own client whose weights they are, so that what they qualified for counts there, too", async () => {
    const sha256 = "cd".repeat(32);
    const { url } = await serve([fakeModel(() => "x", { identity: { name: "same", sha256 } })]);
    const model = await openHttpModel({ url });
    closing.push(() => model.close());
    expect(model.identity).toEqual({ name: "same", sha256, backend: "http" });
    expect(model.score).toBeUndefined();
  });
});
