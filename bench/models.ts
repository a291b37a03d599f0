import { availableParallelism } from "node:os";
import { basename, resolve } from "node:path";
import { benchClassifier } from "./models/classifier.ts";
import { findLlamaCpp, runLlamaBench, startLlamaServer } from "./models/llama-cpp.ts";
import { pssBytes } from "./models/memory.ts";
import { freshPrompt, timeAnswer } from "./models/requests.ts";
import { findHome } from "../src/config/home.ts";
import { defaultModelName } from "../src/model/catalogue.ts";
import { createCoreBudget } from "../src/model/core-budget.ts";
import { installedPath } from "../src/model/installed.ts";
import { type LlamaModel, loadLlamaModel } from "../src/model/llama-model.ts";
import type { Model } from "../src/model/model.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { median } from "./statistics.ts";

/** Tokens that stand in the context before writing is timed, and that are then written. */
const depth = 512;
const written = 128;
const contextTokens = 2_048;

interface Setting {
  cores: number;
  slots: number;
}

/**
 * How fast a model reads and writes here, beside llama.cpp's own programs of the same version at the same depth: a lone
 * request with one thread and with all, and 1, 2, 4 and 8 at once. Ratios are ours by theirs, above 1 where we are faster;
 * ours and the peer's take turns, and the median of the rounds counts.
 */
export async function benchModels({ quick, model }: BenchOptions): Promise<BenchResult> {
  const path = model === null ? installedPath(findHome(process.env).models, defaultModelName) : resolve(model);
  const rounds = quick ? 1 : 3;
  const cores = availableParallelism();
  const peer = findLlamaCpp();
  if (peer === null) say("llama.cpp's programs are not there (LLAMA_CPP_BIN): ratios are left out");
  const result: BenchResult = { rows: [["model", basename(path)]], figures: { model: basename(path), cores } };

  for (const [name, threads] of [
    ["one_thread", 1],
    ["all_threads", cores],
  ] as const) {
    say(`a lone request, ${threads} thread(s)`);
    await loneRequest({ path, name, threads, rounds, bench: peer?.bench ?? null }, result);
  }
  for (const slots of quick ? [1, 4] : [1, 2, 4, 8]) {
    say(`${slots} requests at once`);
    await atOnce({ path, slots, cores, rounds, server: peer?.server ?? null }, result);
  }
  await coldStart(path, { cores, slots: 1 }, result);
  await flood(path, { cores, slots: cores }, result);
  const classifier = benchClassifier();
  add(
    result,
    "classifier_accuracy",
    classifier.accuracy,
    (share) => `${(share * 100).toFixed(1)} % of ${classifier.n}`,
  );
  return result;
}

interface LoneWork {
  path: string;
  name: string;
  threads: number;
  rounds: number;
  bench: string | null;
}

async function loneRequest({ path, name, threads, rounds, bench }: LoneWork, result: BenchResult): Promise<void> {
  const writing = { ours: [] as number[], peer: [] as number[] };
  /** `alike`: llama.cpp without flash attention, as our larger models read. */
  const reading = { ours: [] as number[], peer: [] as number[], alike: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    await withModel(path, { cores: threads, slots: 1 }, async (model) => {
      await timeAnswer(model, await freshPrompt(model, 64), 8);
      const prompt = await freshPrompt(model, depth);
      const promptTokens = await model.countTokens(prompt);
      const answer = await timeAnswer(model, prompt, written);
      writing.ours.push(answer.tokensPerSecond);
      reading.ours.push((promptTokens / (answer.firstMs - 1000 / answer.tokensPerSecond)) * 1000);
    });
    if (bench === null) continue;
    const prompt = { model: path, threads, depth: 0, prompt: depth, generate: 0 };
    const answer = { model: path, threads, depth, prompt: 0, generate: written };
    writing.peer.push(await runLlamaBench(bench, { ...answer, flashAttention: true }));
    reading.peer.push(await runLlamaBench(bench, { ...prompt, flashAttention: true }));
    reading.alike.push(await runLlamaBench(bench, { ...prompt, flashAttention: false }));
  }
  const perSecond = (value: number) => `${value.toFixed(1)} tokens/s`;
  add(result, `generation.${name}`, median(writing.ours), perSecond);
  add(result, `prefill.${name}`, median(reading.ours), perSecond);
  if (bench === null) return;
  add(result, `generation.llamacpp.${name}`, median(writing.peer), perSecond);
  add(result, `prefill.llamacpp.${name}`, median(reading.peer), perSecond);
  add(result, `generation.vs_llamacpp.${name}`, median(writing.ours) / median(writing.peer), ratio);
  const key = name === "all_threads" ? "prefill.vs_llamacpp" : `prefill.vs_llamacpp.${name}`;
  add(result, key, median(reading.ours) / median(reading.peer), ratio);
  add(result, `${key}.no_flash_attention`, median(reading.ours) / median(reading.alike), ratio);
}

interface CrowdWork {
  path: string;
  slots: number;
  cores: number;
  rounds: number;
  server: string | null;
}

/** All requests begin together; the time until the last one is done counts, reading and writing. */
async function atOnce({ path, slots, cores, rounds, server }: CrowdWork, result: BenchResult): Promise<void> {
  const ours: number[] = [];
  const peers: number[] = [];
  const memory: number[] = [];
  const before = pssBytes() ?? 0;
  await withModel(path, { cores, slots }, async (model) => {
    const peer = server && (await startLlamaServer(server, { model: path, threads: cores, slots, contextTokens }));
    try {
      await timeAnswer(model, await freshPrompt(model, 64), 8);
      memory.push((pssBytes() ?? 0) - before);
      for (let round = 0; round < rounds; round++) {
        ours.push(await crowd(slots, model, async (prompt) => (await timeAnswer(model, prompt, written)).tokens));
        if (peer)
          peers.push(await crowd(slots, model, async (prompt) => (await peer.complete(prompt, written)).tokens));
      }
      const peerMemory = peer ? peer.pss() : null;
      if (peerMemory !== null) add(result, `memory_bytes.llamacpp.${slots}`, peerMemory, megabytes);
    } finally {
      await (peer ? peer.close() : undefined);
    }
  });
  add(result, `memory_bytes.${slots}`, median(memory), megabytes);
  add(result, `requests.${slots}.tokens_per_second`, median(ours), (value) => `${value.toFixed(1)} tokens/s in all`);
  if (peers.length === 0) return;
  add(result, `requests.${slots}.llamacpp`, median(peers), (value) => `${value.toFixed(1)} tokens/s in all`);
  const key = slots === 4 ? "generation.vs_llamacpp.four_requests" : `requests.${slots}.vs_llamacpp`;
  add(result, key, median(ours) / median(peers), ratio);
}

/** Written tokens by the time until all are done. */
async function crowd(count: number, model: Model, ask: (prompt: string) => Promise<number>): Promise<number> {
  const prompts: string[] = [];
  for (let index = 0; index < count; index++) prompts.push(await freshPrompt(model, depth));
  const started = performance.now();
  const tokens = await Promise.all(prompts.map(ask));
  return (tokens.reduce((sum, one) => sum + one, 0) / (performance.now() - started)) * 1000;
}

/** From nothing to the first token of a short question. */
async function coldStart(path: string, setting: Setting, result: BenchResult): Promise<void> {
  const started = performance.now();
  await withModel(path, setting, async (model) => {
    add(result, "cold_start_s", (performance.now() - started) / 1000, seconds);
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      times.push((await timeAnswer(model, await freshPrompt(model, 60), 8)).firstMs / 1000);
    }
    add(result, "first_token_s", median(times), seconds);
  });
}

/** Sixteen requests on a queue of eight: each is answered, or told to come back. */
async function flood(path: string, setting: Setting, result: BenchResult): Promise<void> {
  await withModel(path, { ...setting, queue: 8 }, async (model) => {
    const outcomes = { answered: 0, refused: 0, lost: 0 };
    const requests = Array.from({ length: 16 }, async () => {
      try {
        await model.generate({ messages: "Numbers: 1, 2, 3,", maxTokens: 16 });
        outcomes.answered++;
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "model-busy") outcomes.refused++;
        else outcomes.lost++;
      }
    });
    await Promise.all(requests);
    add(
      result,
      "flood",
      { ...outcomes },
      ({ answered, refused, lost }) => `${answered} answered, ${refused} told to come back, ${lost} lost`,
    );
    if (outcomes.lost > 0) result.ok = false;
  });
}

async function withModel<T>(
  path: string,
  { cores, slots, queue }: Setting & { queue?: number },
  work: (model: LlamaModel) => Promise<T>,
): Promise<T> {
  const options = { slots, contextTokens, ...(queue !== undefined && { queue }) };
  const model = await loadLlamaModel({ path, options, budget: createCoreBudget(cores) });
  try {
    return await work(model);
  } finally {
    await model.close();
  }
}

function add<T>(result: BenchResult, key: string, value: T, show: (value: T) => string): void {
  result.figures[key] = value;
  result.rows.push([key, show(value)]);
}

function ratio(value: number): string {
  return value.toFixed(2);
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function megabytes(value: number): string {
  return `${Math.round(value / 1e6)} MB`;
}
