import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GgufTensor, type GgufValue, writeGguf } from "../../../src/model/gguf-writer.ts";
import { corpus, opening } from "./corpus.ts";
import { learnVocabulary, type Vocabulary } from "./tokenizer.ts";

export interface TinyModelOptions {
  /** Default true. A model that never ends writes until it is stopped: for tests of cancelling and of time limits. */
  ends?: boolean;
  /** Layers that compute and change nothing: they make the model slower. Default 1. */
  layers?: number;
  contextTokens?: number;
  /** Default true; without a chat template it only goes on with plain text. */
  chat?: boolean;
  /** Default false; whether every text is to begin with the start token. */
  addsStart?: boolean;
}

/** Bumped when the generator changes what it writes. */
const revision = 1;
const vocabularySize = 600;
const headWidth = 32;
const feedForward = 32;
/** Logarithm of the share of unseen pairs: rare enough that only a grammar can force one. */
const unseen = -12;
/** After a token that the corpus does not continue within the grammar, a string ends rather than wanders. */
const unseenQuote = -8;

/**
 * A language model of counted token pairs, written as llama weights: one-hot embeddings, attention and feed-forward
 * that add nothing, and an output matrix of log P(next | current). It runs in the real llama.cpp, answers in words, and
 * under a grammar it writes valid JSON whose strings end. Deterministic: the same options give the same bytes.
 * Made once into a temporary folder under a name that says what is in it; returns its path.
 */
export async function tinyModel(options: TinyModelOptions = {}): Promise<string> {
  const key = JSON.stringify([revision, corpus, options]);
  const name = `tiny-${createHash("sha256").update(key).digest("hex").slice(0, 12)}.gguf`;
  const folder = join(tmpdir(), "engram-assistant-tiny-models");
  const path = join(folder, name);
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  await writeTinyModel(path, options);
  return path;
}

/** Writes the model to a path of one's own. */
export async function writeTinyModel(path: string, options: TinyModelOptions = {}): Promise<void> {
  const { vocabulary, special, size } = shape();
  const tokens = [...vocabulary.tokens, "<|im_start|>", "<|im_end|>"];
  while (tokens.length < size) tokens.push(`<|unused_${tokens.length}|>`);
  const layers = options.layers ?? 1;
  const metadata = describe(tokens, vocabulary, special, { ...options, layers });
  await writeGguf(path, metadata, weights(size, layers, logProbabilities(vocabulary, special.end, size, options.ends)));
}

/** An adapter (rank 1, on the output) that has the tiny model say one word, its first token, for ever. */
export async function writeTinyAdapter(path: string, word: string): Promise<void> {
  const { vocabulary, size } = shape();
  const likelier = new Float32Array(size);
  likelier[vocabulary.encode(word)[0] as number] = 100;
  await writeGguf(
    path,
    {
      "general.type": { type: "string", value: "adapter" },
      "general.architecture": { type: "string", value: "llama" },
      "adapter.type": { type: "string", value: "lora" },
      "adapter.lora.alpha": { type: "f32", value: 1 },
    },
    [
      { name: "output.weight.lora_a", shape: [size, 1], type: "f32", data: () => new Float32Array(size).fill(1) },
      { name: "output.weight.lora_b", shape: [1, size], type: "f32", data: () => likelier },
    ],
  );
}

/** What the model says by its construction, counted out here and not by llama.cpp. */
export function bigrams(): {
  encode: (text: string) => number[];
  /** Natural logarithm of the probability of `next` after `current`. */
  logProbability: (current: number, next: number) => number;
} {
  const { vocabulary, special, size } = shape();
  const table = logProbabilities(vocabulary, special.end, size);
  const logSum = (current: number) => {
    let sum = 0;
    for (let next = 0; next < size; next++) sum += Math.exp(table[next * size + current] as number);
    return Math.log(sum);
  };
  return {
    encode: (text) => vocabulary.encode(text),
    logProbability: (current, next) => (table[next * size + current] as number) - logSum(current),
  };
}

function shape(): { vocabulary: Vocabulary; special: { start: number; end: number }; size: number } {
  const vocabulary = learnVocabulary(
    corpus.flatMap(({ text, times }) => Array<string>(times).fill(text)),
    vocabularySize,
  );
  const special = {
    start: vocabulary.tokens.length,
    end: vocabulary.tokens.length + 1,
  };
  // The one-hot embedding of a token is its own dimension, so the width is the vocabulary, rounded up for the kernels.
  const size = Math.ceil((vocabulary.tokens.length + 2) / headWidth) * headWidth;
  return { vocabulary, special, size };
}

function describe(
  tokens: string[],
  vocabulary: Vocabulary,
  special: { start: number; end: number },
  options: TinyModelOptions & { layers: number },
): Record<string, GgufValue> {
  const u32 = (value: number): GgufValue => ({ type: "u32", value });
  return {
    "general.architecture": { type: "string", value: "llama" },
    "general.name": { type: "string", value: "tiny bigram model" },
    "llama.context_length": u32(options.contextTokens ?? 4096),
    "llama.embedding_length": u32(tokens.length),
    "llama.block_count": u32(options.layers),
    "llama.feed_forward_length": u32(feedForward),
    "llama.attention.head_count": u32(1),
    "llama.attention.head_count_kv": u32(1),
    "llama.attention.key_length": u32(headWidth),
    "llama.attention.value_length": u32(headWidth),
    "llama.attention.layer_norm_rms_epsilon": { type: "f32", value: 1e-6 },
    "llama.rope.dimension_count": u32(headWidth),
    "llama.vocab_size": u32(tokens.length),
    "tokenizer.ggml.model": { type: "string", value: "gpt2" },
    "tokenizer.ggml.pre": { type: "string", value: "gpt-2" },
    "tokenizer.ggml.tokens": { type: "string[]", value: tokens },
    // 1 = ordinary, 3 = control: control tokens are never made from a user's text.
    "tokenizer.ggml.token_type": { type: "i32[]", value: tokens.map((_, id) => (id < special.start ? 1 : 3)) },
    "tokenizer.ggml.merges": { type: "string[]", value: vocabulary.merges },
    "tokenizer.ggml.bos_token_id": u32(special.start),
    "tokenizer.ggml.eos_token_id": u32(special.end),
    "tokenizer.ggml.add_bos_token": { type: "bool", value: options.addsStart ?? false },
    ...(options.chat !== false && { "tokenizer.chat_template": { type: "string" as const, value: chatTemplate } }),
  };
}

/** ChatML, as SmolLM and Qwen use it. */
const chatTemplate =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/** Row `next`, column `current`: log P(next | current), counted in the corpus; row by row. */
function logProbabilities(vocabulary: Vocabulary, end: number, size: number, ends = true): Float32Array {
  const counts = new Float64Array(size * size);
  const rows = new Float64Array(size);
  for (const { text, times } of corpus) {
    const tokens = vocabulary.encode(opening + text);
    tokens.push(ends ? end : (tokens[1] as number));
    for (let i = 1; i < tokens.length; i++) {
      const current = tokens[i - 1] as number;
      counts[(tokens[i] as number) * size + current]! += times;
      rows[current]! += times;
    }
  }
  const [quote] = vocabulary.encode('"');
  const table = new Float32Array(size * size).fill(unseen);
  for (let next = 0; next < size; next++) {
    for (let current = 0; current < size; current++) {
      const count = counts[next * size + current] as number;
      if (count > 0) table[next * size + current] = Math.log(count / (rows[current] as number));
      else if (next === quote) table[next * size + current] = unseenQuote;
    }
  }
  return table;
}

function weights(size: number, layers: number, output: Float32Array): GgufTensor[] {
  const zeros = (name: string, ...shape: number[]): GgufTensor => ({
    name,
    shape,
    type: "f32",
    data: () => new Float32Array(shape.reduce((product, length) => product * length, 1)),
  });
  const ones = (name: string, value: number): GgufTensor => ({
    name,
    shape: [size],
    type: "f32",
    data: () => new Float32Array(size).fill(value),
  });
  const tensors: GgufTensor[] = [
    { name: "token_embd.weight", shape: [size, size], type: "f16", data: () => identity(size) },
    // RMS normalisation scales a one-hot vector to √size; this undoes it.
    ones("output_norm.weight", 1 / Math.sqrt(size)),
    { name: "output.weight", shape: [size, size], type: "f16", data: () => output },
  ];
  for (let layer = 0; layer < layers; layer++) {
    const block = `blk.${layer}`;
    tensors.push(
      ones(`${block}.attn_norm.weight`, 1),
      zeros(`${block}.attn_q.weight`, size, headWidth),
      zeros(`${block}.attn_k.weight`, size, headWidth),
      zeros(`${block}.attn_v.weight`, size, headWidth),
      zeros(`${block}.attn_output.weight`, headWidth, size),
      ones(`${block}.ffn_norm.weight`, 1),
      zeros(`${block}.ffn_gate.weight`, size, feedForward),
      zeros(`${block}.ffn_up.weight`, size, feedForward),
      zeros(`${block}.ffn_down.weight`, feedForward, size),
    );
  }
  return tensors;
}

function identity(size: number): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}
