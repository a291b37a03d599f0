/**
 * Child process of `llama-shutdown.test.ts`: does everything to computing models that a server does to them on a bad day,
 * and ends. If any of it ends a worker thread while llama.cpp computes, this process aborts.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { z } from "zod";
import { createCoreBudget } from "../../../src/model/core-budget.ts";
import { type LlamaModel, loadLlamaModel } from "../../../src/model/llama-model.ts";
import type { GenerateRequest } from "../../../src/model/model.ts";
import { limits } from "../../../src/shared/limits.ts";

const path = process.argv[2] as string;
const events: string[] = [];
const workers: Worker[] = [];
process.on("worker", (worker) => workers.push(worker));

async function note(name: string, request: Promise<unknown>): Promise<void> {
  const outcome = await request.then(
    () => "answered",
    (error: Error & { code?: unknown }) => (typeof error.code === "string" ? error.code : error.message),
  );
  events.push(`${name}: ${outcome}`);
}

function write(model: LlamaModel, options: Partial<GenerateRequest> = {}): Promise<unknown> {
  return model.generate({ messages: [{ role: "user", content: "Go on." }], maxTokens: 3_000, ...options });
}

/** Settles when the model writes: it says so piece by piece. */
function writing(model: LlamaModel, signal: AbortSignal): { begun: Promise<void>; request: Promise<unknown> } {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  return { begun, request: write(model, { signal, onText: begin }) };
}

// Two models share two cores; one of them is impatient.
const budget = createCoreBudget(2);
const impatient = await loadLlamaModel({ path, budget, options: { requestMs: 300, slots: 2 } });
await note("timeout", write(impatient));

const model = await loadLlamaModel({ path, budget, options: { requestMs: 120_000, queue: 2, slots: 2 } });
const control = new AbortController();
const beside = new AbortController();
const one = writing(model, control.signal);
const other = writing(model, beside.signal);
await Promise.all([one.begun, other.begun]);
const cancelled = note("cancelled while writing", one.request);
const second = note("waiting", write(model, { maxTokens: 1 }));
const third = note("waiting", write(model, { maxTokens: 1 }));
await note("queue full", write(model));
await note("not begun in time", write(impatient, { deadline: Date.now() - 1 }));
control.abort(new Error("superseded"));
await Promise.all([cancelled, second, third]);

const numbers = { messages: [{ role: "user" as const, content: "How many?" }], schema: z.object({ n: z.number() }) };
await note("unsupported schema", model.generate({ ...numbers, maxTokens: 20 }));
const fallOver = () => {
  throw new Error("the listener fell over");
};
await note("listener", write(model, { onText: fallOver }));
await note("beside all this", write(model, { maxTokens: 5 }));
await note("likelihoods", model.score({ messages: "Go on.", continuations: ["One place", "This change"] }));

const long = { messages: [{ role: "user" as const, content: "word ".repeat(limits.contextTokens) }], maxTokens: 1 };
await note("too long", model.generate(long));
const stillWriting = note("another's end", other.request);
beside.abort(new Error("enough"));
await stillWriting;

// An idle worker may die: the next one loads the model again.
while (model.status().running > 0) await sleep(10);
await sleep(500);
const died = workers[1] as Worker;
const gone = once(died, "exit");
await died.terminate();
await gone;
await note("after its worker died", write(model, { maxTokens: 1 }));

const last = [note("closed while computing", write(impatient)), note("closed while computing", write(impatient))];
await impatient.close();
await Promise.all(last);
await model.close();
await note("after close", write(model));
process.stdout.write(events.join("\n"));
