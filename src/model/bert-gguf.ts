import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type GgufTensor, type GgufValue, writeGguf } from "./gguf-writer.ts";
import { openSafetensors, type SafeTensor } from "./safetensors.ts";

/** A sentence encoder of BERT's architecture, as its authors publish it: three files. */
export interface BertFiles {
  /** Safetensors. */
  weights: string;
  /** WordPiece: a token a line. */
  vocabulary: string;
  /** `config.json`. */
  config: string;
}

/** The rest of what describes it is read from the shapes of its tensors. */
const configSchema = z.object({
  num_attention_heads: z.int().positive(),
  layer_norm_eps: z.number().positive(),
  position_embedding_type: z.literal("absolute").optional(),
  hidden_act: z.literal("gelu"),
});

/**
 * Writes an encoder with mean pooling as a GGUF file that llama.cpp runs. Matrices become 16-bit floats; embeddings, norms
 * and biases stay as they are. The same files give the same bytes.
 * Errors: RangeError where a tensor or a special token is missing.
 */
export async function writeBertGguf(path: string, name: string, files: BertFiles): Promise<void> {
  const config = configSchema.parse(JSON.parse(await readFile(files.config, "utf8")));
  const words = (await readFile(files.vocabulary, "utf8")).replace(/\r?\n$/, "").split(/\r?\n/);
  const source = openSafetensors(files.weights);
  try {
    const get = (tensor: string): SafeTensor => {
      const found = source.tensors.get(tensor) ?? source.tensors.get(`bert.${tensor}`);
      if (found === undefined) throw new RangeError(`the weights have no ${tensor}`);
      return found;
    };
    const layers = countLayers([...source.tensors.keys()]);
    const metadata = { ...shapeOf(name, get, layers, config), ...tokenizerOf(words) };
    const [vocabulary] = get("embeddings.word_embeddings.weight").shape;
    if (vocabulary !== words.length) {
      throw new RangeError(`the vocabulary has ${words.length} tokens, the weights know ${vocabulary}`);
    }
    await writeGguf(path, metadata, tensorsOf(get, layers));
  } finally {
    source.close();
  }
}

type Get = (tensor: string) => SafeTensor;

function countLayers(names: readonly string[]): number {
  const numbers = names.map((name) => /(?:^|\.)encoder\.layer\.(\d+)\./.exec(name)?.[1]);
  return new Set(numbers.filter((number) => number !== undefined)).size;
}

/** Pooling types of llama.cpp: 1 is the mean of all tokens. */
const meanPooling = 1;

function shapeOf(
  name: string,
  get: Get,
  layers: number,
  config: z.infer<typeof configSchema>,
): Record<string, GgufValue> {
  const [positions = 0, width = 0] = get("embeddings.position_embeddings.weight").shape;
  const [feedForward = 0] = get("encoder.layer.0.intermediate.dense.weight").shape;
  const [tokenTypes = 0] = get("embeddings.token_type_embeddings.weight").shape;
  return {
    "general.architecture": { type: "string", value: "bert" },
    "general.name": { type: "string", value: name },
    "bert.context_length": { type: "u32", value: positions },
    "bert.embedding_length": { type: "u32", value: width },
    "bert.feed_forward_length": { type: "u32", value: feedForward },
    "bert.block_count": { type: "u32", value: layers },
    "bert.attention.head_count": { type: "u32", value: config.num_attention_heads },
    "bert.attention.layer_norm_epsilon": { type: "f32", value: config.layer_norm_eps },
    "bert.attention.causal": { type: "bool", value: false },
    "bert.pooling_type": { type: "u32", value: meanPooling },
    "tokenizer.ggml.token_type_count": { type: "u32", value: tokenTypes },
  };
}

const normalToken = 1;
const controlToken = 3;

/**
 * WordPiece marks what goes on within a word by `##`; llama.cpp marks what begins one, by U+2581. Tokens in brackets stand for
 * no text.
 */
function tokenizerOf(words: readonly string[]): Record<string, GgufValue> {
  const isControl = (word: string): boolean => /^\[.+\]$/.test(word);
  const spelt = words.map((word) => {
    if (isControl(word)) return word;
    return word.startsWith("##") ? word.slice(2) : `\u2581${word}`;
  });
  const id = (word: string): GgufValue => {
    const value = words.indexOf(word);
    if (value < 0) throw new RangeError(`the vocabulary has no ${word}`);
    return { type: "u32", value };
  };
  return {
    "tokenizer.ggml.model": { type: "string", value: "bert" },
    "tokenizer.ggml.tokens": { type: "string[]", value: spelt },
    "tokenizer.ggml.token_type": {
      type: "i32[]",
      value: words.map((word) => (isControl(word) ? controlToken : normalToken)),
    },
    "tokenizer.ggml.bos_token_id": id("[CLS]"),
    "tokenizer.ggml.eos_token_id": id("[SEP]"),
    "tokenizer.ggml.seperator_token_id": id("[SEP]"),
    "tokenizer.ggml.unknown_token_id": id("[UNK]"),
    "tokenizer.ggml.padding_token_id": id("[PAD]"),
    "tokenizer.ggml.mask_token_id": id("[MASK]"),
  };
}

/** Both have rows as outputs; ggml only names the sizes in the opposite order. */
function tensorsOf(get: Get, layers: number): GgufTensor[] {
  const tensor = (name: string, from: string, type: GgufTensor["type"]): GgufTensor => {
    const found = get(from);
    return { name, shape: [...found.shape].reverse(), type, data: () => found.read() };
  };
  const embedding = (name: string, from: string) => tensor(`${name}.weight`, `embeddings.${from}.weight`, "f32");
  const both = (name: string, from: string, type: GgufTensor["type"]) => [
    tensor(`${name}.weight`, `${from}.weight`, type),
    tensor(`${name}.bias`, `${from}.bias`, "f32"),
  ];
  return [
    embedding("token_embd", "word_embeddings"),
    embedding("position_embd", "position_embeddings"),
    embedding("token_types", "token_type_embeddings"),
    ...both("token_embd_norm", "embeddings.LayerNorm", "f32"),
    ...Array.from({ length: layers }, (_, layer) => {
      const from = `encoder.layer.${layer}`;
      return [
        ...both(`blk.${layer}.attn_q`, `${from}.attention.self.query`, "f16"),
        ...both(`blk.${layer}.attn_k`, `${from}.attention.self.key`, "f16"),
        ...both(`blk.${layer}.attn_v`, `${from}.attention.self.value`, "f16"),
        ...both(`blk.${layer}.attn_output`, `${from}.attention.output.dense`, "f16"),
        ...both(`blk.${layer}.attn_output_norm`, `${from}.attention.output.LayerNorm`, "f32"),
        ...both(`blk.${layer}.ffn_up`, `${from}.intermediate.dense`, "f16"),
        ...both(`blk.${layer}.ffn_down`, `${from}.output.dense`, "f16"),
        ...both(`blk.${layer}.layer_output_norm`, `${from}.output.LayerNorm`, "f32"),
      ];
    }).flat(),
  ];
}
