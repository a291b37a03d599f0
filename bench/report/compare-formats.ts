/**
 * What the format of the weights costs and saves here: an encoder and a language model, each with the matrices of its layers
 * in other formats. Needs no download: both models are those that `assistant models pull` installs.
 *
 *   npx tsx bench/report/compare-formats.ts --encoder all-minilm-l6-v2-f16.gguf --model smollm2-135m-instruct-q4_1.gguf
 *     --repo DIR [--texts N] [--rounds N] [--out FILE.json]
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { directorySource } from "../../src/engram/directory-source.ts";
import { createCoreBudget } from "../../src/model/core-budget.ts";
import { loadLlamaEncoder } from "../../src/model/llama-encoder.ts";
import { loadLlamaModel } from "../../src/model/llama-model.ts";
import { say } from "../bench.ts";
import { freshPrompt, timeAnswer } from "../models/requests.ts";
import { mean, median, spread } from "../statistics.ts";
import { type Format, requantise } from "./requantise.ts";

const { values } = parseArgs({
  options: {
    encoder: { type: "string" },
    model: { type: "string" },
    repo: { type: "string", default: "." },
    texts: { type: "string", default: "200" },
    rounds: { type: "string", default: "3" },
    out: { type: "string" },
  },
});

/** Texts whose second half the language model judges. */
const scoredTexts = 12;

const work = mkdtempSync(join(tmpdir(), "bench-formats-"));
try {
  const texts = await sampleTexts(values.repo, Number(values.texts));
  const figures = {
    about: "formats of weights: bytes, speed, and what is left of the model",
    command: `npx tsx bench/report/compare-formats.ts --texts ${values.texts} --rounds ${values.rounds}`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.versions.node}, shared with other work`,
    encoder: null as unknown,
    model: null as unknown,
  };
  const keep = () => {
    if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(figures, null, 2)}\n`);
  };
  if (values.encoder !== undefined) figures.encoder = await compareEncoder(resolve(values.encoder), texts);
  keep();
  if (values.model !== undefined) figures.model = await compareModel(resolve(values.model), spread(texts, scoredTexts));
  keep();
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Twenty lines each, of files all over a folder. */
async function sampleTexts(dir: string, count: number): Promise<string[]> {
  const source = await directorySource([dir]);
  const entries = (await source.entries()).filter(({ path }) => /\.(ts|js|py|go|rb|md)$/.test(path));
  const chosen = spread(entries, count);
  const texts: string[] = [];
  for await (const { data } of source.blobs(chosen.map(({ oid }) => oid))) {
    const lines = data.toString("utf8").split("\n");
    const middle = Math.max(0, (lines.length >> 1) - 10);
    if (lines.length >= 20) texts.push(lines.slice(middle, middle + 20).join("\n"));
  }
  return texts;
}

/** Vectors of each format beside those of 32 bits. */
async function compareEncoder(path: string, texts: readonly string[]): Promise<Record<string, unknown>> {
  const results: Record<string, { bytes: number; textsPerSecond: number; vectors: Float32Array[] }> = {};
  for (const format of ["f32", "f16", "q8_0", "q4_1", "q4_0"] as const) {
    say(`encoder, ${format}`);
    const file = written(path, format);
    const encoder = await loadLlamaEncoder({ path: file, budget: createCoreBudget(1) });
    await encoder.encode(texts.slice(0, 4));
    const started = performance.now();
    const vectors = await encoder.encode(texts);
    const seconds = (performance.now() - started) / 1_000;
    await encoder.close();
    results[format] = { bytes: statSync(file).size, textsPerSecond: texts.length / seconds, vectors };
  }
  const truth = results["f32"]?.vectors ?? [];
  const formats = Object.entries(results).map(([format, { bytes, textsPerSecond, vectors }]) => ({
    format,
    bytes,
    textsPerSecond,
    cosine: mean(vectors.map((vector, i) => dot(vector, truth[i] as Float32Array))),
    neighboursKept: mean(vectors.map((_, i) => shared(nearest(vectors, i), nearest(truth, i)))),
  }));
  return { name: basename(path, ".gguf"), texts: texts.length, formats };
}

function nearest(vectors: readonly Float32Array[], own: number): number[] {
  const scores = vectors.map((vector) => dot(vector, vectors[own] as Float32Array));
  const others = [...vectors.keys()].filter((i) => i !== own);
  return others.sort((a, b) => (scores[b] as number) - (scores[a] as number)).slice(0, 10);
}

function shared(found: readonly number[], truth: readonly number[]): number {
  return found.filter((each) => truth.includes(each)).length / Math.max(1, truth.length);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

/** Speed with one thread, and how surprised each format is by the second half of real code. */
async function compareModel(path: string, texts: readonly string[]): Promise<Record<string, unknown>> {
  const formats = [];
  for (const format of ["f16", "q8_0", "q4_1", "q4_0"] as const) {
    say(`model, ${format}`);
    const file = written(path, format);
    const options = { slots: 1, contextTokens: 1_024 };
    const model = await loadLlamaModel({ path: file, options, budget: createCoreBudget(1) });
    await timeAnswer(model, await freshPrompt(model, 64), 8);
    const answers = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const prompt = await freshPrompt(model, 128);
      const tokens = await model.countTokens(prompt);
      const answer = await timeAnswer(model, prompt, 32);
      answers.push({ read: (1_000 * tokens) / answer.firstMs, written: answer.tokensPerSecond });
    }
    const surprise = await nats(model, texts);
    await model.close();
    formats.push({
      format,
      bytes: statSync(file).size,
      read: median(answers.map(({ read }) => read)),
      written: median(answers.map(({ written }) => written)),
      natsPerToken: surprise,
    });
  }
  return { name: basename(path, ".gguf"), texts: texts.length, formats };
}

type LoadedModel = Awaited<ReturnType<typeof loadLlamaModel>>;

async function nats(model: LoadedModel, texts: readonly string[]): Promise<number> {
  let [sum, tokens] = [0, 0];
  for (const text of texts) {
    const lines = text.split("\n");
    const [first, second] = [lines.slice(4, 10).join("\n"), `\n${lines.slice(10).join("\n")}`];
    const [score] = await model.score({ messages: first, continuations: [second.slice(0, 200)] });
    sum -= score?.logProbability ?? 0;
    tokens += score?.tokens ?? 0;
  }
  return sum / tokens;
}

function written(path: string, format: Format): string {
  const file = join(work, `${format}.gguf`);
  requantise(path, file, format);
  return file;
}
