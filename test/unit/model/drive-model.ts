/**
 * Child process of `llama-shutdown.test.ts`: does everything to a computing model that a server does to it on a bad day,
 * and ends. If any of it ends the worker thread while llama.cpp computes, this process aborts.
 */
import { z } from "zod";
import { type LlamaModel, loadLlamaModel } from "../../../src/model/llama-model.ts";
import { limits } from "../../../src/shared/limits.ts";

const path = process.argv[2] as string;
const events: string[] = [];

async function note(name: string, request: Promise<unknown>): Promise<void> {
  const outcome = await request.then(
    () => "answered",
    (error: Error & { code?: unknown }) => (typeof error.code === "string" ? error.code : error.message),
  );
  events.push(`${name}: ${outcome}`);
}

function write(model: LlamaModel, options: { signal?: AbortSignal; maxTokens?: number } = {}): Promise<unknown> {
  return model.generate({ messages: [{ role: "user", content: "Go on." }], maxTokens: 3_000, ...options });
}

const impatient = await loadLlamaModel({ path, options: { requestMs: 300 } });
await note("timeout", write(impatient));

const model = await loadLlamaModel({ path, options: { requestMs: 60_000, queue: 2, slots: 1 } });

const running = new AbortController();
const first = note("cancelled while computing", write(model, { signal: running.signal }));
const second = note("waiting", write(model, { maxTokens: 1 }));
const third = note("waiting", write(model, { maxTokens: 1 }));
await note("queue full", write(model));
setTimeout(() => running.abort(new Error("superseded")), 100);
await Promise.all([first, second, third]);

const numbers = { messages: [{ role: "user" as const, content: "How many?" }], schema: z.object({ n: z.number() }) };
const computing = note("beside a throwing request", write(model, { maxTokens: 5 }));
await note("unsupported schema", model.generate({ ...numbers, maxTokens: 20 }));
await computing;

const long = { messages: [{ role: "user" as const, content: "word ".repeat(limits.contextTokens) }], maxTokens: 1 };
await note("too long", model.generate(long));

const last = note("closed while computing", write(impatient));
await impatient.close();
await last;
await model.close();
await note("after close", write(model));
process.stdout.write(events.join("\n"));
