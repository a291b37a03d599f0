import { readFileSync, writeFileSync } from "node:fs";
import { toHalf } from "../../src/model/gguf-writer.ts";

/** Formats of ggml that are written here: their number in a GGUF file, elements and bytes of a block. */
const formats = {
  f32: { id: 0, elements: 1, bytes: 4 },
  f16: { id: 1, elements: 1, bytes: 2 },
  q4_0: { id: 2, elements: 32, bytes: 18 },
  q4_1: { id: 3, elements: 32, bytes: 20 },
  q8_0: { id: 8, elements: 32, bytes: 34 },
} as const;

export type Format = keyof typeof formats;

interface Tensor {
  name: string;
  shape: number[];
  format: Format;
  offset: number;
}

/**
 * The same model with the matrices of its layers in another format; embeddings and norms stay as they are. From a format of
 * fewer bits to one of more nothing is lost and nothing is won but what the format itself costs.
 * Block layouts as in ggml's documentation: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function requantise(from: string, to: string, format: Format): void {
  const file = readFileSync(from);
  const { metadata, tensors, data } = readTensors(file);
  const infos: Buffer[] = [];
  const blocks: Buffer[] = [];
  let offset = 0;
  for (const tensor of tensors) {
    const inLayer = tensor.name.startsWith("blk.") && tensor.shape.length === 2;
    const bytes = file.subarray(data + tensor.offset, data + tensor.offset + bytesOf(tensor));
    const written = inLayer && format !== tensor.format ? encode(decode(bytes, tensor), format) : bytes;
    infos.push(infoOf(tensor, inLayer ? format : tensor.format, offset));
    blocks.push(written, Buffer.alloc(padding(written.length)));
    offset += written.length + padding(written.length);
  }
  const head = Buffer.concat([file.subarray(0, metadata), ...infos]);
  writeFileSync(to, Buffer.concat([head, Buffer.alloc(padding(head.length)), ...blocks]));
}

function readTensors(file: Buffer): { metadata: number; tensors: Tensor[]; data: number } {
  let at = 4 + 4;
  const u64 = () => Number(file.readBigUInt64LE((at += 8) - 8));
  const u32 = () => file.readUInt32LE((at += 4) - 4);
  const text = () => {
    const length = u64();
    return file.toString("utf8", at, (at += length));
  };
  const fixed: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
  const skip = (type: number): void => {
    if (type === 8) text();
    else if (type === 9) {
      const inner = u32();
      for (let left = u64(); left > 0; left--) skip(inner);
    } else at += fixed[type] ?? Number.NaN;
  };
  const [count, entries] = [u64(), u64()];
  for (let entry = 0; entry < entries; entry++) {
    text();
    skip(u32());
  }
  const metadata = at;
  const tensors = Array.from({ length: count }, (): Tensor => {
    const name = text();
    const shape = Array.from({ length: u32() }, u64);
    const id = u32();
    const format = (Object.keys(formats) as Format[]).find((key) => formats[key].id === id);
    if (format === undefined) throw new RangeError(`${name} is in format ${id}, which is not read here`);
    return { name, shape, format, offset: u64() };
  });
  return { metadata, tensors, data: at + padding(at) };
}

function infoOf({ name, shape }: Tensor, format: Format, offset: number): Buffer {
  const info = Buffer.alloc(8 + Buffer.byteLength(name) + 4 + 8 * shape.length + 4 + 8);
  let at = info.writeBigUInt64LE(BigInt(Buffer.byteLength(name)));
  at += info.write(name, at);
  at = info.writeUInt32LE(shape.length, at);
  for (const size of shape) at = info.writeBigUInt64LE(BigInt(size), at);
  at = info.writeUInt32LE(formats[format].id, at);
  info.writeBigUInt64LE(BigInt(offset), at);
  return info;
}

function bytesOf({ shape, format }: Tensor): number {
  return (shape.reduce((product, size) => product * size, 1) / formats[format].elements) * formats[format].bytes;
}

function padding(length: number): number {
  return (32 - (length % 32)) % 32;
}

function decode(bytes: Buffer, { format }: Tensor): Float32Array {
  const { elements, bytes: blockBytes } = formats[format];
  const out = new Float32Array((bytes.length / blockBytes) * elements);
  for (let block = 0; block * blockBytes < bytes.length; block++) {
    const at = block * blockBytes;
    const first = block * elements;
    if (format === "f32") out[first] = bytes.readFloatLE(at);
    else if (format === "f16") out[first] = fromHalf(bytes.readUInt16LE(at));
    else if (format === "q8_0") {
      const scale = fromHalf(bytes.readUInt16LE(at));
      for (let i = 0; i < 32; i++) out[first + i] = scale * bytes.readInt8(at + 2 + i);
    } else {
      const scale = fromHalf(bytes.readUInt16LE(at));
      const least = format === "q4_1" ? fromHalf(bytes.readUInt16LE(at + 2)) : -8 * scale;
      const start = at + (format === "q4_1" ? 4 : 2);
      for (let i = 0; i < 16; i++) {
        const pair = bytes[start + i] as number;
        out[first + i] = least + scale * (pair & 15);
        out[first + 16 + i] = least + scale * (pair >> 4);
      }
    }
  }
  return out;
}

function encode(values: Float32Array, format: Format): Buffer {
  const { elements, bytes: blockBytes } = formats[format];
  const out = Buffer.alloc((values.length / elements) * blockBytes);
  for (let block = 0; block * elements < values.length; block++) {
    const part = values.subarray(block * elements, (block + 1) * elements);
    encodeBlock(part, format, out.subarray(block * blockBytes, (block + 1) * blockBytes));
  }
  return out;
}

function encodeBlock(part: Float32Array, format: Format, out: Buffer): void {
  if (format === "f32") out.writeFloatLE(part[0] as number);
  else if (format === "f16") out.writeUInt16LE(toHalf(part[0] as number));
  else if (format === "q8_0") {
    const scale = Math.max(...part.map(Math.abs)) / 127;
    out.writeUInt16LE(toHalf(scale));
    for (const [i, value] of part.entries()) out.writeInt8(scale === 0 ? 0 : Math.round(value / scale), 2 + i);
  } else {
    const largest = part.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    const least = format === "q4_1" ? Math.min(...part) : largest;
    const scale = format === "q4_1" ? (Math.max(...part) - least) / 15 : largest / -8;
    out.writeUInt16LE(toHalf(scale));
    if (format === "q4_1") out.writeUInt16LE(toHalf(least), 2);
    const start = format === "q4_1" ? 4 : 2;
    const code = (value: number) => {
      if (scale === 0) return 0;
      return Math.min(15, Math.floor(format === "q4_1" ? (value - least) / scale + 0.5 : value / scale + 8.5));
    };
    for (let i = 0; i < 16; i++) out[start + i] = code(part[i] as number) | (code(part[16 + i] as number) << 4);
  }
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return (sign * fraction) / 2 ** 24;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}
