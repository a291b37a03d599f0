import { open } from "node:fs/promises";
import { ggufReader, type GgufReader, type GgufScalar, type SkippedArray } from "./gguf-reader.ts";

/** What a GGUF file says about itself, as far as this program needs it before loading. Null: the file does not say. */
export interface GgufHeader {
  architecture: string;
  name: string | null;
  /** Context the model was trained for, in tokens. */
  trainContextTokens: number | null;
  /** Bytes one token takes in the key-value cache at 16 bits a value. */
  kvBytesPerToken: number | null;
  layers: number | null;
  /** Widths of the vectors between layers and inside the feed-forward part. */
  embeddingLength: number | null;
  feedForwardLength: number | null;
  /** Attention heads of a layer. */
  heads: number | null;
  vocabularyTokens: number | null;
  hasChatTemplate: boolean;
  /** Where the weights begin, and how many they are. */
  dataOffset: number;
  tensors: number;
}

/**
 * Reads the head of a GGUF file without loading it: metadata and the list of tensors, each of which must lie within the file.
 * Errors: RangeError, in words, where the file is not GGUF 2 or 3, is no model, contradicts itself or ends too early.
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const file = await open(path, "r");
  try {
    const reader = ggufReader(file, (await file.stat()).size);
    const magic = await reader.take(4);
    if (magic.toString("latin1") !== "GGUF") throw new RangeError(await whatElse(magic, reader));
    const version = (await reader.take(4)).readUInt32LE();
    if (version === bigEndian3) throw new RangeError("it was written for a big-endian machine");
    if (version !== 2 && version !== 3) throw new RangeError(`GGUF version ${version} is not supported`);
    const tensors = await reader.size();
    const entries = await reader.size();
    checkCount(tensors, smallestTensorInfo, "tensors", reader);
    checkCount(entries, smallestEntry, "entries of metadata", reader);
    const metadata: Metadata = new Map();
    for (let entry = 0; entry < entries; entry++) {
      const key = await reader.text();
      metadata.set(key, await reader.value((await reader.take(4)).readUInt32LE()));
    }
    const dataOffset = await checkTensors(reader, tensors, metadata.get("general.alignment"));
    return { ...summarise(metadata), dataOffset, tensors };
  } finally {
    await file.close();
  }
}

const bigEndian3 = 0x03000000;
/** A tensor's name, sizes, type and offset; a key, a type and a value: each takes at least so many bytes. */
const smallestTensorInfo = 32;
const smallestEntry = 13;
const usualAlignment = 32;

type Metadata = Map<string, GgufScalar | number[] | SkippedArray | null>;

/** What people most often have in the place of a model. */
async function whatElse(magic: Buffer, reader: GgufReader): Promise<string> {
  const start = magic.toString("latin1");
  if (start === "vers") return "it is not a GGUF file but a pointer of Git LFS: run `git lfs pull`";
  if (/^\s*</.test(start)) return "it is not a GGUF file but a web page";
  if (start.startsWith("PK")) return "it is not a GGUF file but a ZIP archive";
  if (["lmgg", "tjgg", "fmgg", "algg"].includes(start))
    return "it is not a GGUF file but of an older format of llama.cpp";
  const next = await reader.take(5).catch(() => Buffer.alloc(5));
  return next[4] === 0x7b ? "it is not a GGUF file but safetensors" : "it is not a GGUF file";
}

function checkCount(count: number, bytesEach: number, what: string, reader: GgufReader): void {
  if (count * bytesEach <= reader.fileBytes) return;
  throw new RangeError(`it claims ${count} ${what}, more than its ${reader.fileBytes} bytes can hold`);
}

/** Elements and bytes of a block, by ggml's number of the type; a type that is not here is not measured. */
const tensorTypes: Record<number, [elements: number, bytes: number]> = {
  0: [1, 4], // f32
  1: [1, 2], // f16
  2: [32, 18], // q4_0
  3: [32, 20], // q4_1
  6: [32, 22], // q5_0
  7: [32, 24], // q5_1
  8: [32, 34], // q8_0
  10: [256, 84], // q2_k
  11: [256, 110], // q3_k
  12: [256, 144], // q4_k
  13: [256, 176], // q5_k
  14: [256, 210], // q6_k
  20: [32, 18], // iq4_nl
  23: [256, 136], // iq4_xs
  28: [1, 8], // f64
  30: [1, 2], // bf16
  39: [32, 17], // mxfp4
};

/** Reads the list of tensors; returns where their data begins. llama.cpp says which tensor is missing in its log alone. */
async function checkTensors(reader: GgufReader, count: number, alignment: unknown): Promise<number> {
  const ends: { name: string; end: number }[] = [];
  for (let tensor = 0; tensor < count; tensor++) {
    const name = await reader.text();
    const dimensions = (await reader.take(4)).readUInt32LE();
    if (dimensions > 8) throw new RangeError("its list of tensors is damaged");
    let elements = 1;
    for (let dimension = 0; dimension < dimensions; dimension++) elements *= await reader.size();
    const type = tensorTypes[(await reader.take(4)).readUInt32LE()];
    const bytes = type === undefined ? 0 : (elements / type[0]) * type[1];
    ends.push({ name, end: (await reader.size()) + bytes });
  }
  const align = typeof alignment === "number" && alignment > 0 ? alignment : usualAlignment;
  const dataOffset = Math.ceil(reader.position() / align) * align;
  const missing = ends.find(({ end }) => dataOffset + end > reader.fileBytes);
  if (missing === undefined) return dataOffset;
  const lacks = Math.max(...ends.map(({ end }) => dataOffset + end)) - reader.fileBytes;
  throw new RangeError(`it ends too early: ${lacks} bytes are missing, the first of them in tensor ${missing.name}`);
}

function summarise(metadata: Metadata): Omit<GgufHeader, "dataOffset" | "tensors"> {
  const architecture = metadata.get("general.architecture");
  if (typeof architecture !== "string") throw new RangeError("it does not say which kind of model it is");
  if (metadata.get("general.type") === "adapter") {
    throw new RangeError("it is an adapter, not a model: name it under models.llama.lora");
  }
  const get = (key: string) => metadata.get(`${architecture}.${key}`);
  const number = (key: string) => firstNumber(get(key));
  const heads = number("attention.head_count");
  const name = metadata.get("general.name");
  const vocabulary = metadata.get("tokenizer.ggml.tokens");
  return {
    architecture,
    name: typeof name === "string" ? name : null,
    trainContextTokens: number("context_length"),
    kvBytesPerToken: kvBytesPerToken(get, heads),
    layers: number("block_count"),
    embeddingLength: number("embedding_length"),
    feedForwardLength: number("feed_forward_length"),
    heads,
    vocabularyTokens: elementsOf(vocabulary) ?? number("vocab_size"),
    hasChatTemplate: typeof metadata.get("tokenizer.chat_template") === "string",
  };
}

/** Keys and values of every layer. A list of heads holds one number a layer, 0 for layers without attention. */
function kvBytesPerToken(get: (key: string) => unknown, heads: number | null): number | null {
  const layers = firstNumber(get("block_count"));
  const width = firstNumber(get("embedding_length"));
  const headWidth = heads && width ? width / heads : null;
  const keyWidth = firstNumber(get("attention.key_length")) ?? headWidth;
  const valueWidth = firstNumber(get("attention.value_length")) ?? headWidth;
  const perLayer = get("attention.head_count_kv");
  const kvHeads = Array.isArray(perLayer)
    ? (perLayer as number[]).reduce((sum, one) => sum + one, 0)
    : (layers ?? 0) * (firstNumber(perLayer) ?? heads ?? 0);
  return kvHeads && keyWidth && valueWidth ? kvHeads * (keyWidth + valueWidth) * 2 : null;
}

/** A number, or the largest of one number a layer. */
function firstNumber(value: unknown): number | null {
  if (typeof value === "number") return value;
  return Array.isArray(value) && value.length > 0 ? Math.max(...(value as number[])) : null;
}

function elementsOf(value: Metadata extends Map<string, infer V> ? V | undefined : never): number | null {
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? value.elements : null;
}
