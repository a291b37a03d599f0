import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { findHome } from "../src/config/home.ts";
import { type HttpModel, openHttpModel } from "../src/model/http-model.ts";
import { mostTokens } from "../src/model/token-estimate.ts";
import { AssistantError, messageOf } from "../src/shared/errors.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";

/**
 * Whether our HTTP back end and llama.cpp's own server understand each other. LLAMA_SERVER names the program, which
 * bench/peers/build-llama-server.sh builds from the source that node-llama-cpp brings.
 */
export async function benchLlamaServer({ model }: BenchOptions): Promise<BenchResult> {
  const program = process.env["LLAMA_SERVER"] ?? "";
  if (!existsSync(program))
    throw new AssistantError("LLAMA_SERVER does not name llama.cpp's server", {
      code: "no-llama-server",
      remedy: "Build it: bench/peers/build-llama-server.sh prints the path.",
    });
  const path = model ?? join(findHome(process.env).models, "smollm2-135m-instruct-q4_1.gguf");
  const server = await startServer(program, path);
  try {
    const rows: [string, string][] = [];
    let ok = true;
    for (const [name, check] of Object.entries(checks)) {
      say(name);
      const told = await check(server).catch((error: unknown) => {
        ok = false;
        return `FAILED: ${messageOf(error)}`;
      });
      rows.push([name, told]);
    }
    return { rows, figures: Object.fromEntries(rows), ok };
  } finally {
    server.process.kill();
    await server.ended;
  }
}

interface RunningServer {
  url: string;
  process: ChildProcess;
  ended: Promise<unknown>;
}

const apiKey = "a-key-of-this-bench-alone";
const contextTokens = 2_048;

async function startServer(program: string, path: string): Promise<RunningServer> {
  const port = await freePort();
  const context = ["-c", String(contextTokens), "-np", "1", "-t", "1"];
  const address = ["--host", "127.0.0.1", "--port", String(port), "--api-key", apiKey];
  const child = spawn(program, ["-m", path, ...context, ...address], { stdio: "ignore" });
  return { url: `http://127.0.0.1:${port}`, process: child, ended: once(child, "exit") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

let shared: HttpModel | undefined;

async function opened({ url }: RunningServer): Promise<HttpModel> {
  shared ??= await openHttpModel({ url, apiKey, slots: 1 });
  return shared;
}

const question = [{ role: "user" as const, content: "Name three colours, one on each line." }];
const verdict = z.object({ verdict: z.enum(["confirm", "reject"]), sentence: z.string().max(60) });

const wide = z.object({
  files: z.array(z.object({ name: z.string().min(1).max(24), kind: z.enum(["code", "data"]) })).max(2),
  sure: z.boolean(),
  why: z.union([z.null(), z.object({ text: z.string().max(40) })]),
});

/** Each tells what it saw, or throws. */
const checks: Record<string, (server: RunningServer) => Promise<string>> = {
  async "while it loads"({ url }) {
    const seen = new Set<string>();
    for (let tries = 0; tries < 600; tries++) {
      try {
        await openHttpModel({ url, apiKey }).then((model) => model.close());
        return `refused with: ${[...seen].join(", ") || "nothing"}; then open`;
      } catch (error) {
        if (!(error instanceof AssistantError) || !error.transient) throw error;
        seen.add(error.code);
        await sleep(100);
      }
    }
    throw new Error("it did not come up");
  },
  async "a wrong key"({ url }) {
    return refused(openHttpModel({ url, apiKey: "wrong" }), "key-refused");
  },
  async "a model that it has not"({ url }) {
    return refused(openHttpModel({ url, apiKey, model: "gpt-none" }), "model-missing");
  },
  async "name and context"(server) {
    const model = await opened(server);
    demand(model.contextTokens === contextTokens, `context of ${model.contextTokens}`);
    return `${model.identity.name}, ${model.contextTokens} tokens`;
  },
  async "tokens of a text"(server) {
    const text = await readFile(new URL(import.meta.url), "utf8");
    const tokens = await (await opened(server)).countTokens(text);
    demand(tokens > 500 && tokens <= mostTokens(text), `${tokens} tokens, estimated at most ${mostTokens(text)}`);
    return `${tokens} for this bench's source; our estimate is ${(mostTokens(text) / tokens).toFixed(2)} times as much`;
  },
  async "a chat, as a stream"(server) {
    const pieces: string[] = [];
    const model = await opened(server);
    const answer = await model.generate({ messages: question, maxTokens: 40, onText: (piece) => pieces.push(piece) });
    demand(pieces.join("") === answer.text && pieces.length > 3, `${pieces.length} pieces`);
    demand(answer.promptTokens > 10 && answer.generatedTokens > 3, "no usage");
    const again = await model.generate({ messages: question, maxTokens: 40 });
    demand(again.text === answer.text, "the same request gave another answer");
    return `${pieces.length} pieces, ${answer.promptTokens} + ${answer.generatedTokens} tokens`;
  },
  async "seeds and temperature"(server) {
    const model = await opened(server);
    const ask = async (seed: number) =>
      (await model.generate({ messages: question, maxTokens: 24, temperature: 1.2, seed })).text;
    const [one, other, again] = [await ask(1), await ask(2), await ask(1)];
    demand(one !== other, "two seeds, one answer");
    return one === again ? "a seed gives its answer again" : "seeds differ; a seed does not repeat its answer";
  },
  async "a text that ends it"(server) {
    const model = await opened(server);
    const whole = await model.generate({ messages: "a b c d e f g h i j k", maxTokens: 16 });
    const word = whole.text.trim().split(/\s+/)[2] ?? "";
    const cut = await model.generate({ messages: "a b c d e f g h i j k", maxTokens: 16, stop: [word] });
    demand(cut.text.length < whole.text.length && !cut.text.includes(word), JSON.stringify([word, cut.text]));
    return `plain text went on with ${JSON.stringify(whole.text.slice(0, 20))}, and ended before ${JSON.stringify(word)}`;
  },
  async "an answer of a schema"(server) {
    const model = await opened(server);
    const messages = [{ role: "user" as const, content: "Does 2 + 2 equal 4? Answer as JSON." }];
    const { value } = await model.generate({ messages, maxTokens: 120, schema: verdict });
    return JSON.stringify(verdict.parse(value));
  },
  async "an answer that is cut off"(server) {
    return refused(
      (await opened(server)).generate({ messages: question, maxTokens: 4, schema: verdict }),
      "answer-invalid",
    );
  },
  async "a schema with everything in it"(server) {
    const model = await opened(server);
    const messages = [{ role: "user" as const, content: "List two files of a web server, as JSON." }];
    const { value } = await model.generate({ messages, maxTokens: 300, schema: wide });
    return JSON.stringify(wide.parse(value));
  },
  async "a prompt that does not fit"({ url }) {
    // Its own refusal, not ours: we are told of a larger context than there is, so that it has to say so.
    const messages = [{ role: "user" as const, content: "word ".repeat(4_000) }];
    const model = await openHttpModel({ url, apiKey, fetch: lying(8_192) });
    const claimed = model.contextTokens;
    const told = await refused(model.generate({ messages, maxTokens: 8 }), "prompt-too-long");
    demand(claimed === 8_192 && model.contextTokens === contextTokens, `context ${model.contextTokens} afterwards`);
    await model.close();
    return `${told}; then ${contextTokens} are believed`;
  },
  async "a request that is given up"(server) {
    const model = await opened(server);
    const control = new AbortController();
    const endless = model.generate({
      messages: "Once upon a time",
      maxTokens: 1_500,
      signal: control.signal,
      onText: () => control.abort(new Error("enough")),
    });
    await endless.then(
      () => demand(false, "not aborted"),
      (error: unknown) => demand(messageOf(error) === "enough", messageOf(error)),
    );
    const started = performance.now();
    await model.generate({ messages: question, maxTokens: 1 });
    const ms = performance.now() - started;
    return `the next answer came after ${Math.round(ms)} ms: the server's only slot was free again`;
  },
  async "an address that is none of its own"({ url }) {
    return refused(openHttpModel({ url: `${url}/elsewhere`, apiKey }), "model-unreachable");
  },
  async "after it has ended"(server) {
    const model = await opened(server);
    server.process.kill();
    await server.ended;
    return refused(model.generate({ messages: question, maxTokens: 4 }), "model-unreachable");
  },
};

/** A server that claims a context it has not. */
function lying(claimed: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!response.url.endsWith("/models")) return response;
    const list = (await response.json()) as { data: { meta: { n_ctx: number } }[] };
    for (const one of list.data) one.meta.n_ctx = claimed;
    return Response.json(list);
  };
}

async function refused(work: Promise<unknown>, code: string): Promise<string> {
  const error: unknown = await work.then(
    () => new Error("it was not refused"),
    (reason: unknown) => reason,
  );
  demand(error instanceof AssistantError && error.code === code, messageOf(error));
  return messageOf(error);
}

function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
