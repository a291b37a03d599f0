import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";

/** A metadata value with the type that GGUF stores: readers are strict (`u32` is not `u64`). */
export type GgufValue =
  | { type: "u32"; value: number }
  | { type: "i32"; value: number }
  | { type: "f32"; value: number }
  | { type: "bool"; value: boolean }
  | { type: "string"; value: string }
  | { type: "i32[]"; value: readonly number[] }
  | { type: "f32[]"; value: readonly number[] }
  | { type: "string[]"; value: readonly string[] };

export interface GgufTensor {
  name: string;
  /** Sizes as ggml orders them: the first one is contiguous in memory (columns before rows). */
  shape: readonly number[];
  type: "f32" | "f16";
  /** Called once, when its turn to be written comes, so that a large model need not be held in memory as a whole. */
  data: () => Float32Array;
}

const alignment = 32;
const valueTypes = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
const tensorTypes = { f32: { id: 0, bytes: 4 }, f16: { id: 1, bytes: 2 } } as const;

/**
 * Writes a GGUF version 3 file, little-endian, and installs it by rename: a reader never maps a half-written file.
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 * Errors: RangeError where a tensor's data does not fill its shape.
 */
export async function writeGguf(
  path: string,
  metadata: Record<string, GgufValue>,
  tensors: readonly GgufTensor[],
): Promise<void> {
  const partial = `${path}.partial-${process.pid}`;
  const stream = createWriteStream(partial);
  // Without a listener a write error (disk full) would be thrown; it is rethrown by the awaits below.
  const failed = new Promise<never>((_, reject) => stream.once("error", reject));
  failed.catch(() => {});
  const write = async (bytes: Buffer) => {
    if (!stream.write(bytes)) await Promise.race([once(stream, "drain"), failed]);
  };

  const header = encodeHeader(metadata, tensors);
  await write(Buffer.concat([header, Buffer.alloc(padding(header.length))]));
  for (const tensor of tensors) {
    const bytes = encodeTensor(tensor);
    await write(Buffer.concat([bytes, Buffer.alloc(padding(bytes.length))]));
  }
  stream.end();
  await Promise.race([once(stream, "close"), failed]);
  await rename(partial, path);
}

function encodeHeader(metadata: Record<string, GgufValue>, tensors: readonly GgufTensor[]): Buffer {
  const entries = Object.entries(metadata);
  const parts = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(entries.length)];
  for (const [key, value] of entries) parts.push(text(key), ...encodeValue(value));
  let offset = 0;
  for (const tensor of tensors) {
    const type = tensorTypes[tensor.type];
    parts.push(text(tensor.name), u32(tensor.shape.length), ...tensor.shape.map(u64), u32(type.id), u64(offset));
    const bytes = elements(tensor) * type.bytes;
    offset += bytes + padding(bytes);
  }
  return Buffer.concat(parts);
}

function encodeValue(value: GgufValue): Buffer[] {
  switch (value.type) {
    case "u32":
      return [u32(valueTypes.u32), u32(value.value)];
    case "i32":
      return [u32(valueTypes.i32), i32(value.value)];
    case "f32":
      return [u32(valueTypes.f32), f32(value.value)];
    case "bool":
      return [u32(valueTypes.bool), Buffer.from([value.value ? 1 : 0])];
    case "string":
      return [u32(valueTypes.string), text(value.value)];
    case "i32[]":
      return [...arrayHead(valueTypes.i32, value.value.length), ...value.value.map(i32)];
    case "f32[]":
      return [...arrayHead(valueTypes.f32, value.value.length), ...value.value.map(f32)];
    case "string[]":
      return [...arrayHead(valueTypes.string, value.value.length), ...value.value.map(text)];
  }
}

function arrayHead(elementType: number, length: number): Buffer[] {
  return [u32(valueTypes.array), u32(elementType), u64(length)];
}

function encodeTensor(tensor: GgufTensor): Buffer {
  const data = tensor.data();
  if (data.length !== elements(tensor)) {
    throw new RangeError(`tensor ${tensor.name} has ${data.length} values, its shape asks for ${elements(tensor)}`);
  }
  if (tensor.type === "f16") return Buffer.from(Uint16Array.from(data, toHalf).buffer);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

const floatBits = new Float32Array(1);
const integerBits = new Uint32Array(floatBits.buffer);

/** IEEE 754 binary32 → binary16, rounded to nearest even; too large becomes infinity, too small a subnormal or zero. */
export function toHalf(value: number): number {
  floatBits[0] = value;
  const bits = integerBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15;
  const fraction = bits & 0x7fffff;
  if (exponent === 255 - 127 + 15) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  if (exponent >= 31) return sign | 0x7c00;
  // Below the smallest normal half the implicit leading one becomes explicit and is shifted out to the right.
  const shift = exponent > 0 ? 13 : 14 - exponent;
  if (shift > 24) return sign;
  const significand = exponent > 0 ? (exponent << 23) | fraction : fraction | 0x800000;
  const half = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
}

function elements(tensor: GgufTensor): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}

function padding(length: number): number {
  return (alignment - (length % alignment)) % alignment;
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function i32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
}

function f32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
}

function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}
