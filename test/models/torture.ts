/**
 * `npx tsx test/models/torture.ts [--events 1000] [--seed 1]`: does to real models in llama.cpp, at random, everything that a
 * bad day does: cancelling, time limits, full queues, throwing callbacks, closing while they load or compute. Each request must
 * be answered or refused with a reason, none lost, and the process must end by itself with exit code 0. Prints the counts.
 */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { defaultModels } from "../../src/config/server-file.ts";
import { createCoreBudget } from "../../src/model/core-budget.ts";
import { type LlamaModel, loadLlamaModel } from "../../src/model/llama-model.ts";
import { machineFacts } from "../../src/model/machine.ts";
import type { GenerateRequest, Model } from "../../src/model/model.ts";
import { type LocalModelSource, openModelSource } from "../../src/model/model-source.ts";
import { tinyModel } from "../helpers/tiny-model/tiny-model.ts";

const { values } = parseArgs({
  options: { events: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const wanted = Number(values.events);
const random = randomFrom(Number(values.seed));
const integer = (below: number) => Math.floor(random() * below);
const pick = <T>(list: readonly T[]): T => list[integer(list.length)] as T;

/** What became of the requests, and how often each thing was done. */
const outcomes = new Map<string, number>();
const events = new Map<string, number>();
const violations: string[] = [];
const inFlight = new Set<Promise<void>>();
/** Longer than any time limit here by far: who is silent for so long was lost. */
const lostMs = 180_000;
const inFlightMax = 6;

/** Errors that the port promises, and those that the events cause themselves. */
const expected = [
  "answered",
  "model-busy",
  "model-timeout",
  "model-closed",
  "prompt-too-long",
  "answer-invalid",
  "the caller went away",
  "the callback failed",
  "unsupported schema",
];

const folder = mkdtempSync(join(tmpdir(), "torture-"));
const endless = await tinyModel({ ends: false, layers: 12 });
const short = await tinyModel({ layers: 2 });
const installed = { a: join(folder, "a.gguf"), b: join(folder, "b.gguf") };
copyFileSync(endless, installed.a);
copyFileSync(short, installed.b);
const { cores } = await machineFacts();
const budget = createCoreBudget(cores);

function open(path: string): Promise<LlamaModel> {
  const options = { slots: 1 + integer(3), queue: 2 + integer(6), requestMs: pick([200, 1_000, 60_000]) };
  return loadLlamaModel({ path, options, budget });
}

/** Models that are alive now; each is closed and loaded again now and then. */
const models: Model[] = [await open(endless), await open(short)];
const loads = { direct: models.length, throughSources: 0 };

const text = "calls a removed function. ";
const chat = (content: string): GenerateRequest => ({ messages: [{ role: "user", content }], maxTokens: 300 });

/** Each does one thing; what it asks of a model is watched until it is settled. */
const kinds: Record<string, (model: Model) => void> = {
  "answered in peace": (model) => watch(model.generate({ ...chat("Go on."), maxTokens: 1 + integer(20) })),
  "cancelled at once": (model) => watch(model.generate({ ...chat("Go on."), signal: aborted() })),
  "cancelled while it waits or reads": (model) =>
    watch(model.generate({ ...chat(text.repeat(integer(400))), signal: abortedAfter(integer(60)) })),
  "cancelled while it writes": (model) =>
    watch(model.generate({ ...chat("Go on."), maxTokens: 3_000, signal: abortedAfter(integer(400)) })),
  "cancelled by its own listener": (model) => {
    const caller = new AbortController();
    const onText = () => (random() < 0.1 ? caller.abort(new Error("the caller went away")) : undefined);
    watch(model.generate({ ...chat("Go on."), onText, signal: caller.signal }));
  },
  "listener that throws": (model) => {
    const onText = () => {
      if (random() < 0.2) throw new Error("the callback failed");
    };
    watch(model.generate({ ...chat("Go on."), onText }));
  },
  "time limit": (model) => watch(model.generate({ ...chat("Go on."), maxTokens: 3_000, signal: abortedAfter(3_000) })),
  deadline: (model) => watch(model.generate({ ...chat("Go on."), deadline: Date.now() + integer(100) - 20 })),
  "full queue": (model) => {
    for (let request = 0; request < 10; request++) {
      const priority = pick(["person", "background"] as const);
      watch(model.generate({ ...chat("Go on."), maxTokens: 5, priority }));
    }
  },
  schema: (model) => {
    const schema = z.object({ verdict: z.enum(["confirm", "reject"]), sentence: z.string().max(40) });
    watch(model.generate({ ...chat("JSON"), schema, signal: abortedAfter(50 + integer(2_000)) }));
  },
  "schema that no grammar holds": (model) =>
    watch(model.generate({ ...chat("?"), schema: z.object({ n: z.number() }) })),
  "prompt too long": (model) => watch(model.generate(chat(text.repeat(3_000)))),
  "plain text": (model) => watch(model.generate({ messages: "The second", maxTokens: 1 + integer(50) })),
  scores: (model) => {
    if (model.score === undefined) return;
    const continuations = [" file", " still", " function"];
    watch(model.score({ messages: "The second", continuations, signal: abortedAfter(integer(300)) }));
  },
  counting: (model) => watch(model.countTokens(text)),
  "closed while it computes": (model) => void replace(model),
  "closed while it loads": () => void throughSource(),
};
/** Loading takes seconds, and a full queue refuses the rest: everything else is done in the time between. */
const rare: Record<string, number> = {
  "full queue": 0.3,
  "closed while it computes": 0.4,
  "closed while it loads": 0.25,
};

function watch(request: Promise<unknown>): void {
  let timer: NodeJS.Timeout | undefined;
  const lost = new Promise<string>((resolve) => (timer = setTimeout(() => resolve("lost"), lostMs)));
  const outcome = request.then(() => "answered", nameOf);
  const settled = Promise.race([outcome, lost]).then((name) => {
    clearTimeout(timer);
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    if (!expected.includes(name)) violations.push(name);
  });
  inFlight.add(settled);
  void settled.finally(() => inFlight.delete(settled));
}

function nameOf(error: Error & { code?: unknown }): string {
  if (error.message.startsWith("schema of a model's answer")) return "unsupported schema";
  return typeof error.code === "string" ? error.code : error.message;
}

/** Closes a model with whatever it is doing, and loads it again. */
async function replace(model: Model): Promise<void> {
  const place = models.indexOf(model);
  if (place < 0) return;
  models.splice(place, 1);
  const closed = model.close();
  watch(model.generate(chat("Too late.")));
  watch(closed);
  const next = open(pick([endless, short]));
  loads.direct++;
  watch(next);
  await closed;
  models.push(await next);
}

/** Two models that do not fit in memory together, asked at once, and shut down at any moment. */
async function throughSource(): Promise<void> {
  const llama = { ...defaultModels.llama, slots: 1 + integer(2), request_seconds: 1 + integer(5), queue: 4 };
  const choice = { coding: installed.a, research: installed.b };
  const source: LocalModelSource = openModelSource({
    modelsDir: folder,
    models: { ...defaultModels, apiKey: null, ...choice, llama },
    machine: async () => ({ ...(await machineFacts()), freeBytes: source.residents().length > 0 ? 0 : 1e9 }),
  });
  loads.throughSources++;
  for (const role of ["coding", "research"] as const) {
    watch(
      source.candidates(role).then(async ({ groups }) => {
        const [model] = (await groups[0]?.open()) ?? [];
        if (model === undefined) return;
        for (let request = 0; request < 3; request++) {
          watch(model.generate({ ...chat("Go on."), maxTokens: 20, signal: abortedAfter(integer(5_000)) }));
        }
      }),
    );
  }
  await sleep(integer(12_000));
  watch(source.close());
}

function aborted(): AbortSignal {
  return AbortSignal.abort(new Error("the caller went away"));
}

function abortedAfter(ms: number): AbortSignal {
  const caller = new AbortController();
  const timer = setTimeout(() => caller.abort(new Error("the caller went away")), ms);
  timer.unref();
  return caller.signal;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const started = performance.now();
for (let done = 0; done < wanted;) {
  while (inFlight.size >= inFlightMax) await Promise.race(inFlight);
  const name = pick(Object.keys(kinds));
  if (random() > (rare[name] ?? 1)) continue;
  const model = models.length > 0 ? pick(models) : null;
  if (model === null) {
    await sleep(50);
    continue;
  }
  kinds[name]?.(model);
  events.set(name, (events.get(name) ?? 0) + 1);
  done++;
  if (random() < 0.3) await sleep(integer(30));
}
while (inFlight.size > 0) await Promise.all(inFlight);
await Promise.all(models.map((model) => model.close()));
rmSync(folder, { recursive: true });
const seconds = Math.round((performance.now() - started) / 1_000);
const sorted = (counts: Map<string, number>) => Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1]));
const requests = [...outcomes.values()].reduce((sum, one) => sum + one, 0);
const report = {
  events: wanted,
  requests,
  seconds,
  loads,
  outcomes: sorted(outcomes),
  kinds: sorted(events),
  violations,
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
process.exitCode = violations.length > 0 ? 1 : 0;
