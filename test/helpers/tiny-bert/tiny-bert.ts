import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBertGguf } from "../../../src/model/bert-gguf.ts";

/** Sizes of the encoder of the tests. */
export const tinyBert = { width: 32, heads: 2, layers: 2, feedForward: 64, positions: 64, epsilon: 1e-12 } as const;

const letters = "abcdefghijklmnopqrstuvwxyz0123456789".split("");
const whole = [
  "login",
  "fails",
  "token",
  "expired",
  "dark",
  "mode",
  "crash",
  "on",
  "export",
  "the",
  "a",
  ".",
  ":",
  "!",
];
/** WordPiece: every word of letters and digits has a spelling. */
export const tinyWords: readonly string[] = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  ...whole,
  ...letters,
  ...letters.map((letter) => `##${letter}`),
  "##s",
].filter((word, index, words) => words.indexOf(word) === index);

export interface TinyTensor {
  shape: number[];
  data: Float32Array;
}

/** Weights that nobody trained: reproducible noise, small enough that nothing saturates. */
export function tinyWeights(): Map<string, TinyTensor> {
  const { width, layers, feedForward, positions } = tinyBert;
  const tensors = new Map<string, TinyTensor>();
  let state = 1;
  const noise = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const add = (name: string, shape: number[], scale: number, middle = 0): void => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => middle + scale * noise());
    tensors.set(name, { shape, data });
  };
  const dense = (name: string, rows: number, columns: number): void => {
    add(`${name}.weight`, [rows, columns], 1.5 / Math.sqrt(columns));
    add(`${name}.bias`, [rows], 0.1);
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [width], 0.2, 1);
    add(`${name}.bias`, [width], 0.1);
  };
  add("embeddings.word_embeddings.weight", [tinyWords.length, width], 1);
  add("embeddings.position_embeddings.weight", [positions, width], 0.2);
  add("embeddings.token_type_embeddings.weight", [2, width], 0.2);
  norm("embeddings.LayerNorm");
  for (let layer = 0; layer < layers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ["query", "key", "value"]) dense(`${at}.attention.self.${part}`, width, width);
    dense(`${at}.attention.output.dense`, width, width);
    norm(`${at}.attention.output.LayerNorm`);
    dense(`${at}.intermediate.dense`, feedForward, width);
    dense(`${at}.output.dense`, width, feedForward);
    norm(`${at}.output.LayerNorm`);
  }
  return tensors;
}

/** The three files that authors of an encoder publish, in a folder. */
export function writeTinyBert(
  folder: string,
  tensors = tinyWeights(),
): Record<"weights" | "vocabulary" | "config", string> {
  const files = {
    weights: join(folder, "model.safetensors"),
    vocabulary: join(folder, "vocab.txt"),
    config: join(folder, "config.json"),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(files.weights, safetensors(tensors));
  writeFileSync(files.vocabulary, `${tinyWords.join("\n")}\n`);
  const { heads, epsilon } = tinyBert;
  const config = { num_attention_heads: heads, layer_norm_eps: epsilon, hidden_act: "gelu" };
  writeFileSync(files.config, JSON.stringify({ ...config, position_embedding_type: "absolute" }));
  return files;
}

/** https://github.com/huggingface/safetensors#format */
export function safetensors(tensors: ReadonlyMap<string, TinyTensor>): Buffer {
  let at = 0;
  const described = Array.from(tensors, ([name, { shape, data }]) => {
    const begin = at;
    at += data.byteLength;
    return [name, { dtype: "F32", shape, data_offsets: [begin, at] }] as const;
  });
  const header = Buffer.from(JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(described) }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...Array.from(tensors.values(), ({ data }) => Buffer.from(data.buffer))]);
}

/** A GGUF file that the product's writer makes of them, anew each time: it takes milliseconds, and replaces by rename. */
export async function tinyEncoder(): Promise<string> {
  const folder = join(tmpdir(), "engram-assistant-tiny-models");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "tiny-encoder.gguf");
  const published = mkdtempSync(join(folder, "bert-"));
  await writeBertGguf(path, "tiny-encoder", writeTinyBert(published));
  rmSync(published, { recursive: true });
  return path;
}
